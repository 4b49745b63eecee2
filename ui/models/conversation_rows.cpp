#include "ui/models/conversation_rows.h"

#include <algorithm>
#include <map>

namespace gatescope {
namespace {

std::string above(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

bool isBefore(const std::string& a, const std::string& b) {
    return QString::localeAwareCompare(QString::fromStdString(a), QString::fromStdString(b)) < 0;
}

class Arranger {
  public:
    explicit Arranger(const ConversationLibrary& library) : library_(library) {}

    std::vector<ConversationRow> rows() {
        const LibraryQuery& query = library_.query;
        if (query.hasConditions() || library_.found) return found();
        sort();
        for (const auto* c : pinned_) add(*c, 0);
        addFoldersIn({});
        for (const auto* c : loose_) add(*c, 0);
        if (archived_.empty()) return std::move(rows_);
        rows_.push_back({.kind = ConversationRow::Kind::Archive,
                         .folder = {},
                         .count = static_cast<int>(archived_.size()),
                         .open = library_.archiveOpen});
        if (library_.archiveOpen)
            for (const auto* c : archived_) add(*c, 1);
        return std::move(rows_);
    }

  private:
    struct Held {
        std::vector<const ConversationSummary*> conversations;
        int count = 0;  ///< with those in folders below
    };

    std::vector<ConversationRow> found() {
        for (const auto& c : library_.conversations)
            if (c.id != library_.hidden && library_.query.admits(c) &&
                (!library_.found || library_.found->contains(c.id)))
                add(c, 0);
        return std::move(rows_);
    }

    void sort() {
        for (const auto& path : library_.folders) folders_[path];
        for (const auto& c : library_.conversations) {
            if (c.id == library_.hidden) continue;
            if (c.archived) {
                archived_.push_back(&c);
            } else if (c.pinned) {
                pinned_.push_back(&c);
            } else if (c.folder.empty()) {
                loose_.push_back(&c);
            } else {
                folders_[c.folder].conversations.push_back(&c);
                for (auto path = c.folder; !path.empty(); path = above(path))
                    ++folders_[path].count;
            }
        }
        for (const auto& [path, held] : folders_) inside_[above(path)].push_back(path);
        for (auto& [outer, paths] : inside_) std::ranges::sort(paths, isBefore);
    }

    void addFoldersIn(const std::string& outer) {
        for (const auto& path : inside_[outer]) {
            const bool open = !library_.closedFolders.contains(path);
            const auto depth = static_cast<int>(std::ranges::count(path, '/'));
            rows_.push_back({.kind = ConversationRow::Kind::Folder,
                             .depth = depth,
                             .folder = path,
                             .count = folders_[path].count,
                             .open = open});
            if (!open) continue;
            addFoldersIn(path);
            for (const auto* c : folders_[path].conversations) add(*c, depth + 1);
        }
    }

    void add(const ConversationSummary& c, int depth) {
        rows_.push_back({.depth = depth, .conversation = &c, .folder = {}});
    }

    const ConversationLibrary& library_;
    std::vector<const ConversationSummary*> pinned_;
    std::map<std::string, Held> folders_;
    std::map<std::string, std::vector<std::string>>
        inside_;  ///< folders directly in each; "": in none
    std::vector<const ConversationSummary*> loose_;
    std::vector<const ConversationSummary*> archived_;
    std::vector<ConversationRow> rows_;
};

}  // namespace

std::vector<ConversationRow> arrangeRows(const ConversationLibrary& library) {
    return Arranger(library).rows();
}

QString folderName(const std::string& path) {
    return QString::fromStdString(path.substr(path.rfind('/') + 1));  // npos + 1 is 0
}

}  // namespace gatescope
