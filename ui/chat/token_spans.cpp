#include "ui/chat/token_spans.h"

#include <algorithm>
#include <string_view>

namespace gatescope {
namespace {

int utf16Length(std::string_view utf8) {
    const bool ascii = std::ranges::all_of(utf8, [](char c) { return (c & '\x80') == 0; });
    if (ascii) return static_cast<int>(utf8.size());
    return static_cast<int>(
        QString::fromUtf8(utf8.data(), static_cast<qsizetype>(utf8.size())).size());
}

/// Whether the tokens' texts from `token` on are the message's, as far as both go.
bool textBeginsAt(const Message& message, std::vector<TokenRecord>::const_iterator token) {
    const std::string_view text = message.text;
    for (std::size_t at = 0; token != message.tokens.end() && at < text.size(); ++token) {
        const std::size_t overlap = std::min(token->text.size(), text.size() - at);
        if (text.compare(at, overlap, token->text, 0, overlap) != 0) return false;
        at += overlap;
    }
    return true;
}

}  // namespace

void TokenSpans::clear() {
    *this = TokenSpans();
}

void TokenSpans::update(const Message& message) {
    const std::size_t known = spans_.size();
    const bool replaced =
        message.tokens.size() < known || (known > 0 && message.tokens.front().token != firstToken_);
    // Without a known start nothing is placed yet: once it is known all tokens are placed anew.
    const std::pair sizes(message.tokens.size(), message.text.size());
    if (!replaced && !started_ && sizes == tried_) return;
    if (replaced || !started_) clear();
    if (message.tokens.empty()) return;
    tried_ = sizes;
    if (!started_) {
        firstToken_ = message.tokens.front().token;
        const auto start = findStart(message);
        started_ = start.has_value();
        if (started_) {
            std::string before;
            for (const TokenRecord& token : message.tokens) {
                if (before.size() >= *start) break;
                before += token.text;
            }
            at_ = -utf16Length(std::string_view(before).substr(0, *start));
        }
    }
    for (std::size_t i = spans_.size(); i < message.tokens.size(); ++i) append(message.tokens[i]);
    if (message.text.size() < measured_) length_ = static_cast<int>(measured_ = 0);
    length_ += utf16Length(std::string_view(message.text).substr(measured_));
    measured_ = message.text.size();
}

// The byte of the joined token texts at which the message's own text begins. Generated tokens mark
// it; a prompt's own text (a reply that another model wrote is one too) is the last place where it
// occurs, behind preamble and role name.
std::optional<std::size_t> TokenSpans::findStart(const Message& message) const {
    const auto firstGenerated = std::ranges::find(message.tokens, true, &TokenRecord::generated);
    if (firstGenerated != message.tokens.end() && textBeginsAt(message, firstGenerated)) {
        std::size_t before = 0;
        for (auto token = message.tokens.begin(); token != firstGenerated; ++token)
            before += token->text.size();
        return before;
    }
    if (message.text.empty()) return std::nullopt;
    std::string joined;
    for (const TokenRecord& token : message.tokens) joined += token.text;
    const std::size_t at = joined.rfind(message.text);
    return at == std::string::npos ? std::nullopt : std::optional(at);
}

void TokenSpans::append(const TokenRecord& token) {
    if (!started_) {
        spans_.push_back({});
        return;
    }
    const auto begin = at_;
    at_ += utf16Length(token.text);
    spans_.push_back({static_cast<int>(std::max<std::ptrdiff_t>(begin, 0)),
                      static_cast<int>(std::max<std::ptrdiff_t>(at_, 0))});
}

TokenSpans::Span TokenSpans::operator[](int token) const {
    const Span& span = spans_[static_cast<std::size_t>(token)];
    return {std::min(span.begin, length_), std::min(span.end, length_)};
}

int TokenSpans::firstEndingAfter(int offset) const {
    const auto found = std::partition_point(
        spans_.begin(), spans_.end(), [offset](const Span& s) { return s.end <= offset; });
    return static_cast<int>(found - spans_.begin());
}

std::optional<int> TokenSpans::tokenAt(int offset) const {
    const int token = firstEndingAfter(offset);
    if (token == size() || (*this)[token].begin > offset) return std::nullopt;
    return token;
}

}  // namespace gatescope
