#pragma once

#include <string>
#include <vector>

#include "engine/store/conversation.h"

namespace gatescope {

/// A conversation as a file tells it, not yet of any library.
struct ImportedConversation {
    ConversationSummary summary;    ///< `id` and `messageCount` mean nothing here
    std::vector<Message> messages;  ///< ids 1, 2, ...; parents before children, the newest last
};

/// What a file of conversations holds.
struct ImportedFile {
    std::string name;    ///< of the file, without its folder
    std::string format;  ///< for people: "ChatGPT", "llama.cpp", "GPT4All", "Gatescope"
    std::vector<ImportedConversation> conversations;
    std::vector<std::string> notes;  ///< what was left out or mended, a sentence each
};

}  // namespace gatescope
