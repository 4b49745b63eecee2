#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>

namespace gatescope {

/// XXH3 (64 bits) of what it is told, piece by piece: finds damage at the speed of memory, proves
/// nothing against somebody who wants to deceive. Source: xxhash.com.
class Checksum {
  public:
    Checksum();
    void add(std::span<const std::byte> bytes);
    /// Its length, then its bytes: two texts are never one.
    void addText(std::string_view text);
    template <class T>
    void addNumber(T value) {
        static_assert(std::is_arithmetic_v<T>);
        add(std::as_bytes(std::span(&value, 1)));
    }
    std::uint64_t value() const;

  private:
    struct Free {
        void operator()(void* state) const;
    };
    std::unique_ptr<void, Free> state_;
};

/// Of bytes that are all there.
std::uint64_t checksumOf(std::span<const std::byte> bytes);

}  // namespace gatescope
