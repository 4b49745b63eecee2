#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/routing/routing_record.h"

namespace gatescope {

/// Which experts the tokens of some conversations selected, in order: what caches are tried on.
/// Only grows. Used by one thread.
class RoutingReplay {
  public:
    /// Requires one layer and one expert at least.
    RoutingReplay(int numLayers, int numExperts);

    /// What is appended from here on follows nothing that was appended before: no statistic is made
    /// of a stretch that holds tokens of both.
    void beginConversation();
    /// `counted`: it is one of the tokens that figures are of; the others only pass through.
    /// Requires the shape given above, and no expert twice in a layer.
    void append(const RoutingRecord& record, bool counted);

    int numLayers() const { return numLayers_; }
    int numExperts() const { return numExperts_; }
    int size() const { return static_cast<int>(tokens_.size()); }  ///< tokens
    int numConversations() const { return conversations_; }
    int numCounted() const { return numCounted_; }
    // Require 0 <= token < size(), 0 <= layer < numLayers().
    bool counted(int token) const { return at(token).counted; }
    /// From 0 on, never falling.
    int conversation(int token) const { return at(token).conversation; }
    std::span<const std::int32_t> selected(int token, int layer) const {
        const std::size_t cell = cellOf(token, layer);
        return std::span(experts_).subspan(begins_[cell], begins_[cell + 1] - begins_[cell]);
    }
    /// Selections before those of this layer and token: their index among all.
    std::size_t firstSelection(int token, int layer) const { return begins_[cellOf(token, layer)]; }
    std::size_t numSelections() const { return experts_.size(); }

  private:
    struct Token {
        int conversation = 0;
        bool counted = false;
    };
    const Token& at(int token) const { return tokens_[static_cast<std::size_t>(token)]; }
    std::size_t cellOf(int token, int layer) const {
        return static_cast<std::size_t>(token) * static_cast<std::size_t>(numLayers_) +
               static_cast<std::size_t>(layer);
    }

    int numLayers_;
    int numExperts_;
    int conversations_ = 0;
    int numCounted_ = 0;
    std::vector<Token> tokens_;
    std::vector<std::int32_t> experts_;   ///< of all tokens and layers, one after the other
    std::vector<std::size_t> begins_{0};  ///< [tokens * numLayers + 1] into experts_
};

}  // namespace gatescope
