#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "engine/import/imported_file.h"

namespace gatescope {

/// A file of conversations, and a member of an archive, have at most this many bytes.
inline constexpr std::uint64_t kLargestImport = std::uint64_t{256} << 20U;

/// Reads the conversations of one file; what it is is told from its bytes, not from its name:
///   - a recording of ours (.gscope), with tokens and routing;
///   - our JSON export, and the one of all versions of a conversation;
///   - llama.cpp's UI: JSON of one or many conversations, JSONL of sessions, a ZIP of those;
///   - ChatGPT's conversations.json, or the ZIP it comes in, of which only that member is read;
///   - GPT4All's .chat, versions 1 to 12.
/// The file is untrusted: sizes and depth are bounded, bytes that are no UTF-8 become U+FFFD, and
/// a tree that is none is mended, with a note of what was left out. Versions of a message stay
/// versions. Blocks on the disk and takes seconds for a large file: not for the UI thread. Throws
/// Error(BadInput) naming the file.
ImportedFile readConversations(const std::filesystem::path& file);

/// The same of bytes in memory, which are no recording. `name` is the file's, for sentences.
ImportedFile conversationsFrom(std::string_view bytes, const std::string& name);

}  // namespace gatescope
