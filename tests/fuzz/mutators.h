#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace gatescope::test {

// Mutations that keep a format's structure, so that they reach what lies behind its first checks: a
// file is taken apart into its parts, a part is changed, and the lengths around it are made right.

/// Choices that depend on nothing but the seed.
class FuzzRandom {
  public:
    explicit FuzzRandom(std::uint64_t seed) : engine_(seed) {}
    std::uint64_t next() { return engine_(); }
    /// 0 to n - 1; n is at least 1.
    std::size_t below(std::size_t n) { return static_cast<std::size_t>(engine_() % n); }
    bool oneIn(std::size_t n) { return below(n) == 0; }

  private:
    std::mt19937_64 engine_;
};

/// A number that parsers have fallen over: 0, 1, 2^31, 2^32, 2^61, 2^63, 2^64 - 1, their
/// neighbours, or a small one.
std::uint64_t extremeNumber(FuzzRandom& random);

/// The bytes after one mutation that knows no format; they may grow a little.
std::string mutatedBytes(const std::string& bytes);

using Mutator = std::function<std::string(const std::string& bytes, FuzzRandom& random)>;

/// Opcode by opcode; arguments' lengths stay right, or become extreme alone.
std::string mutatedPickle(const std::string& bytes, FuzzRandom& random);
/// Token by token.
std::string mutatedJson(const std::string& text, FuzzRandom& random);
/// The JSON of the header; the length in front of it follows. Sometimes the data, too.
std::string mutatedSafetensors(const std::string& bytes, FuzzRandom& random);
/// Field by field of a Protocol Buffers message, messages in it included.
std::string mutatedWire(const std::string& bytes, FuzzRandom& random);

/// A harness's LLVMFuzzerCustomMutator: `mutate` most of the time, else a mutation of bytes, which
/// also stands in where the result is larger than `maxSize`.
std::size_t mutateInPlace(std::uint8_t* data,
                          std::size_t size,
                          std::size_t maxSize,
                          unsigned seed,
                          const Mutator& mutate);

}  // namespace gatescope::test
