#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace gatescope {

/// Bytes that can be read at any place: a file, or memory in tests.
struct ByteSource {
    std::uint64_t size = 0;
    /// Fills `out` with the bytes from `offset` on, or throws. Only called within [0, size).
    std::function<void(std::uint64_t offset, std::span<std::byte> out)> read;
};

/// Reads little-endian numbers and strings one after another, never beyond the end, through a small
/// window: what a file says about itself costs no more memory than what is kept of it.
/// Used by one thread; the source must outlive it.
class BoundedReader {
  public:
    /// What to throw when the bytes end before the value: given the place, what was read, and how
    /// many bytes are missing. Never returns.
    using Truncated =
        std::function<void(std::uint64_t offset, const std::string& what, std::uint64_t missing)>;

    BoundedReader(const ByteSource& source, Truncated truncated, std::uint64_t offset = 0);

    std::uint64_t offset() const { return offset_; }
    std::uint64_t bytesLeft() const { return source_.size - offset_; }

    /// A little-endian number; `what` names it in the error.
    template <class T>
    requires std::integral<T> || std::floating_point<T> T number(const char* what) {
        T value{};
        bytes(std::as_writable_bytes(std::span(&value, 1)), what);
        return value;
    }
    /// `size` bytes as they are. Requires that the caller checked `size` against a limit of its
    /// own.
    std::string text(std::uint64_t size, const char* what);
    void bytes(std::span<std::byte> out, const char* what);
    /// Goes on `count` bytes later. Throws like a read.
    void skip(std::uint64_t count, const char* what);
    /// Throws unless `count` records of at least `smallest` bytes can still follow.
    void require(std::uint64_t count, std::uint64_t smallest, const char* what);

  private:
    void refill();

    const ByteSource& source_;
    Truncated truncated_;
    std::uint64_t offset_;
    std::vector<std::byte> window_;
    std::uint64_t windowBegin_ = 0;
    std::size_t windowSize_ = 0;
};

}  // namespace gatescope
