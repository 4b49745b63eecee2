#include "engine/model/finite_check.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

namespace gatescope {
namespace {

/// Where the halves of a block stand.
struct Halves {
    DType type;
    std::vector<std::size_t> offsets;
};

TEST(FiniteCheckTest, FindsABlockWithAScaleThatIsNotFinite) {
    const Halves types[] = {{DType::Q4_0, {0}},
                            {DType::Q4_1, {0, 2}},
                            {DType::Q5_0, {0}},
                            {DType::Q5_1, {0, 2}},
                            {DType::Q8_0, {0}},
                            {DType::Q2_K, {80, 82}},
                            {DType::Q3_K, {108}},
                            {DType::Q4_K, {0, 2}},
                            {DType::Q5_K, {0, 2}},
                            {DType::Q6_K, {208}},
                            {DType::IQ4_NL, {0}},
                            {DType::IQ4_XS, {0}}};
    for (const auto& [type, offsets] : types) {
        SCOPED_TRACE(std::string(name(type)));
        const std::size_t size = traits(type).bytesPerBlock;
        std::vector<std::byte> stored(5 * size, std::byte{0x3b});
        ASSERT_EQ(firstNotFinite(type, stored), std::nullopt);
        for (const std::size_t offset : offsets)
            for (const std::uint16_t bad : {0x7c00, 0xfc00, 0x7e01}) {
                auto bytes = stored;
                std::memcpy(bytes.data() + 3 * size + offset, &bad, sizeof bad);
                EXPECT_EQ(firstNotFinite(type, bytes), 3U) << offset;
            }
        // Anything but a scale may have any bits.
        std::vector<std::byte> full(5 * size, std::byte{0xff});
        for (std::size_t block = 0; block < 5; ++block)
            for (const std::size_t offset : offsets)
                std::memset(full.data() + block * size + offset, 0x11, 2);
        EXPECT_EQ(firstNotFinite(type, full), std::nullopt);
    }
}

TEST(FiniteCheckTest, FindsAnElementOfPlainTypes) {
    const std::pair<DType, std::uint32_t> types[] = {{DType::F32, 0x7f800000U},
                                                     {DType::F16, 0x7c00U},
                                                     {DType::BF16, 0x7f80U},
                                                     {DType::F8E4M3, 0x7fU}};
    for (const auto& [type, bad] : types) {
        std::vector<std::byte> stored(8 * itemSize(type), std::byte{0x21});
        EXPECT_EQ(firstNotFinite(type, stored), std::nullopt);
        std::memcpy(stored.data() + 6 * itemSize(type), &bad, itemSize(type));
        EXPECT_EQ(firstNotFinite(type, stored), 6U) << name(type);
    }
}

}  // namespace
}  // namespace gatescope
