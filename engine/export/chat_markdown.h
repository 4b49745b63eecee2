#pragma once

#include <string>

#include "engine/export/chat_entries.h"
#include "engine/store/recording.h"

namespace gatescope {

/// The conversation as Markdown (CommonMark) that people and programs read: a title, what it was
/// made with, then a heading "## User" or "## Assistant" and the text as it is. With all versions
/// a heading also says "2 of 3, after 4". So that a text cannot pose as the next message, nor
/// swallow it, a code fence that is still open is closed, and a backslash stands in front of a line
/// that would begin HTML, or be one of these headings.
std::string chatMarkdown(const Recording& recording, MessageId leaf, Versions versions);

}  // namespace gatescope
