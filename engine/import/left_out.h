#pragma once

#include <string>
#include <vector>

namespace gatescope {

/// What a file holds that does not become a message here, counted.
struct LeftOut {
    int system = 0;         ///< system texts other than the first
    int tools = 0;          ///< messages to and from tools
    int hidden = 0;         ///< messages that the other program does not show either
    int reasoning = 0;      ///< texts in which a model thinks
    int attachments = 0;    ///< pictures, sounds and files
    int empty = 0;          ///< messages without any text
    int orphans = 0;        ///< messages whose parent is missing: they became first messages
    int circle = 0;         ///< messages that follow themselves
    int twice = 0;          ///< messages with an id that another one has
    int badBytes = 0;       ///< bytes that are no UTF-8: shown as U+FFFD
    int conversations = 0;  ///< without any message
};

/// "attachments were left out: 2", for each count that is not zero.
std::vector<std::string> notesOf(const LeftOut& leftOut);

}  // namespace gatescope
