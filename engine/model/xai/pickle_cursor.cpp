#include "engine/model/xai/pickle_cursor.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/check.h"
#include "engine/error.h"

namespace gatescope {

PickleCursor::PickleCursor(const ByteSource& source, const std::string& where)
    : source_(source), where_(where) {}

void PickleCursor::refuse(ErrorCode code, std::uint64_t at, const std::string& what) const {
    gatescope::refuse(code, fmt::format("{}: byte {}", where_, at), what);
}

void PickleCursor::require(std::uint64_t length) {
    if (length > left())
        refuse(ErrorCode::PickleTruncated,
               position_,
               fmt::format("{} bytes should follow, but the file ends at byte {} ({} bytes are "
                           "missing); the download probably stopped early",
                           length,
                           source_.size,
                           length - left()));
    if (frameEnd_ != kNoFrame && length > frameEnd_ - position_)
        refuse(
            ErrorCode::PickleStructure,
            position_,
            fmt::format(
                "{} bytes reach over the end of the pickle's frame at byte {}", length, frameEnd_));
}

std::uint8_t PickleCursor::nextByte() {
    if (position_ < windowStart_ || position_ >= windowStart_ + windowSize_) {
        windowStart_ = position_;
        windowSize_ = std::min<std::uint64_t>(kWindow, left());
        source_.read(windowStart_, std::span(window_).first(windowSize_));
    }
    return static_cast<std::uint8_t>(window_[position_++ - windowStart_]);
}

std::uint8_t PickleCursor::byte() {
    require(1);
    return nextByte();
}

std::uint64_t PickleCursor::number(std::uint64_t bytes) {
    require(bytes);
    std::uint64_t value = 0;
    for (std::uint64_t i = 0; i < bytes; ++i)
        value |= static_cast<std::uint64_t>(nextByte()) << (8 * i);
    return value;
}

std::string PickleCursor::text(std::uint64_t length) {
    if (length > kLongestText)
        refuse(
            ErrorCode::PickleLimit,
            position_,
            fmt::format(
                "a text of {} bytes; a checkpoint's names have at most {}", length, kLongestText));
    require(length);
    std::string out;
    for (std::uint64_t i = 0; i < length; ++i) out += static_cast<char>(nextByte());
    return out;
}

std::string PickleCursor::line() {
    std::string out;
    const std::uint64_t start = position_;
    for (auto c = byte(); c != '\n'; c = byte()) {
        out += static_cast<char>(c);
        if (out.size() > kLongestText)
            refuse(ErrorCode::PickleLimit,
                   start,
                   fmt::format("a name of more than {} bytes", kLongestText));
    }
    return out;
}

std::uint64_t PickleCursor::skip(std::uint64_t length) {
    require(length);
    const std::uint64_t start = position_;
    position_ += length;
    return start;
}

void PickleCursor::openFrame(std::uint64_t length) {
    if (frameEnd_ != kNoFrame)
        refuse(ErrorCode::PickleStructure, position_, "a frame begins inside another one");
    require(length);
    frameEnd_ = position_ + length;
    closeFrameIfDone();
}

void PickleCursor::closeFrameIfDone() {
    if (frameEnd_ == position_) frameEnd_ = kNoFrame;
}

}  // namespace gatescope
