#include "engine/generation/speculation.h"

#include <algorithm>

#include "engine/check.h"

namespace gatescope {
namespace {

/// What was learnt fades: steps get dearer as the context grows, and texts change.
constexpr double kFading = 0.8;

/// Where the text before `next` ends as tokens[0, end) does, tokens[end] being `next` as well;
/// `length` tokens are compared, `next` included. 0: nowhere.
std::size_t placeBehind(std::span<const TokenId> tokens, TokenId next, std::size_t length) {
    const std::size_t before = length - 1;
    const auto suffix = tokens.last(before);
    for (std::size_t at = tokens.size(); at-- > before;)
        if (tokens[at] == next && std::ranges::equal(tokens.subspan(at - before, before), suffix))
            return at + 1;
    return 0;
}

}  // namespace

void promptLookup(std::span<const TokenId> tokens,
                  TokenId next,
                  int most,
                  std::vector<TokenId>& draft) {
    const std::size_t begin = draft.size();
    const std::size_t end = begin + static_cast<std::size_t>(most);
    for (const std::size_t length : {std::size_t{3}, std::size_t{2}}) {
        if (tokens.size() < length) continue;
        const std::size_t from = placeBehind(tokens, next, length);
        if (from == 0) continue;
        for (std::size_t i = from; draft.size() < end; ++i)
            draft.push_back(i < tokens.size()    ? tokens[i]
                            : i == tokens.size() ? next
                                                 : draft[begin + i - tokens.size() - 1]);
        return;
    }
}

void DraftGate::Running::add(double moreTokens, Duration time) {
    tokens = kFading * tokens + moreTokens;
    seconds = kFading * seconds + std::chrono::duration<double>(time).count();
}

int DraftGate::most() const {
    // Without a step to compare with there is nothing to decide by.
    return plainSteps_ >= kPlainFirst && pause_ == 0 ? length_ : 0;
}

void DraftGate::plainStep(Duration time) {
    plain_.add(1, time);
    plainSteps_ = std::min(plainSteps_ + 1, kPlainFirst);
    if (pause_ > 0) --pause_;
}

void DraftGate::draftStep(int drafted, int accepted, Duration time) {
    GS_CHECK(drafted >= 1);
    GS_CHECK_LE(accepted, drafted);
    drafting_.add(1 + accepted, time);
    length_ = accepted == drafted ? std::min(length_ + 2, kMostDrafted) : std::max(2, accepted);
    if (++trial_ < kTrialSteps) return;
    if (drafting_.tokensPerSecond() >= plain_.tokensPerSecond()) {
        nextPause_ = kFirstPause;
        return;
    }
    pause_ = nextPause_;
    nextPause_ = std::min(2 * nextPause_, kLongestPause);
    trial_ = 0;
    drafting_ = {};
    length_ = kFirstDrafted;
}

}  // namespace gatescope
