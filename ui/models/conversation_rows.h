#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ui/models/library_query.h"

namespace gatescope {

/// A line of the list of conversations.
struct ConversationRow {
    enum class Kind { Conversation, Folder, Archive };
    Kind kind = Kind::Conversation;
    int depth = 0;  ///< how many folders it is in
    const ConversationSummary* conversation = nullptr;
    std::string folder;  ///< of a folder: its path
    int count = 0;       ///< of a folder and the archive: the conversations in it
    bool open = false;   ///< of these: what it holds follows
};

/// What the list is made of. Nothing is owned.
struct ConversationLibrary {
    const std::vector<ConversationSummary>& conversations;  ///< last updated first
    const std::vector<std::string>& folders;
    const std::set<std::string>& closedFolders;
    bool archiveOpen = false;
    std::optional<ConversationId> hidden{};
    const LibraryQuery& query;
    const std::optional<std::set<ConversationId>>& found;  ///< of the words; empty: all
};

/// Pinned ones, then folders with what they hold, then those in no folder, then the archive. With a
/// query only what it leaves, last updated first.
std::vector<ConversationRow> arrangeRows(const ConversationLibrary& library);

/// "Runs" of "Research/Runs".
QString folderName(const std::string& path);

}  // namespace gatescope
