// What a tour does with versions of messages.
#include <fmt/format.h>

#include "app/gui/tour_player.h"
#include "ui/main_window.h"
#include "ui/versions/removal_toast.h"

namespace gatescope {

using Json = nlohmann::json;

TourPlayer::Progress TourPlayer::removeVersion(const Json& fields) {
    const int message = fields.at("message").get<int>();
    ChatSession& session = window_.bridge().session();
    if (!begun_) {
        if (message >= static_cast<int>(session.messages().size()))
            return failure(fmt::format(
                "message {}: the conversation has {}", message, session.messages().size()));
        window_.bridge().run([message](ChatSession& s) { s.removeMessage(message); });
        const Progress refused = unlessRefused();
        if (refused.state == Progress::State::Failed) return refused;
    }
    return session.canUndoRemoval() ? done() : unlessLate(Json::object());
}

TourPlayer::Progress TourPlayer::undoRemoveVersion(const Json& /*fields*/) {
    ChatSession& session = window_.bridge().session();
    if (!begun_) {
        if (!session.canUndoRemoval()) return failure("no version was deleted lately");
        treeRead_ = false;
        window_.findChild<RemovalToast*>()->undo();
        session.readTree([this](const auto&, auto) { treeRead_ = true; });
    }
    return treeRead_ ? done() : unlessLate(Json::object());
}

/// Of each message that is shown: which version it is, from 1, and of how many.
Json TourPlayer::dumpOfVersions() const {
    const ChatSession& session = window_.bridge().session();
    Json versions = Json::array();
    for (int i = 0; i < static_cast<int>(session.messages().size()); ++i)
        versions.push_back({session.version(i).index + 1, session.version(i).count});
    return versions;
}

}  // namespace gatescope
