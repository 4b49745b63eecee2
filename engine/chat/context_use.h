#pragma once

#include <algorithm>

namespace gatescope {

/// What a message would take of the model's context if it were sent now.
struct ContextUse {
    int capacity = 0;      ///< tokens that the context holds
    int conversation = 0;  ///< of what stands before the message
    int message = 0;       ///< its turn, as the template writes it, and the head of the reply
    int reply = 0;         ///< that the reply may have: ChatSession::maxTokens()
    bool exact = true;     ///< else tokens of a long text are estimated from its beginning

    int prompt() const { return conversation + message; }
    /// A prompt that leaves no room for a token is refused when it is sent; nothing is dropped.
    bool fits() const { return prompt() < capacity; }
    int missing() const { return std::max(0, prompt() + 1 - capacity); }
    /// Tokens that the reply can have.
    int room() const { return std::clamp(capacity - prompt(), 0, reply); }
};

}  // namespace gatescope
