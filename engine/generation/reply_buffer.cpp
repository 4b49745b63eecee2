#include "engine/generation/reply_buffer.h"

#include <algorithm>
#include <utility>

namespace gatescope {
namespace {

/// A UTF-8 character has at most four bytes, so at most three tokens wait for its last one.
constexpr std::size_t kMostSilentTokens = 3;

}  // namespace

ReplyBuffer::ReplyBuffer(std::vector<std::string> stopStrings)
    : stopStrings_(std::move(stopStrings)) {}

StopLook ReplyBuffer::look(const std::string& text) const {
    return lookForStop(text_ + text, stopStrings_);
}

void ReplyBuffer::hold(TokenGenerated token, std::size_t heldFrom) {
    text_ += token.text;
    heldFrom_ = heldFrom;
    held_.push_back(std::move(token));
}

bool ReplyBuffer::frontIsReady() const {
    if (held_.empty()) return false;
    if (stopStrings_.empty()) return true;
    const auto bytes = held_.front().text.size();
    if (bytes > 0) return bytes <= heldFrom_;
    // A silent token belongs to the text behind it, or to text that is yet to come.
    if (text_.empty()) return held_.size() > kMostSilentTokens;
    return heldFrom_ > 0;
}

std::optional<TokenGenerated> ReplyBuffer::release() {
    return frontIsReady() ? releaseAny() : std::nullopt;
}

std::optional<TokenGenerated> ReplyBuffer::releaseAny() {
    if (held_.empty()) return std::nullopt;
    auto token = std::move(held_.front());
    held_.pop_front();
    const auto bytes = token.text.size();
    text_.erase(0, bytes);
    heldFrom_ -= std::min(heldFrom_, bytes);
    return token;
}

int ReplyBuffer::cutAt(std::size_t match) {
    std::size_t begin = text_.size();
    int dropped = 0;
    for (; !held_.empty(); ++dropped, held_.pop_back()) {
        auto& last = held_.back();
        begin -= last.text.size();
        if (begin >= match) continue;
        last.text.resize(std::min(last.text.size(), match - begin));
        break;
    }
    text_.resize(std::min(text_.size(), match));
    return dropped;
}

}  // namespace gatescope
