// The steps of a tour that find conversations again, and say where they are kept.

#include <algorithm>
#include <set>

#include "app/gui/tour_player.h"
#include "ui/chat/chat_panel.h"
#include "ui/chat/find_bar.h"
#include "ui/conversations/conversation_panel.h"

namespace gatescope {
namespace {

using Json = nlohmann::json;

const ConversationSummary* openConversationOf(const ChatSession& session) {
    const auto id = session.currentConversation();
    if (!id) return nullptr;
    const auto& all = session.conversations();
    const auto found = std::ranges::find(all, *id, &ConversationSummary::id);
    return found == all.end() ? nullptr : &*found;
}

bool isKept(const ConversationSummary& c, const Json& fields) {
    const auto same = [&](const char* name, const auto& value) {
        return !fields.contains(name) || fields[name] == Json(value);
    };
    const std::set<std::string> tags(c.tags.begin(), c.tags.end());
    const bool tagged =
        !fields.contains("tags") || fields["tags"].get<std::set<std::string>>() == tags;
    return tagged && same("folder", c.folder) && same("pinned", c.pinned) &&
           same("archived", c.archived);
}

void change(ConversationStore& store, ConversationId id, const Json& fields) {
    if (fields.contains("folder")) store.setFolder(id, fields["folder"].get<std::string>());
    if (fields.contains("tags")) store.setTags(id, fields["tags"].get<std::vector<std::string>>());
    if (fields.contains("pinned")) store.setPinned(id, fields["pinned"].get<bool>());
    if (fields.contains("archived")) store.setArchived(id, fields["archived"].get<bool>());
}

}  // namespace

TourPlayer::Progress TourPlayer::keep(const Json& fields) {
    ChatSession& session = window_.bridge().session();
    const auto id = session.currentConversation();
    if (!id) return failure("the conversation that is open is not in the library: send a message");
    if (!begun_)
        session.keep([id = *id, fields](ConversationStore& store) { change(store, id, fields); });
    if (refusal_) return failure(*refusal_);
    const auto* kept = openConversationOf(session);
    return kept != nullptr && isKept(*kept, fields) ? done() : unlessLate(fields);
}

TourPlayer::Progress TourPlayer::find(const Json& fields) {
    const auto text = QString::fromStdString(fields.at("text").get<std::string>());
    if (!begun_) window_.chat().findBar().findText(text);
    return settled() ? unlessRefused() : waiting();
}

}  // namespace gatescope
