#pragma once

#include <vector>

#include "engine/routing/routing_record.h"

namespace gatescope {

/// Where a token came from. Special: BOS, padding and the like, which nobody wrote and which route
/// as no text does. Gatescope itself never adds one (engine/tokenizer/tokenizer.h).
enum class TokenOrigin { Special, Prompt, Generated };

/// Populations are kept apart: a prompt was not the model's choice. Special tokens are in All only.
enum class Population { All, Prompt, Generated };

/// The routing records of a branch's tokens in order. Only grows: another branch is another trace,
/// so an index means the same token for as long as the trace lives. Owned and used by one thread;
/// the records it shares are immutable.
class RoutingTrace {
  public:
    RoutingTrace(int numLayers, int numExperts);

    /// `record` null: not computed. One of another shape (the conversation went on with another
    /// model) counts as not computed here.
    void append(RoutingRecordPtr record, TokenOrigin origin);

    int numLayers() const { return numLayers_; }
    int numExperts() const { return numExperts_; }
    int size() const { return static_cast<int>(tokens_.size()); }
    /// Requires 0 <= token < size(). Null: not computed.
    const RoutingRecord* record(int token) const {
        return tokens_[static_cast<std::size_t>(token)].record.get();
    }
    TokenOrigin origin(int token) const { return tokens_[static_cast<std::size_t>(token)].origin; }
    /// The record if the token is in the population, else null.
    const RoutingRecord* record(int token, Population population) const;

  private:
    struct Token {
        RoutingRecordPtr record;
        TokenOrigin origin = TokenOrigin::Prompt;
    };
    int numLayers_;
    int numExperts_;
    std::vector<Token> tokens_;
};

}  // namespace gatescope
