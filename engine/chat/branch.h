#pragma once

#include <vector>

#include "engine/chat/versions.h"
#include "engine/store/conversation.h"

namespace gatescope {

/// The messages from the root to the one shown last, and the tokens of all of them as one trace.
/// A value; used by one thread.
class Branch {
  public:
    const std::vector<Message>& messages() const { return messages_; }
    Message& message(int index) { return messages_[static_cast<std::size_t>(index)]; }
    int size() const { return static_cast<int>(messages_.size()); }
    bool empty() const { return messages_.empty(); }

    /// `versions`: of each message; empty: there is one of each.
    void assign(std::vector<Message> messages, std::vector<Version> versions = {});
    /// In the place of a message that truncate() dropped: as its newest version.
    void append(Message message);
    /// Drops the messages from `count` on.
    void truncate(int count);

    const Version& version(int message) const {
        return versions_[static_cast<std::size_t>(message)];
    }

    int traceSize() const { return firstToken_.back(); }
    const TokenRecord& token(int index) const;
    TokenRecord& token(int index);
    int messageOfToken(int index) const;
    int firstTokenOfMessage(int index) const {
        return firstToken_[static_cast<std::size_t>(index)];
    }

    void setTokens(int messageIndex, std::vector<TokenRecord> tokens);
    void appendToken(TokenRecord token);  ///< to the last message

  private:
    void recount(int fromMessage);

    std::vector<Message> messages_;
    std::vector<Version> versions_;   ///< [messages], and of the first message dropped behind them
    std::vector<int> firstToken_{0};  ///< [messages + 1] prefix sums of token counts
};

}  // namespace gatescope
