#pragma once

#include <QString>
#include <chrono>
#include <optional>

#include "engine/store/conversation.h"

namespace gatescope {

/// How far the reading of a prompt is, and how long the rest will take at the rate seen so far.
class PrefillProgress {
  public:
    using Clock = std::chrono::steady_clock;

    void clear() { *this = {}; }
    /// `done` of `total` tokens of the prompt are in the KV cache.
    void add(int done, int total, Clock::time_point now = Clock::now());
    int done() const { return done_; }
    int total() const { return total_; }
    /// Nothing while there is no rate to tell it by.
    std::optional<std::chrono::milliseconds> left() const;

  private:
    int first_ = 0;  ///< that were there before: reused
    Clock::time_point firstAt_;
    int done_ = 0;
    int total_ = 0;
    Clock::time_point doneAt_;
};

/// "Reading the prompt: 1,204 of 8,192 tokens · 12 s left · Esc stops it"
QString prefillText(const PrefillProgress& progress);

/// The small line below a reply that has ended: its tokens, how it ended, the speeds apart (first
/// token, prompt, reply), what of the prompt was reused. Empty for what a person said.
QString replyFooter(const Message& message);
/// The same in whole sentences, for a tool tip and for screen readers.
QString replyFooterSentences(const Message& message);

}  // namespace gatescope
