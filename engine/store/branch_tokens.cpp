#include "engine/store/branch_tokens.h"

#include <algorithm>

namespace gatescope {

FilterToken filterToken(const TokenRecord& token, const Message& message, int messageIndex) {
    return {.token = token.token,
            .text = token.text,
            .message = messageIndex,
            .assistant = message.role == Role::Assistant,
            .generated = token.generated,
            .drafted = token.drafted,
            .logProb = token.logProb,
            .routing = token.routing.get()};
}

BranchTokens::BranchTokens(const std::vector<Message>& messages, MessageId leaf) {
    int index = 0;
    for (const std::size_t at : branchOf(messages, leaf)) {
        for (std::size_t t = 0; t < messages[at].tokens.size(); ++t)
            places_.push_back({&messages[at], index, t});
        ++index;
    }
}

FilterToken BranchTokens::at(int index) const {
    const Place& place = places_[static_cast<std::size_t>(index)];
    return filterToken(place.message->tokens[place.token], *place.message, place.messageIndex);
}

int BranchTokens::routed() const {
    return static_cast<int>(std::ranges::count_if(places_, [](const Place& place) {
        return place.message->tokens[place.token].routing != nullptr;
    }));
}

}  // namespace gatescope
