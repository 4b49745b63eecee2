#pragma once

#include <string>

#include "engine/export/chat_entries.h"
#include "engine/store/recording.h"

namespace gatescope {

/// The conversation as one HTML page to read and print: light or dark as the reader's system is,
/// without any script, network or other file (its content policy forbids them). Texts stand in it
/// escaped; what is between code fences is set as code, all else as it was written.
std::string chatPage(const Recording& recording, MessageId leaf, Versions versions);

}  // namespace gatescope
