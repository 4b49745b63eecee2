#pragma once

#include <optional>

#include "engine/chat/chat_session.h"
#include "engine/routing/routing_stats.h"

namespace gatescope {

/// The routing statistics of the tokens the model generated in the branch shown, kept up to date
/// token by token. A prompt's tokens are another population and left out; so are records of another
/// shape than the first one (the conversation went on with another model). UI thread only.
class TraceStats {
  public:
    /// Takes in what the trace gained. Stops at the first token that has not been computed.
    void extend(const ChatSession& session);
    /// Tokens [firstToken, end) of the trace changed or came.
    void invalidate(int firstToken);
    /// Empty before the first generated token.
    const std::optional<RoutingStats>& stats() const { return stats_; }
    int numSelected() const { return numSelected_; }

  private:
    int read_ = 0;  ///< tokens of the trace looked at
    int numSelected_ = 0;
    std::optional<RoutingStats> stats_;
};

}  // namespace gatescope
