// The tree of a conversation's messages without what they hold, and how a part of it goes.
#include <algorithm>
#include <utility>

#include "engine/store/conversation_store_impl.h"
#include "engine/store/store_rows.h"
#include "engine/store/token_codec.h"

namespace gatescope {

using SQLite::Statement;

std::vector<MessageOutline> ConversationStore::outline(ConversationId conversation) const {
    constexpr std::size_t kOpening = 160;
    return impl_->read([&] {
        impl_->requireConversation(conversation);
        std::vector<MessageOutline> list;
        DecodeBudget budget;
        for (const Message& message : impl_->messageRows(conversation)) {
            MessageOutline node{.id = message.id,
                                .parent = message.parent,
                                .role = message.role,
                                .state = message.state,
                                .finishReason = message.finishReason,
                                .createdMs = message.createdMs};
            Statement rows(impl_->database(),
                           "SELECT substr(text, 1, 160), tokens FROM chunk WHERE message = ? "
                           "ORDER BY ordinal");
            rows.bind(1, message.id);
            std::vector<TokenRecord> tokens;
            while (rows.executeStep()) {
                if (node.opening.size() < kOpening) node.opening += rows.getColumn(0).getString();
                if (rows.getColumn(1).isNull()) continue;
                decodeTokens({.tokens = blobOf(rows.getColumn(1)), .routing = {}},
                             impl_->placeOf(message.id),
                             budget,
                             tokens);
            }
            node.tokens = static_cast<int>(tokens.size());
            std::size_t end = std::min(node.opening.size(), kOpening);
            while (end < node.opening.size() && end > 0 && (node.opening[end] & '\xC0') == '\x80')
                --end;
            node.opening.resize(end);
            list.push_back(std::move(node));
        }
        return list;
    });
}

void ConversationStore::removeMessage(MessageId id) {
    constexpr char kBelow[] =
        "WITH RECURSIVE below (id) AS (SELECT id FROM message WHERE id = ? UNION ALL "
        "SELECT message.id FROM message JOIN below ON message.parent = below.id) ";
    impl_->change([&] {
        Statement count(impl_->database(), std::string(kBelow) + "SELECT count(*) FROM below");
        count.bind(1, id);
        count.executeStep();
        const std::int64_t removed = count.getColumn(0).getInt64();
        runSql(impl_->database(),
               "UPDATE conversation SET message_count = message_count - ? WHERE id = "
               "(SELECT conversation FROM message WHERE id = ?)",
               removed,
               id);
        const std::string unindex =
            std::string(kBelow) + "DELETE FROM message_index WHERE rowid IN (SELECT id FROM below)";
        runSql(impl_->database(), unindex, id);
        runSql(impl_->database(), "DELETE FROM message WHERE id = ?", id);
    });
}

}  // namespace gatescope
