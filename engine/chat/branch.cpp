#include "engine/chat/branch.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/check.h"

namespace gatescope {

void Branch::assign(std::vector<Message> messages, std::vector<Version> versions) {
    messages_ = std::move(messages);
    versions_ = std::move(versions);
    versions_.resize(messages_.size());
    recount(0);
}

void Branch::append(Message message) {
    const auto at = messages_.size();
    if (at < versions_.size()) {
        const int older = versions_[at].count;
        versions_[at] = {.index = older, .count = older + 1};
    } else {
        versions_.push_back({});
    }
    messages_.push_back(std::move(message));
    recount(size() - 1);
}

void Branch::truncate(int count) {
    GS_CHECK_LE(count, size());
    if (count < size()) versions_.resize(static_cast<std::size_t>(count) + 1);
    messages_.resize(static_cast<std::size_t>(count));
    firstToken_.resize(static_cast<std::size_t>(count) + 1);
}

int Branch::messageOfToken(int index) const {
    GS_CHECK(index >= 0 && index < traceSize());
    const auto after = std::upper_bound(firstToken_.begin(), firstToken_.end(), index);
    return static_cast<int>(std::distance(firstToken_.begin(), after)) - 1;
}

const TokenRecord& Branch::token(int index) const {
    const auto message = static_cast<std::size_t>(messageOfToken(index));
    return messages_[message].tokens[static_cast<std::size_t>(index - firstToken_[message])];
}

TokenRecord& Branch::token(int index) {
    return const_cast<TokenRecord&>(std::as_const(*this).token(index));
}

void Branch::setTokens(int messageIndex, std::vector<TokenRecord> tokens) {
    message(messageIndex).tokens = std::move(tokens);
    recount(messageIndex);
}

void Branch::appendToken(TokenRecord token) {
    GS_CHECK(!messages_.empty());
    messages_.back().tokens.push_back(std::move(token));
    ++firstToken_.back();
}

void Branch::recount(int fromMessage) {
    firstToken_.resize(messages_.size() + 1);
    for (auto i = static_cast<std::size_t>(fromMessage); i < messages_.size(); ++i)
        firstToken_[i + 1] = firstToken_[i] + static_cast<int>(messages_[i].tokens.size());
}

}  // namespace gatescope
