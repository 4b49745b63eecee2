#pragma once

#include <string>
#include <vector>

#include "engine/store/conversation.h"

namespace gatescope {

/// Which messages of a conversation an export of its text has.
enum class Versions {
    Shown,  ///< the branch
    All     ///< every version of every message, in the order in which they were written
};

/// A message of such an export.
struct ChatEntry {
    const Message* message = nullptr;
    int number = 0;   ///< 1, 2, ... in the export
    int follows = 0;  ///< the number of the message before it; 0: none
    int version = 1;  ///< which of the `versions` that have the same message before them
    int versions = 1;
};

/// `messages` must outlive the entries; `leaf` as branchOf() takes it.
std::vector<ChatEntry> chatEntries(const std::vector<Message>& messages,
                                   MessageId leaf,
                                   Versions versions);

/// What a reply's heading and settings say beside its text: that it was interrupted, and the
/// interventions it was made with. Empty: nothing.
std::vector<std::string> remarksOn(const Message& message);

}  // namespace gatescope
