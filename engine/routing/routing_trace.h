#pragma once

#include <vector>

#include "engine/routing/routing_record.h"

namespace gatescope {

/// The routing records of a branch's tokens in order. Only grows: another branch is another trace,
/// so an index means the same token for as long as the trace lives. Owned and used by one thread;
/// the records it shares are immutable.
class RoutingTrace {
  public:
    RoutingTrace(int numLayers, int numExperts);

    /// `record` null: not computed. One of another shape (the conversation went on with another
    /// model) counts as not computed here.
    void append(RoutingRecordPtr record, bool generated);

    int numLayers() const { return numLayers_; }
    int numExperts() const { return numExperts_; }
    int size() const { return static_cast<int>(tokens_.size()); }
    /// Requires 0 <= token < size(). Null: not computed.
    const RoutingRecord* record(int token) const {
        return tokens_[static_cast<std::size_t>(token)].record.get();
    }
    bool generated(int token) const { return tokens_[static_cast<std::size_t>(token)].generated; }

  private:
    struct Token {
        RoutingRecordPtr record;
        bool generated = false;
    };
    int numLayers_;
    int numExperts_;
    std::vector<Token> tokens_;
};

}  // namespace gatescope
