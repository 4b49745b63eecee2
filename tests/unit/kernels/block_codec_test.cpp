#include "kernels/quant/block_codec.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "kernels/quant/blocks.h"
#include "kernels/quant/float_types.h"
#include "tests/unit/kernels/kernel_test.h"

namespace gatescope::kernels {
namespace {

using Bytes = std::vector<std::byte>;

constexpr DType kEveryType[] = {DType::F32,
                                DType::F16,
                                DType::BF16,
                                DType::F8E4M3,
                                DType::I8,
                                DType::I32,
                                DType::Q4_0,
                                DType::Q4_1,
                                DType::Q5_0,
                                DType::Q5_1,
                                DType::Q8_0,
                                DType::Q2_K,
                                DType::Q3_K,
                                DType::Q4_K,
                                DType::Q5_K,
                                DType::Q6_K,
                                DType::IQ4_NL,
                                DType::IQ4_XS,
                                DType::MXFP4};

/// Byte j is 73 j + 41; then the first half at `halves` becomes 0.25 and the second -0.125, so that
/// every value is exact. MXFP4 has an exponent instead: 2^-3.
struct KnownBlock {
    DType type;
    std::array<int, 2> halves;  ///< byte offsets, -1: none
    std::array<float, 8> values;
};

constexpr std::array<std::size_t, 8> kSmallBlockPlaces = {0, 1, 7, 15, 16, 17, 24, 31};
constexpr std::array<std::size_t, 8> kLargeBlockPlaces = {0, 15, 16, 47, 100, 129, 200, 255};

// From gguf-py 0.19.0, gguf.quants.dequantize.
constexpr KnownBlock kKnownBlocks[] = {
    {DType::Q4_0, {0, -1}, {0.75F, -1, 0.5F, -1.5F, 0.75F, -2, -2, -2}},
    {DType::Q4_1, {0, 2}, {3.125F, 1.375F, 2.875F, 0.875F, 0.875F, 2.125F, 2.125F, 2.125F}},
    {DType::Q5_0, {0, -1}, {3.75F, 2, 3.5F, -2.5F, 3.25F, -3.5F, -3.5F, 0.5F}},
    {DType::Q5_1, {0, 2}, {4.125F, 2.375F, -0.125F, 5.875F, 5.625F, 6.625F, 2.625F, 2.625F}},
    {DType::Q8_0, {0, -1}, {-17.25F, 1, -17.5F, 0.5F, 18.75F, -27, -27.25F, -27.5F}},
    {DType::Q2_K, {80, 82}, {2.5F, 0.25F, 1.375F, 1.375F, 12.875F, 1.375F, 3.625F, 0.875F}},
    {DType::Q3_K, {108, -1}, {-1.75F, 7, 0.5F, -27, -4.25F, -4, 19.5F, -6}},
    {DType::Q4_K, {0, 2}, {35.375F, 6.125F, 35.375F, 7.25F, 151.5F, 13.625F, 14, 2.875F}},
    {DType::Q5_K, {0, 2}, {87.375F, 6.125F, 87.375F, 18.25F, 171.5F, 13.625F, 14, 2.875F}},
    {DType::Q6_K, {208, -1}, {40.25F, 184, -87.5F, -984, -533.5F, 24.5F, -106.25F, 72}},
    {DType::IQ4_NL, {0, -1}, {9.5F, -12.25F, 6.25F, -20.75F, 9.5F, -31.75F, -31.75F, -31.75F}},
    {DType::IQ4_XS, {0, -1}, {-754, 7.25F, -72.5F, 1, -78.75F, -106.25F, -78, -187.5F}},
    {DType::MXFP4, {-1, -1}, {0.25F, -0.375F, 0.125F, -0.125F, 1.5F, -0.375F, -0.375F, -0.375F}},
};

Bytes patternBlock(const KnownBlock& known) {
    Bytes block(traits(known.type).bytesPerBlock);
    for (std::size_t j = 0; j < block.size(); ++j) block[j] = static_cast<std::byte>(73 * j + 41);
    const std::uint16_t halves[2] = {floatToHalf(0.25F), floatToHalf(-0.125F)};
    for (std::size_t h = 0; h < 2; ++h)
        if (known.halves[h] >= 0) std::memcpy(block.data() + known.halves[h], &halves[h], 2);
    if (known.type == DType::MXFP4) block[0] = std::byte{125};
    return block;
}

Bytes randomBytes(std::size_t count, unsigned seed) {
    std::mt19937 random(seed);
    Bytes bytes(count);
    for (std::byte& b : bytes) b = static_cast<std::byte>(random());
    return bytes;
}

/// No half has these low bits, so no block decodes to it.
constexpr std::uint32_t kUntouchedNaN = 0x7fc0beefU;

std::vector<float> decoded(DType type, const Bytes& stored) {
    const auto blocks = stored.size() / traits(type).bytesPerBlock;
    std::vector<float> out(blocks * traits(type).blockSize);
    decodeElements(type, stored.data(), out.size(), out.data());
    return out;
}

/// As bits, because NaN is not equal to itself and -0 is equal to 0.
std::vector<std::uint32_t> bitsOf(const std::vector<float>& values) {
    std::vector<std::uint32_t> bits(values.size());
    std::memcpy(bits.data(), values.data(), values.size() * sizeof(float));
    return bits;
}

TEST(BlockCodec, ABlockOfEachTypeDecodesToTheKnownValues) {
    for (const KnownBlock& known : kKnownBlocks) {
        SCOPED_TRACE(std::string(name(known.type)));
        const std::vector<float> values = decoded(known.type, patternBlock(known));
        const auto& places = values.size() == 32 ? kSmallBlockPlaces : kLargeBlockPlaces;
        for (std::size_t i = 0; i < places.size(); ++i)
            EXPECT_EQ(values[places[i]], known.values[i]) << "element " << places[i];
    }
}

/// All floats of 4,096 random blocks of a type, in one number.
struct BlockDigest {
    DType type;
    std::uint64_t seed;
    std::uint64_t digest;
};

// From gguf-py 0.19.0 by make_block_digests.py, which lies beside this file.
constexpr BlockDigest kDigests[] = {
    {DType::F16, 1, 0xac225b152dff1d48U},
    {DType::BF16, 30, 0xe20bde4c2a5a56c7U},
    {DType::Q4_0, 2, 0xee99adc6bf9fa2b9U},
    {DType::Q4_1, 3, 0xacc0ddfaea3d5ea1U},
    {DType::Q5_0, 6, 0xb42f11346d0cb9a8U},
    {DType::Q5_1, 7, 0x6ecb25684469f833U},
    {DType::Q8_0, 8, 0x238dcffa023e2aa1U},
    {DType::Q2_K, 10, 0x19e16467eb7cd165U},
    {DType::Q3_K, 11, 0x1b9cab626b9caf8cU},
    {DType::Q4_K, 12, 0x0971b9092c671f8fU},
    {DType::Q5_K, 13, 0x58b3ac28adf14c87U},
    {DType::Q6_K, 14, 0xc39592f8ea75766eU},
    {DType::IQ4_NL, 20, 0x2a4ecbf0253a8a82U},
    {DType::IQ4_XS, 23, 0xc5e1b5d78501699aU},
    {DType::MXFP4, 39, 0x7fea09dd6e258ccbU},
};

constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15U;

/// The output function of SplitMix64: numpy computes the same.
std::uint64_t mixed(std::uint64_t x) {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31);
}

TEST(BlockCodec, RandomBlocksOfEveryTypeDecodeToTheBitsOfThePackage) {
    constexpr std::size_t kBlocks = 4096;
    for (const BlockDigest& expected : kDigests) {
        SCOPED_TRACE(std::string(name(expected.type)));
        Bytes stored(kBlocks * traits(expected.type).bytesPerBlock);
        for (std::size_t i = 0; i < stored.size() / 8; ++i) {
            const std::uint64_t word = mixed((i + 1) * kGolden + expected.seed);
            std::memcpy(stored.data() + 8 * i, &word, sizeof word);
        }
        std::uint64_t digest = 0;
        std::uint64_t place = 0;
        for (std::uint32_t bits : bitsOf(decoded(expected.type, stored))) {
            if (std::isnan(std::bit_cast<float>(bits))) bits = 0x7fc00000U;  // whatever its payload
            digest += mixed((place += kGolden) + bits);
        }
        EXPECT_EQ(digest, expected.digest);
    }
}

TEST(BlockCodec, TypesWithoutBlocksDecodeToThePlainNumber) {
    const float f32 = -1.5F;
    const std::uint16_t f16 = 0xbe00;
    const std::uint16_t bf16 = 0xbfc0;
    const std::uint8_t f8 = 0xbc;
    const std::int8_t i8 = -128;
    const std::int32_t i32 = -65536;
    float out = 0;
    const auto decodeOne = [&](DType type, const void* stored) {
        decodeElements(type, static_cast<const std::byte*>(stored), 1, &out);
        return out;
    };
    EXPECT_EQ(decodeOne(DType::F32, &f32), -1.5F);
    EXPECT_EQ(decodeOne(DType::F16, &f16), -1.5F);
    EXPECT_EQ(decodeOne(DType::BF16, &bf16), -1.5F);
    EXPECT_EQ(decodeOne(DType::F8E4M3, &f8), -1.5F);
    EXPECT_EQ(decodeOne(DType::I8, &i8), -128.0F);
    EXPECT_EQ(decodeOne(DType::I32, &i32), -65536.0F);
}

TEST(BlockCodec, EveryBlockOfManyDecodesAsItDoesAloneAndUnaligned) {
    constexpr std::size_t kBlocks = 5;
    for (const DType type : kEveryType) {
        SCOPED_TRACE(std::string(name(type)));
        const std::size_t bytes = traits(type).bytesPerBlock;
        const std::size_t size = traits(type).blockSize;
        const Bytes stored = randomBytes(kBlocks * bytes, 1);
        const auto all = bitsOf(decoded(type, stored));
        for (std::size_t b = 0; b < kBlocks; ++b) {
            Bytes shifted(bytes + 1);
            std::copy_n(stored.begin() + static_cast<std::ptrdiff_t>(b * bytes),
                        bytes,
                        shifted.begin() + 1);
            std::vector<float> alone(size);
            decodeElements(type, shifted.data() + 1, size, alone.data());
            EXPECT_TRUE(std::ranges::equal(bitsOf(alone), std::span(all).subspan(b * size, size)));
        }
    }
}

// The sanitizers watch this one: nothing that a file can hold may be undefined or out of bounds.
TEST(BlockCodec, AnyBytesDecodeAndNothingElseIsWritten) {
    constexpr std::size_t kBlocks = 300;
    for (const DType type : kEveryType) {
        SCOPED_TRACE(std::string(name(type)));
        for (unsigned seed = 0; seed < 8; ++seed) {
            const Bytes stored = randomBytes(kBlocks * traits(type).bytesPerBlock, seed);
            const std::size_t count = kBlocks * traits(type).blockSize;
            std::vector<float> out(count + 1, std::bit_cast<float>(kUntouchedNaN));
            decodeElements(type, stored.data(), count, out.data());
            const auto bits = bitsOf(out);
            EXPECT_EQ(bits.back(), kUntouchedNaN);
            EXPECT_EQ(std::ranges::count(bits, kUntouchedNaN), 1);
        }
    }
}

TEST(BlockCodec, NoElementsTouchNothing) {
    for (const DType type : kEveryType) decodeElements(type, nullptr, 0, nullptr);
    float out = test::kUntouched;
    const std::byte stored[256] = {};
    for (const DType type : kEveryType) decodeElements(type, stored, 0, &out);
    EXPECT_EQ(out, test::kUntouched);
}

TEST(BlockCodec, AScaleThatIsNotFiniteGivesNoFiniteElement) {
    for (const KnownBlock& known : kKnownBlocks) {
        if (known.halves[0] < 0) continue;
        SCOPED_TRACE(std::string(name(known.type)));
        Bytes block = patternBlock(known);
        const std::uint16_t nan = 0x7e00;
        std::memcpy(block.data() + known.halves[0], &nan, 2);
        for (const float value : decoded(known.type, block)) EXPECT_TRUE(std::isnan(value));
        const std::uint16_t infinity = 0x7c00;
        std::memcpy(block.data() + known.halves[0], &infinity, 2);
        for (const float value : decoded(known.type, block)) EXPECT_FALSE(std::isfinite(value));
    }
}

TEST(BlockCodec, SixBitScalesAndMinsSurviveTheTripThroughTwelveBytes) {
    for (std::uint8_t first = 0; first < 64; ++first) {
        std::uint8_t scales[8];
        std::uint8_t mins[8];
        for (std::uint8_t j = 0; j < 8; ++j) {
            scales[j] = static_cast<std::uint8_t>((first + 11 * j) % 64);
            mins[j] = static_cast<std::uint8_t>((63 - first + 29 * j) % 64);
        }
        std::uint8_t packed[12];
        packScalesAndMins(scales, mins, packed);
        std::uint8_t scalesBack[8];
        std::uint8_t minsBack[8];
        unpackScalesAndMins(packed, scalesBack, minsBack);
        EXPECT_TRUE(std::ranges::equal(scales, scalesBack));
        EXPECT_TRUE(std::ranges::equal(mins, minsBack));
    }
}

}  // namespace
}  // namespace gatescope::kernels
