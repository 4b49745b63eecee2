#pragma once

#include <filesystem>

#include "engine/store/conversation.h"
#include "engine/store/database.h"

namespace gatescope {

/// Copies one conversation of `library`, whose schema has this version, into a recording of its
/// own: written beside `file` under another name, forced to disk, opened again, checked and counted
/// against the library, then renamed over `file`. On any failure `file` is as it was and nothing is
/// left beside it. Throws Error(DeviceFault) for the disk, Error(BadInput) for a damaged library.
void writeRecording(SQLite::Database& library,
                    int version,
                    ConversationId conversation,
                    const std::filesystem::path& file);

}  // namespace gatescope
