#include "tests/support/random_blocks.h"

#include <algorithm>
#include <cstring>
#include <random>

#include "kernels/quant/float_types.h"

namespace gatescope::test {
namespace {

/// How a block type's fields are set so that its elements lie within about 0.1 of 0.
struct BlockFields {
    DType type;
    int scaleAt;
    int minAt;  ///< -1: none
    float largest;
    float minFactor;  ///< of the scale
};

constexpr BlockFields kBlockFields[] = {
    {DType::Q4_0, 0, -1, 8, 0},
    {DType::Q4_1, 0, 2, 8, -7.5F},
    {DType::Q5_0, 0, -1, 16, 0},
    {DType::Q5_1, 0, 2, 16, -15.5F},
    {DType::Q8_0, 0, -1, 127, 0},
    {DType::Q2_K, 80, 82, 45, 1.5F},
    {DType::Q3_K, 108, -1, 128, 0},
    {DType::Q4_K, 0, 2, 500, 7.5F},
    {DType::Q5_K, 0, 2, 1000, 15.5F},
    {DType::Q6_K, 208, -1, 4064, 0},
    {DType::IQ4_NL, 0, -1, 127, 0},
    {DType::IQ4_XS, 0, -1, 4064, 0},
};

}  // namespace

std::string randomBlocks(DType type, std::size_t numElements, unsigned seed) {
    std::mt19937 random(static_cast<unsigned>(numElements) + static_cast<unsigned>(type) +
                        1000003 * seed);
    const DTypeTraits block = traits(type);
    std::string bytes(storedBytes(type, numElements), '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    for (std::size_t at = 0; at < bytes.size(); at += block.bytesPerBlock) {
        if (type == DType::MXFP4) {
            bytes[at] = static_cast<char>(119 + random() % 4);  // 2^-8 ... 2^-5
            continue;
        }
        const auto& fields = *std::ranges::find(kBlockFields, type, &BlockFields::type);
        const float scale = (0.05F + 0.1F * static_cast<float>(random() % 8) / 8) / fields.largest;
        const auto put = [&](int where, float value) {
            const std::uint16_t half = kernels::floatToHalf(value);
            std::memcpy(bytes.data() + at + where, &half, sizeof half);
        };
        put(fields.scaleAt, scale);
        if (fields.minAt >= 0) put(fields.minAt, scale * fields.minFactor);
    }
    return bytes;
}

}  // namespace gatescope::test
