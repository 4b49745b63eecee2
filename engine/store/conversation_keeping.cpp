#include <algorithm>
#include <set>

#include "engine/store/conversation_store_impl.h"
#include "engine/store/store_rows.h"

namespace gatescope {
namespace {

using SQLite::Statement;

/// Behind WHERE: what is in folder ?1 or below it. Not LIKE, to which '%' in a name means
/// something.
constexpr char kInFolder[] = "(folder = ?1 OR substr(folder, 1, length(?1) + 1) = ?1 || '/')";
constexpr char kFolderItself[] = "(path = ?1 OR substr(path, 1, length(?1) + 1) = ?1 || '/')";

}  // namespace

void ConversationStore::setFolder(ConversationId id, std::string_view folder) {
    impl_->change([&] {
        impl_->requireConversation(id);
        const std::string path = folderPath(folder);
        runSql(impl_->database(), "UPDATE conversation SET folder = ? WHERE id = ?", path, id);
        impl_->addFolder(path);
    });
}

void ConversationStore::setTags(ConversationId id, const std::vector<std::string>& tags) {
    impl_->change([&] {
        impl_->requireConversation(id);
        impl_->writeTags(id, tags);
    });
}

void ConversationStore::setPinned(ConversationId id, bool pinned) {
    impl_->change([&] {
        impl_->requireConversation(id);
        runSql(impl_->database(),
               "UPDATE conversation SET pinned = ? WHERE id = ?",
               pinned ? 1 : 0,
               id);
    });
}

void ConversationStore::setArchived(ConversationId id, bool archived) {
    impl_->change([&] {
        impl_->requireConversation(id);
        runSql(impl_->database(),
               "UPDATE conversation SET archived = ? WHERE id = ?",
               archived ? 1 : 0,
               id);
    });
}

void ConversationStore::setDraft(ConversationId id, std::string_view text) {
    impl_->change([&] {
        runSql(impl_->database(),
               "UPDATE conversation SET draft = ?1 WHERE id = ?2 AND draft <> ?1",
               std::string(text),
               id);
    });
}

void ConversationStore::setNewDraft(std::string_view text) {
    impl_->change([&] {
        runSql(impl_->database(),
               "INSERT OR REPLACE INTO meta VALUES ('new_draft', ?)",
               std::string(text));
    });
}

std::string ConversationStore::newDraft() const {
    return impl_->read([&] {
        Statement row(impl_->database(), "SELECT value FROM meta WHERE key = 'new_draft'");
        return row.executeStep() ? row.getColumn(0).getString() : std::string();
    });
}

// ---------------------------------------------------------------- folders

/// With the folders that it is in.
void ConversationStore::Impl::addFolder(const std::string& path) {
    for (std::size_t end = 0; end < path.size();) {
        end = std::min(path.find('/', end + 1), path.size());
        runSql(database_, "INSERT OR IGNORE INTO folder VALUES (?)", path.substr(0, end));
    }
}

std::vector<std::string> ConversationStore::folders() const {
    if (impl_->version() < 2) return {};
    return impl_->read([&] {
        std::set<std::string> paths;
        Statement rows(impl_->database(),
                       "SELECT path FROM folder UNION SELECT folder FROM conversation");
        while (rows.executeStep())
            if (std::string path = folderPath(rows.getColumn(0).getString()); !path.empty())
                paths.insert(std::move(path));
        return std::vector<std::string>(paths.begin(), paths.end());
    });
}

void ConversationStore::addFolder(std::string_view folder) {
    impl_->change([&] { impl_->addFolder(folderPath(folder)); });
}

void ConversationStore::renameFolder(std::string_view from, std::string_view to) {
    const std::string before = folderPath(from);
    const std::string after = folderPath(to);
    if (before.empty() || after.empty() || before == after) return;
    impl_->change([&] {
        auto& database = impl_->database();
        runSql(database,
               fmt::format("UPDATE conversation SET folder = ?2 || substr(folder, length(?1) + 1) "
                           "WHERE {}",
                           kInFolder),
               before,
               after);
        std::vector<std::string> moved{after};
        Statement rows(database, fmt::format("SELECT path FROM folder WHERE {}", kFolderItself));
        rows.bind(1, before);
        while (rows.executeStep())
            moved.push_back(after + rows.getColumn(0).getString().substr(before.size()));
        runSql(database, fmt::format("DELETE FROM folder WHERE {}", kFolderItself), before);
        for (const auto& path : moved) impl_->addFolder(path);
    });
}

void ConversationStore::removeFolder(std::string_view folder) {
    const std::string path = folderPath(folder);
    if (path.empty()) return;
    const std::size_t slash = path.rfind('/');
    const std::string above = slash == std::string::npos ? std::string() : path.substr(0, slash);
    impl_->change([&] {
        runSql(impl_->database(),
               fmt::format("UPDATE conversation SET folder = ?2 WHERE {}", kInFolder),
               path,
               above);
        runSql(impl_->database(), fmt::format("DELETE FROM folder WHERE {}", kFolderItself), path);
    });
}

// ---------------------------------------------------------------- tags

void ConversationStore::renameTag(std::string_view from, std::string_view to) {
    const std::string before = tagName(from);
    const std::string after = tagName(to);
    if (before == after) return;
    impl_->change([&] {
        if (!after.empty())
            runSql(impl_->database(),
                   "INSERT OR IGNORE INTO tag SELECT conversation, ?2 FROM tag WHERE name = ?1",
                   before,
                   after);
        runSql(impl_->database(), "DELETE FROM tag WHERE name = ?", before);
    });
}

}  // namespace gatescope
