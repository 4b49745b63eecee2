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

/// Reads one conversation of the library and filters it. Empty: it was stopped, which it notices
/// within a piece of text while it reads and within some hundred tokens while it filters. Blocks on
/// the disk: a job for StoreWriter::read(), for which nothing that is written waits. Throws what
/// ConversationStore::messages() throws.
std::optional<FilterHits> filterConversation(const ConversationStore& store,
                                             ConversationId conversation,
                                             const RoutingFilter& filter,
                                             const std::stop_token& stop);

}  // namespace gatescope
