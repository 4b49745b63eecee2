#pragma once

#include <chrono>
#include <span>
#include <vector>

#include "engine/ids.h"

namespace gatescope {

/// Looks for the last tokens of a text in the text itself, three of them or else two, and appends
/// what followed there to `draft`, `most` tokens; nothing if they are nowhere. The latest place
/// wins. Where the text ends before `most` tokens, the draft goes on with its own beginning, as a
/// loop does.
///   tokens  the text so far
///   next    stands behind it
void promptLookup(std::span<const TokenId> tokens,
                  TokenId next,
                  int most,
                  std::vector<TokenId>& draft);

/// Decides how many tokens to draft. What a step gives, one token and the drafted ones that were
/// right, is weighed against what it takes, both as they run: where a step with drafts gives fewer
/// tokens a second than one without, there are none for a while, and then it is tried again. Times
/// come from the caller, so that the same steps make the same decisions.
///
/// There is no fixed rule because there is no fixed price: 1 + k tokens read the dense weights
/// once, but up to 1 + k times the experts, until they share all of them.
class DraftGate {
  public:
    using Duration = std::chrono::microseconds;

    static constexpr int kMostDrafted = 8;

    /// Tokens to draft for the next step; 0: none.
    int most() const;
    /// A step of one token, drafts allowed or not.
    void plainStep(Duration time);
    /// A step in which `accepted` of `drafted` tokens were right. Requires drafted >= 1.
    void draftStep(int drafted, int accepted, Duration time);

  private:
    static constexpr int kPlainFirst = 2;  ///< steps, to compare with
    static constexpr int kFirstDrafted = 3;
    static constexpr int kTrialSteps = 4;   ///< with drafts, before a verdict
    static constexpr int kFirstPause = 16;  ///< tokens
    static constexpr int kLongestPause = 256;

    /// What the last steps of a kind took and gave, the latest weighing most.
    struct Running {
        double seconds = 0;
        double tokens = 0;
        void add(double moreTokens, Duration time);
        double tokensPerSecond() const { return tokens / seconds; }
    };

    Running plain_;
    Running drafting_;
    int plainSteps_ = 0;  ///< up to kPlainFirst
    int length_ = kFirstDrafted;
    int trial_ = 0;  ///< steps with drafts since the last pause
    int pause_ = 0;  ///< tokens until drafts are tried again
    int nextPause_ = kFirstPause;
};

}  // namespace gatescope
