#include "engine/model/synthetic/random_weights.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "kernels/quant/float_types.h"

namespace gatescope {
namespace {

std::uint64_t splitMix(std::uint64_t& state) {
    std::uint64_t z = (state += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

/// Eight byte averages at once, rounded up. Two rounds of it move the mean of uniform bytes from
/// 127.5 to 128, which is where int8 has its zero.
std::uint64_t averageBytes(std::uint64_t a, std::uint64_t b) {
    constexpr std::uint64_t kWithoutLowBits = 0xfefefefefefefefeU;
    return (a | b) - (((a ^ b) & kWithoutLowBits) >> 1);
}

/// Sum of the word's four 16-bit numbers, centred and scaled to deviation 1.
float bell(std::uint64_t word) {
    constexpr float kDeviation = 37837.2F;  // 2 * 65536 / sqrt(12)
    constexpr int kMean = 2 * 65535;
    constexpr std::uint64_t kMask = 0xffff;
    const auto sum = static_cast<int>((word & kMask) + ((word >> 16) & kMask) +
                                      ((word >> 32) & kMask) + (word >> 48));
    return static_cast<float>(sum - kMean) / kDeviation;
}

}  // namespace

BlockRandom::BlockRandom(std::uint64_t seed, std::uint64_t stream, std::uint64_t block) {
    std::uint64_t state = seed;
    state = splitMix(state) ^ stream;
    state = splitMix(state) ^ block;
    for (auto& word : state_) word = splitMix(state);
}

std::uint64_t BlockRandom::next() {
    const std::uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
}

void fillInt8(BlockRandom& random, std::span<std::int8_t> out) {
    constexpr std::uint64_t kSignBits = 0x8080808080808080U;
    constexpr std::size_t kWord = sizeof(std::uint64_t);
    for (std::size_t i = 0; i < out.size(); i += kWord) {
        const std::uint64_t a = averageBytes(random.next(), random.next());
        const std::uint64_t b = averageBytes(random.next(), random.next());
        const std::uint64_t word = averageBytes(a, b) ^ kSignBits;
        std::memcpy(&out[i], &word, std::min(kWord, out.size() - i));
    }
    for (auto& value : out) value = std::max<std::int8_t>(value, -127);
}

void fillFloat(BlockRandom& random, float mean, float deviation, std::span<float> out) {
    for (float& value : out) value = mean + deviation * bell(random.next());
}

void fillBf16(BlockRandom& random, float mean, float deviation, std::span<std::uint16_t> out) {
    for (auto& value : out) value = kernels::floatToBf16(mean + deviation * bell(random.next()));
}

}  // namespace gatescope
