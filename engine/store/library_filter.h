#pragma once

#include <optional>
#include <stop_token>

#include "engine/routing/filter/routing_filter.h"
#include "engine/store/conversation_store.h"

namespace gatescope {

/// What a filter found in the branch of a conversation that was seen last.
struct FilterHits {
    int matches = 0;
    int tokens = 0;
};

/// Reads one conversation of the library and filters it. Empty: it was stopped. Blocks on the disk:
/// a job for the store's thread, one conversation each, so that what is written waits for no more
/// than one. Throws what ConversationStore::messages() throws.
std::optional<FilterHits> filterConversation(const ConversationStore& store,
                                             ConversationId conversation,
                                             const RoutingFilter& filter,
                                             const std::stop_token& stop);

}  // namespace gatescope
