#include "engine/store/library_filter.h"

#include "engine/store/branch_tokens.h"

namespace gatescope {

std::optional<FilterHits> filterConversation(const ConversationStore& store,
                                             ConversationId conversation,
                                             const RoutingFilter& filter,
                                             const std::stop_token& stop) {
    const auto messages = store.messages(conversation, stop);
    if (!messages) return std::nullopt;
    const BranchTokens tokens(*messages);
    FilterRun run(filter, tokens);
    FilterHits hits{.matches = 0, .tokens = tokens.size()};
    for (int i = 0; i < tokens.size(); ++i) {
        if (i % 256 == 0 && stop.stop_requested()) return std::nullopt;
        hits.matches += run.matches(i) ? 1 : 0;
    }
    return hits;
}

}  // namespace gatescope
