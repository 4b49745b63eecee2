#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "engine/event.h"
#include "engine/store/conversation.h"
#include "engine/tokenizer/tokenizer.h"

namespace gatescope {

/// Gathers the events of a generation beside the conversation as tokens with their routing, prompt
/// and reply. Used by one thread.
class SideRun {
  public:
    explicit SideRun(std::shared_ptr<const Tokenizer> tokenizer);

    void take(const Event& event);
    const std::vector<TokenRecord>& tokens() const { return tokens_; }
    /// How it ended, once it has.
    std::optional<FinishReason> finished() const { return finished_; }

  private:
    std::shared_ptr<const Tokenizer> tokenizer_;
    std::vector<TokenRecord> tokens_;
    std::optional<FinishReason> finished_;
};

}  // namespace gatescope
