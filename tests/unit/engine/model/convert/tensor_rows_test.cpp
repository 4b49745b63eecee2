#include "engine/model/convert/tensor_rows.h"

#include <gtest/gtest.h>

#include <cstring>
#include <numeric>
#include <vector>

#include "kernels/quant/block_codec.h"
#include "kernels/quant/float_types.h"

namespace gatescope {
namespace {

constexpr int kExperts = 2;
constexpr int kIn = 64;
constexpr int kOut = 6;

TensorSlot expertSlot() {
    return {.path = "experts",
            .role = TensorRole::ExpertDown,
            .layer = 0,
            .shape = {kExperts, kIn, kOut}};
}

/// A different small number for each element.
float elementOf(int expert, int in, int out) {
    return static_cast<float>(expert * 10'000 + in * 100 + out);
}

std::vector<float> rowsOf(const TensorLayout& layout, const TensorMemory& memory, RowRange rows) {
    std::vector<float> out(
        static_cast<std::size_t>(rows.numRows * rowShapeOf(layout.slot).numColumns));
    copyRows(layout, memory, rows, out.data());
    return out;
}

/// Rows of an expert as elementOf() says, times what `scale` gives.
template <class Scale>
std::vector<float> expected(const RowRange& rows, const Scale& scale) {
    std::vector<float> out;
    for (auto r = rows.firstRow; r < rows.firstRow + rows.numRows; ++r)
        for (int k = 0; k < kIn; ++k) {
            const int expert = static_cast<int>(rows.matrix);
            const int row = static_cast<int>(r);
            out.push_back(elementOf(expert, k, row) * scale(expert, k, row));
        }
    return out;
}

const std::vector<RowRange> kRanges = {{.matrix = 0, .firstRow = 0, .numRows = kOut},
                                       {.matrix = 1, .firstRow = 0, .numRows = 1},
                                       {.matrix = 1, .firstRow = 2, .numRows = 3},
                                       {.matrix = 1, .firstRow = kOut - 1, .numRows = 1},
                                       {.matrix = 0, .firstRow = 3, .numRows = 0}};

TEST(TensorRowsTest, TurnsWhatIsStoredWithItsInputsFirst) {
    std::vector<float> data;
    for (int e = 0; e < kExperts; ++e)
        for (int k = 0; k < kIn; ++k)
            for (int n = 0; n < kOut; ++n) data.push_back(elementOf(e, k, n));
    const TensorLayout layout{.slot = expertSlot(), .dtype = DType::F32};
    const TensorMemory memory{.data = reinterpret_cast<std::byte*>(data.data())};
    for (const RowRange& rows : kRanges)
        EXPECT_EQ(rowsOf(layout, memory, rows), expected(rows, [](int, int, int) { return 1.0F; }));
    EXPECT_EQ(storedRows(layout, memory, 0, 0), nullptr);
}

TEST(TensorRowsTest, ScalesInt8ByGroupAndColumn) {
    constexpr int kGroups = 8;
    const auto element = [](int e, int k, int n) { return (e * 31 + k * 7 + n * 3) % 255 - 127; };
    const auto scale = [](int e, int g, int n) {
        return static_cast<float>(1 + (e * kGroups + g) * kOut + n) / 64.0F;  // bf16 holds it
    };
    std::vector<std::int8_t> data;
    std::vector<std::uint16_t> scales;
    for (int e = 0; e < kExperts; ++e) {
        for (int k = 0; k < kIn; ++k)
            for (int n = 0; n < kOut; ++n)
                data.push_back(static_cast<std::int8_t>(element(e, k, n)));
        for (int g = 0; g < kGroups; ++g)
            for (int n = 0; n < kOut; ++n) scales.push_back(kernels::floatToBf16(scale(e, g, n)));
    }
    const TensorLayout layout{.slot = expertSlot(), .dtype = DType::I8, .numGroups = kGroups};
    const TensorMemory memory{.data = reinterpret_cast<std::byte*>(data.data()),
                              .scales = scales.data()};
    for (const RowRange& rows : kRanges) {
        std::vector<float> wanted;
        for (auto r = rows.firstRow; r < rows.firstRow + rows.numRows; ++r)
            for (int k = 0; k < kIn; ++k) {
                const int e = static_cast<int>(rows.matrix);
                const int n = static_cast<int>(r);
                wanted.push_back(static_cast<float>(element(e, k, n)) *
                                 scale(e, k / (kIn / kGroups), n));
            }
        EXPECT_EQ(rowsOf(layout, memory, rows), wanted);
    }
}

TEST(TensorRowsTest, LeavesRowsWhereTheyLieAndFindsTheirBytes) {
    std::vector<float> values(std::size_t{kExperts} * kOut * kIn);
    std::iota(values.begin(), values.end(), 0.0F);
    std::vector<std::byte> stored(storedBytes(DType::Q8_0, values.size()));
    kernels::encodeElements(DType::Q8_0, values.data(), values.size(), stored.data());
    std::vector<float> decoded(values.size());
    kernels::decodeElements(DType::Q8_0, stored.data(), decoded.size(), decoded.data());
    const TensorLayout layout{
        .slot = expertSlot(), .dtype = DType::Q8_0, .order = MatrixOrder::OutputsFirst};
    const TensorMemory memory{.data = stored.data()};
    for (const RowRange& rows : kRanges) {
        const auto first = (rows.matrix * kOut + rows.firstRow) * kIn;
        const std::vector<float> wanted(decoded.begin() + first,
                                        decoded.begin() + first + rows.numRows * kIn);
        EXPECT_EQ(rowsOf(layout, memory, rows), wanted);
        EXPECT_EQ(storedRows(layout, memory, rows.matrix, rows.firstRow),
                  stored.data() + storedBytes(DType::Q8_0, static_cast<std::uint64_t>(first)));
    }
}

TEST(TensorRowsTest, ScalesEightBitFloatsByRow) {
    const std::vector<std::uint8_t> one(std::size_t{kExperts} * kOut * kIn, 0x38);  // 1.0
    std::vector<float> scales;
    for (int i = 0; i < kExperts * kOut; ++i) scales.push_back(0.5F + static_cast<float>(i));
    std::vector<std::byte> data(one.size());
    std::memcpy(data.data(), one.data(), one.size());
    const TensorLayout layout{
        .slot = expertSlot(), .dtype = DType::F8E4M3, .order = MatrixOrder::OutputsFirst};
    const TensorMemory memory{.data = data.data(), .rowScales = scales.data()};
    const RowRange rows{.matrix = 1, .firstRow = 2, .numRows = 2};
    std::vector<float> wanted(kIn, 0.5F + kOut + 2);
    wanted.insert(wanted.end(), kIn, 0.5F + kOut + 3);
    EXPECT_EQ(rowsOf(layout, memory, rows), wanted);
}

TEST(TensorRowsTest, TurnsTheRouterAndTakesANormForOneRow) {
    std::vector<float> router = {0, 1, 2, 10, 11, 12};  // [dModel 2, experts 3]
    const TensorLayout routerLayout{
        .slot = {.path = "router", .role = TensorRole::Router, .layer = 0, .shape = {2, 3}}};
    const TensorMemory memory{.data = reinterpret_cast<std::byte*>(router.data())};
    EXPECT_EQ(rowsOf(routerLayout, memory, {.numRows = 3}),
              (std::vector<float>{0, 10, 1, 11, 2, 12}));
    const TensorLayout normLayout{
        .slot = {.path = "norm", .role = TensorRole::MoeNorm, .layer = 0, .shape = {6}}};
    EXPECT_EQ(rowsOf(normLayout, memory, {.numRows = 1}), router);
}

}  // namespace
}  // namespace gatescope
