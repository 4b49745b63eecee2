#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace gatescope {

/// Random numbers that depend only on (seed, stream, block), so that any thread can make any block.
/// xoshiro256++ by Blackman and Vigna, its state filled by splitmix64 (prng.di.unimi.it).
class BlockRandom {
  public:
    BlockRandom(std::uint64_t seed, std::uint64_t stream, std::uint64_t block);
    std::uint64_t next();

  private:
    std::uint64_t state_[4];
};

/// Standard deviation of what fillInt8 makes: the mean of four bytes, each of variance (256^2 - 1)
/// / 12.
constexpr double kInt8Deviation = 36.95;

/// Bell-shaped numbers: each is a sum of four uniform ones (Irwin-Hall), which is close to normal
/// up to two deviations, bounded at 3.5 and much faster. int8 stays within [-127, 127], as
/// symmetric quantisation does.
void fillInt8(BlockRandom& random, std::span<std::int8_t> out);
/// mean + deviation * n
void fillFloat(BlockRandom& random, float mean, float deviation, std::span<float> out);
void fillBf16(BlockRandom& random, float mean, float deviation, std::span<std::uint16_t> out);

}  // namespace gatescope
