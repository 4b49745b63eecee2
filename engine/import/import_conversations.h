#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/import/imported_file.h"
#include "engine/store/conversation_store.h"

namespace gatescope {

/// What an import did.
struct ImportOutcome {
    std::vector<ConversationId> added;  ///< the one last used last
    int messages = 0;                   ///< of those
    int alreadyThere = 0;               ///< conversations that the library has already
    std::vector<std::string> notes;     ///< what was left out or mended, each with its file
};

/// Reads all files. Throws what readConversations() throws of the first one that cannot be read.
std::vector<ImportedFile> readAll(const std::vector<std::filesystem::path>& files);

/// Adds the conversations of `files` to the library as one transaction: all of them or, when this
/// throws, none. Nothing that is there changes. One that the library has already is not
/// added again: one with the same messages and versions, and the same title or, where it was
/// renamed, the same times.
ImportOutcome addToLibrary(ConversationStore& library, std::vector<ImportedFile> files);

/// One sentence: "2 conversations with 14 messages imported, 1 is there already; ...".
std::string describe(const ImportOutcome& outcome);

}  // namespace gatescope
