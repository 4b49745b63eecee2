#include "kernels/cpu/matmul.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <random>

#include "kernels/cpu/dot_rows.h"
#include "kernels/cpu/matvec.h"
#include "kernels/quant/block_codec.h"
#include "kernels/quant/float_types.h"
#include "tests/support/tolerances.h"
#include "tests/unit/kernels/kernel_test.h"

namespace gatescope::kernels {
namespace {

using namespace test;

/// A stored matrix of random numbers, and the same as f32.
struct Stored {
    std::vector<std::byte> data;  // exactly as long as it is: sanitizers see a read behind it
    std::vector<std::uint16_t> scales;
    std::vector<float> exact;
    WeightMatrix matrix;
};

template <class T>
void put(Stored& stored, std::size_t i, T value) {
    std::memcpy(stored.data.data() + i * sizeof(T), &value, sizeof(T));
}

Stored randomMatrix(DType type, int numIn, int numOut, int numGroups) {
    const auto count = static_cast<std::size_t>(numIn) * static_cast<std::size_t>(numOut);
    const auto columns = static_cast<std::size_t>(numOut);
    const std::size_t itemSize = type == DType::I8 ? 1 : type == DType::F32 ? 4 : 2;
    Stored stored;
    stored.data.resize(count * itemSize);
    stored.exact.resize(count);
    const auto values = randomFloats(count, 9);
    if (type == DType::I8) {
        stored.scales.resize(static_cast<std::size_t>(numGroups) * columns);
        const auto scales = randomFloats(stored.scales.size(), 10);
        for (std::size_t i = 0; i < scales.size(); ++i)
            stored.scales[i] = floatToBf16(0.01F + std::abs(scales[i]));
    }
    for (std::size_t i = 0; i < count; ++i) {
        switch (type) {
            case DType::F32:
                put(stored, i, values[i]);
                stored.exact[i] = values[i];
                break;
            case DType::F16:
                put(stored, i, floatToHalf(values[i]));
                stored.exact[i] = halfToFloat(floatToHalf(values[i]));
                break;
            case DType::BF16:
                put(stored, i, floatToBf16(values[i]));
                stored.exact[i] = roundToBf16(values[i]);
                break;
            case DType::I8: {
                const auto q =
                    static_cast<std::int8_t>(std::clamp(std::lround(values[i] * 50), -128L, 127L));
                put(stored, i, q);
                const std::size_t group = i / columns * static_cast<std::size_t>(numGroups) /
                                          static_cast<std::size_t>(numIn);
                stored.exact[i] = static_cast<float>(q) *
                                  bf16ToFloat(stored.scales[group * columns + i % columns]);
                break;
            }
            default:
                std::abort();
        }
    }
    stored.matrix = {.type = type,
                     .data = stored.data.data(),
                     .scales = type == DType::I8 ? stored.scales.data() : nullptr,
                     .numIn = numIn,
                     .numOut = numOut,
                     .numGroups = type == DType::I8 ? numGroups : 1};
    return stored;
}

/// The formula, in double; `magnitude` is what the products add up to without their signs.
struct Expected {
    double value = 0;
    double magnitude = 1e-6;
};
Expected expected(const Stored& w, const float* x, int n) {
    Expected e;
    for (int k = 0; k < w.matrix.numIn; ++k) {
        const double product =
            static_cast<double>(x[k]) *
            w.exact[static_cast<std::size_t>(k) * static_cast<std::size_t>(w.matrix.numOut) +
                    static_cast<std::size_t>(n)];
        e.value += product;
        e.magnitude += std::abs(product);
    }
    return e;
}

struct Shape {
    int numIn;
    int numOut;
    int numGroups;
};
const std::vector<Shape> kShapes = {{0, 5, 1},
                                    {1, 1, 1},
                                    {3, 7, 1},
                                    {16, 16, 8},
                                    {17, 33, 8},  // groups of 2 and 3 rows
                                    {86, 129, 8},
                                    {300, 65, 1},  // more rows than a tile
                                    {64, 300, 2},  // more columns than a tile
                                    {40, 255, 5},
                                    {19, 2213, 3}};  // more columns than a strip

class Matmul : public testing::TestWithParam<DType> {};

TEST_P(Matmul, MatvecIsTheFormulaAndKeepsToItsColumns) {
    onEveryTarget([] {
        for (const auto& [numIn, numOut, numGroups] : kShapes) {
            const Stored w = randomMatrix(GetParam(), numIn, numOut, numGroups);
            const auto x = randomFloats(static_cast<std::size_t>(numIn), 11);
            const std::vector<ColumnRange> ranges = {
                {0, numOut}, {0, 0}, {numOut / 3, numOut}, {numOut / 2, numOut / 2 + 1}};
            for (const auto range : ranges) {
                std::vector<float> y(static_cast<std::size_t>(numOut), kUntouched);
                matvec(w.matrix, x.data(), range, y.data());
                for (int n = 0; n < numOut; ++n) {
                    const float got = y[static_cast<std::size_t>(n)];
                    if (n < range.begin || n >= range.end) {
                        ASSERT_EQ(got, kUntouched);
                        continue;
                    }
                    const auto e = expected(w, x.data(), n);
                    ASSERT_NEAR(got, e.value, tolerance::kKernelSum * e.magnitude)
                        << numIn << "x" << numOut << " column " << n;
                }
            }
        }
    });
}

TEST_P(Matmul, EveryRowIsBitForBitWhatMatvecGives) {
    onEveryTarget([] {
        for (const auto& [numIn, numOut, numGroups] : kShapes) {
            const Stored w = randomMatrix(GetParam(), numIn, numOut, numGroups);
            for (const int numTokens : {1, 2, 3, 5, 6, 7, 12, 13}) {
                const std::ptrdiff_t stride = numIn + 3;  // odd: rows are not aligned
                const auto in = randomFloats(static_cast<std::size_t>(stride * 20), 12);
                std::vector<std::int32_t> index;
                for (int t = 0; t < numTokens; ++t) index.push_back((t * 7) % 19);
                const ActivationRows x{in.data(), stride, index.data(), numTokens};
                const std::ptrdiff_t outStride = numOut + 1;
                std::vector<float> y(static_cast<std::size_t>(outStride * numTokens), kUntouched);
                std::vector<float> scratch(matmulScratchFloats(numTokens));
                const ColumnRange range{numOut / 5, numOut};
                matmul(w.matrix, x, range, {y.data(), outStride}, scratch.data());
                std::vector<float> row(static_cast<std::size_t>(outStride));
                for (int t = 0; t < numTokens; ++t) {
                    std::ranges::fill(row, kUntouched);
                    matvec(w.matrix, x.row(t), range, row.data());
                    for (int n = 0; n < outStride; ++n)
                        ASSERT_EQ(y[static_cast<std::size_t>(t * outStride + n)],
                                  row[static_cast<std::size_t>(n)])
                            << numIn << "x" << numOut << " token " << t << " column " << n;
                }
            }
        }
    });
}

std::string nameOf(const testing::TestParamInfo<DType>& test) {
    return std::string(name(test.param));
}

INSTANTIATE_TEST_SUITE_P(StoredTypes,
                         Matmul,
                         testing::Values(DType::F32, DType::F16, DType::BF16, DType::I8),
                         nameOf);

/// Rows of any type as some bytes that decode to moderate numbers.
std::vector<std::byte> storedRows(DType type, std::size_t numElements) {
    std::vector<std::byte> stored(storedBytes(type, numElements));
    std::mt19937 random(17);
    // Small bytes keep the half-precision scales of the block types small and finite.
    for (std::byte& byte : stored) byte = static_cast<std::byte>(random() % 0x38);
    return stored;
}

class DotRows : public testing::TestWithParam<DType> {};

TEST_P(DotRows, IsTheFormulaForEverySize) {
    const DType type = GetParam();
    const auto block = static_cast<int>(traits(type).blockSize);
    onEveryTarget([&] {
        for (int size : sweepSizes()) {
            if (block > 1) size = size % 5 * block + block;
            const auto n = static_cast<std::size_t>(size);
            const auto stored = storedRows(type, n * 5);
            std::vector<float> rows(n * 5);
            decodeElements(type, stored.data(), rows.size(), rows.data());
            const std::vector<float> scales = {0.5F, 1.0F, 2.0F, -3.0F, 0.25F};
            const bool scaled = type == DType::F8E4M3;
            const RowMatrix w{.type = type,
                              .data = stored.data(),
                              .rowScales = scaled ? scales.data() : nullptr,
                              .numIn = size};
            const auto in = randomFloats(n * 3 + 1, 14);
            const ActivationRows x{.data = in.data(), .stride = size, .count = 3};
            std::vector<float> y(3 * 5, kUntouched);
            std::vector<float> scratch(n);
            dotRows(w, x, {1, 5}, 0.5F, {y.data(), 5}, scratch.data());
            for (int t = 0; t < 3; ++t) {
                const auto first = static_cast<std::size_t>(t) * 5;
                ASSERT_EQ(y[first], kUntouched);
                for (std::size_t r = 1; r < 5; ++r) {
                    double sum = 0;
                    double magnitude = 1e-6;
                    const double factor = scaled ? 0.5 * static_cast<double>(scales[r]) : 0.5;
                    for (std::size_t i = 0; i < n; ++i) {
                        const double product = static_cast<double>(x.row(t)[i]) * rows[r * n + i];
                        sum += factor * product;
                        magnitude += std::abs(factor * product);
                    }
                    ASSERT_NEAR(y[first + r], sum, tolerance::kKernelSum * magnitude) << size;
                }
            }
        }
    });
}

INSTANTIATE_TEST_SUITE_P(StoredTypes,
                         DotRows,
                         testing::Values(DType::F32,
                                         DType::F16,
                                         DType::BF16,
                                         DType::F8E4M3,
                                         DType::Q4_0,
                                         DType::Q8_0,
                                         DType::Q4_K,
                                         DType::Q6_K),
                         nameOf);

}  // namespace
}  // namespace gatescope::kernels
