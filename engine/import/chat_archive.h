#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/store/zip_writer.h"

namespace gatescope {

bool isArchive(std::string_view bytes);

/// The members of a ZIP that hold conversations: conversations.json, conversations-NNN.json and
/// *.jsonl, in any folder. Nothing else of it is unpacked, and no more than kLargestImport in all.
/// Throws Error(BadInput) that starts with `where` for a damaged or encrypted one, and for one
/// without such a member.
std::vector<NamedBytes> conversationMembers(std::string_view bytes, const std::string& where);

}  // namespace gatescope
