#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "kernels/quant/block_codec.h"
#include "kernels/quant/float_types.h"
#include "tests/unit/kernels/kernel_test.h"

namespace gatescope::kernels {
namespace {

using Bytes = std::vector<std::byte>;

constexpr std::array kEncoded{
    DType::F32, DType::F16, DType::BF16, DType::Q8_0, DType::Q4_0, DType::Q4_K};

Bytes encoded(DType type, const std::vector<float>& values) {
    Bytes stored(storedBytes(type, values.size()));
    encodeElements(type, values.data(), values.size(), stored.data());
    return stored;
}

std::vector<float> decoded(DType type, const Bytes& stored) {
    std::vector<float> out(stored.size() / traits(type).bytesPerBlock * traits(type).blockSize);
    decodeElements(type, stored.data(), out.size(), out.data());
    return out;
}

/// Root of the squared errors over the squared values.
double relativeError(const std::vector<float>& values, const std::vector<float>& other) {
    double error = 0;
    double size = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        error += std::pow(static_cast<double>(values[i]) - other[i], 2);
        size += std::pow(static_cast<double>(values[i]), 2);
    }
    return std::sqrt(error / size);
}

double relativeError(DType type, const std::vector<float>& values) {
    return relativeError(values, decoded(type, encoded(type, values)));
}

/// Heavier tails than a normal distribution, as trained weights have.
std::vector<float> weightLike(std::size_t count, unsigned seed) {
    std::mt19937 random(seed);
    std::student_t_distribution<float> student(4.0F);
    std::vector<float> out(count);
    for (float& x : out) x = 0.02F * student(random);
    return out;
}

std::string hex(const Bytes& bytes) {
    std::string out;
    for (const std::byte b : bytes) {
        constexpr const char* kDigits = "0123456789abcdef";
        out += kDigits[static_cast<unsigned>(b) >> 4U];
        out += kDigits[static_cast<unsigned>(b) & 15U];
    }
    return out;
}

// The bytes are gguf-py 0.19.0's, gguf.quants.quantize of the same values.
TEST(BlockEncode, Q8_0IsBitForBitWhatTheReferenceWrites) {
    std::vector<float> ramp(32);
    std::vector<float> zigzag(32);
    for (int i = 0; i < 32; ++i) {
        ramp[static_cast<std::size_t>(i)] = static_cast<float>(i * 37 % 64 - 29) / 7.0F;
        zigzag[static_cast<std::size_t>(i)] = (i % 2 == 0 ? 0.5F : -3.0F) * static_cast<float>(i);
    }
    EXPECT_EQ(hex(encoded(DType::Q8_0, ramp)),
              "e528941eb943de69049f29c44eea740faa34cf5af57f1ab540db65009b25c04be670");
    EXPECT_EQ(hex(encoded(DType::Q8_0, zigzag)),
              "dc3900fc01f403ec04e305db07d308cb0ac30bba0cb20eaa0fa2109a129113891481");
}

TEST(BlockEncode, NumbersWithoutBlocksAreRoundedOnce) {
    const std::vector<float> values = {0.0F, -0.0F, 1.0F, 0.1F, -65504.0F, 3e-8F, 1.00390625F};
    for (std::size_t i = 0; i < values.size(); ++i) {
        const std::vector<float> one = {values[i]};
        EXPECT_EQ(decoded(DType::F32, encoded(DType::F32, one)), one);
        EXPECT_EQ(decoded(DType::BF16, encoded(DType::BF16, one))[0], roundToBf16(values[i]));
        EXPECT_EQ(decoded(DType::F16, encoded(DType::F16, one))[0],
                  halfToFloat(floatToHalf(values[i])));
    }
}

/// The rule that llama.cpp names Q4_0 by: the value of largest magnitude becomes -8.
std::vector<float> plainQ4_0(const std::vector<float>& x) {
    std::vector<float> out;
    for (std::size_t b = 0; b < x.size(); b += 32) {
        const auto largest =
            *std::max_element(x.begin() + static_cast<std::ptrdiff_t>(b),
                              x.begin() + static_cast<std::ptrdiff_t>(b + 32),
                              [](float p, float q) { return std::abs(p) < std::abs(q); });
        const float step = largest / -8;
        const float stored = halfToFloat(floatToHalf(step));
        for (std::size_t i = b; i < b + 32; ++i)
            out.push_back(stored * std::clamp(std::floor(x[i] / step + 8.5F) - 8, -8.0F, 7.0F));
    }
    return out;
}

TEST(BlockEncode, Q4_0IsBetterThanThePlainRule) {
    for (const auto& values : {test::randomFloats(64 * 1024, 3), weightLike(64 * 1024, 4)}) {
        const double plain = relativeError(values, plainQ4_0(values));
        EXPECT_LT(relativeError(DType::Q4_0, values), 0.98 * plain);
    }
}

/// Sub-blocks cut into 15 steps from their smallest value (or 0) to their largest, with scales and
/// mins rounded to six bits each.
std::vector<float> plainQ4_K(const std::vector<float>& x) {
    std::vector<float> out;
    for (std::size_t b = 0; b < x.size(); b += 256) {
        std::array<float, 8> scales{};
        std::array<float, 8> mins{};
        for (std::size_t s = 0; s < 8; ++s) {
            const auto* first = x.data() + b + 32 * s;
            mins[s] = -std::min(0.0F, *std::min_element(first, first + 32));
            scales[s] = (*std::max_element(first, first + 32) + mins[s]) / 15;
        }
        const float d = *std::max_element(scales.begin(), scales.end()) / 63;
        const float dmin = *std::max_element(mins.begin(), mins.end()) / 63;
        for (std::size_t s = 0; s < 8; ++s) {
            const float scale = d * std::round(scales[s] / d);
            const float min = dmin * std::round(mins[s] / dmin);
            for (std::size_t i = b + 32 * s; i < b + 32 * (s + 1); ++i)
                out.push_back(scale * std::clamp(std::round((x[i] + min) / scale), 0.0F, 15.0F) -
                              min);
        }
    }
    return out;
}

TEST(BlockEncode, Q4_KIsBetterThanThePlainRule) {
    for (const auto& values : {test::randomFloats(64 * 1024, 5), weightLike(64 * 1024, 6)}) {
        const double plain = relativeError(values, plainQ4_K(values));
        EXPECT_LT(relativeError(DType::Q4_K, values), 0.96 * plain);
    }
}

TEST(BlockEncode, ErrorsStayWithinTheTypesBits) {
    const std::vector<float> values = test::randomFloats(64 * 1024, 7);
    EXPECT_EQ(relativeError(DType::F32, values), 0);
    EXPECT_LT(relativeError(DType::F16, values), 3e-4);
    EXPECT_LT(relativeError(DType::BF16, values), 2e-3);
    EXPECT_LT(relativeError(DType::Q8_0, values), 6e-3);
    EXPECT_LT(relativeError(DType::Q4_K, values), 0.072);
    EXPECT_LT(relativeError(DType::Q4_0, values), 0.083);
}

TEST(BlockEncode, ConstantsZerosAndOneSidedBlocksComeBack) {
    for (const DType type : kEncoded) {
        SCOPED_TRACE(std::string(name(type)));
        const std::vector<float> zeros(256, 0.0F);
        EXPECT_EQ(decoded(type, encoded(type, zeros)), zeros);
        for (const float value : {0.3F, -0.3F, 1000.0F})
            EXPECT_LT(relativeError(type, std::vector<float>(256, value)), 4e-3) << value;
        std::vector<float> positive = test::randomFloats(2560, 8);
        for (float& x : positive) x = std::abs(x);
        EXPECT_LT(relativeError(type, positive), 0.085);
    }
}

TEST(BlockEncode, FiniteValuesInRangeNeverBecomeInfinite) {
    for (const float spread : {1e-38F, 1e-9F, 1e-4F, 1.0F, 1e3F})
        for (const DType type : kEncoded) {
            const auto values = test::randomFloats(2560, 9, spread);
            for (const float value : decoded(type, encoded(type, values)))
                ASSERT_TRUE(std::isfinite(value)) << name(type) << " at " << spread;
        }
}

TEST(BlockEncode, ValuesTooLargeForTheTypeShowAsInfinities) {
    for (const DType type : {DType::F16, DType::Q8_0, DType::Q4_0, DType::Q4_K}) {
        const auto values = decoded(type, encoded(type, std::vector<float>(256, 1e30F)));
        EXPECT_TRUE(std::any_of(values.begin(), values.end(), [](float x) {
            return !std::isfinite(x);
        })) << name(type);
    }
}

TEST(BlockEncode, EncodesWhatItSaysItEncodesAndWritesNothingElse) {
    int encodable = 0;
    for (int i = 0; i <= static_cast<int>(DType::MXFP4); ++i)
        encodable += canEncode(static_cast<DType>(i)) ? 1 : 0;
    EXPECT_EQ(encodable, static_cast<int>(kEncoded.size()));
    for (const DType type : kEncoded) {
        EXPECT_TRUE(canEncode(type));
        const auto values = test::randomFloats(512, 10);
        const std::size_t bytes = storedBytes(type, 512);
        Bytes stored(bytes + 3, std::byte{0xa5});
        encodeElements(type, values.data(), 512, stored.data() + 1);  // unaligned
        EXPECT_EQ(stored[0], std::byte{0xa5});
        EXPECT_EQ(stored[bytes + 1], std::byte{0xa5});
        EXPECT_TRUE(std::equal(stored.begin() + 1,
                               stored.begin() + 1 + static_cast<std::ptrdiff_t>(bytes),
                               encoded(type, values).begin()));
        encodeElements(type, nullptr, 0, nullptr);
    }
}

}  // namespace
}  // namespace gatescope::kernels
