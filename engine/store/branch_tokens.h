#pragma once

#include <utility>
#include <vector>

#include "engine/routing/filter/routing_filter.h"
#include "engine/store/conversation.h"

namespace gatescope {

/// `token` of a message of the branch, as a filter sees it.
FilterToken filterToken(const TokenRecord& token, const Message& message, int messageIndex);

/// The tokens of one branch of stored messages, for filters. `messages` must outlive it.
class BranchTokens : public FilterTokens {
  public:
    /// `leaf` as branchOf() takes it.
    explicit BranchTokens(const std::vector<Message>& messages, MessageId leaf = 0);

    int size() const override { return static_cast<int>(places_.size()); }
    FilterToken at(int index) const override;
    /// How many have routing.
    int routed() const;

  private:
    struct Place {
        const Message* message = nullptr;
        int messageIndex = 0;  ///< in the branch
        std::size_t token = 0;
    };
    std::vector<Place> places_;
};

}  // namespace gatescope
