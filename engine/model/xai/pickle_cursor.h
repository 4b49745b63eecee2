#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/error_codes.h"
#include "engine/model/xai/pickle_reader.h"

namespace gatescope {

/// Walks over a ByteSource from its first byte on, through a small window, and knows the pickle's
/// frames. Every length is checked against the bytes that are left before anything is read.
class PickleCursor {
  public:
    /// The longest text the machine takes: the names a checkpoint needs are far shorter.
    static constexpr std::uint64_t kLongestText = 256;

    PickleCursor(const ByteSource& source, const std::string& where);

    std::uint64_t position() const { return position_; }
    std::uint64_t left() const { return source_.size - position_; }

    std::uint8_t byte();
    /// Little-endian, `bytes` of 1 to 8.
    std::uint64_t number(std::uint64_t bytes);
    /// `length` bytes, at most kLongestText.
    std::string text(std::uint64_t length);
    /// Up to and without the next newline.
    std::string line();
    /// Passes over a payload; returns its offset.
    std::uint64_t skip(std::uint64_t length);

    /// FRAME: the next `length` bytes hold whole opcodes. Frames do not nest.
    void openFrame(std::uint64_t length);
    /// To be called between opcodes.
    void closeFrameIfDone();

    /// Throws Error(BadInput): where, byte `at`, `what`, and the code's advice.
    [[noreturn]] void refuse(ErrorCode code, std::uint64_t at, const std::string& what) const;

  private:
    static constexpr std::size_t kWindow = 4096;
    static constexpr std::uint64_t kNoFrame = ~std::uint64_t{0};

    void require(std::uint64_t length);
    std::uint8_t nextByte();

    const ByteSource& source_;
    const std::string& where_;
    std::uint64_t position_ = 0;
    std::uint64_t frameEnd_ = kNoFrame;
    std::array<std::byte, kWindow> window_{};
    std::uint64_t windowStart_ = 0;
    std::uint64_t windowSize_ = 0;
};

}  // namespace gatescope
