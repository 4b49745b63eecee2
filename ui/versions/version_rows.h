#pragma once

#include <vector>

#include "engine/store/conversation.h"

namespace gatescope {

/// A message in the drawing of a conversation's tree: one row each, in the order in which one would
/// read a branch after the other. Older versions and all below them come first, one lane further
/// in; the newest goes on in the lane of what it answers.
struct VersionRow {
    MessageOutline message;
    int parent = -1;          ///< row of the message it stands below; -1: none
    int lane = 0;             ///< from 0
    bool shown = false;       ///< part of the branch that the chat shows
    bool shownBelow = false;  ///< and so is a message below it
    int version = 0;          ///< from 0, among `versions` of one role below one parent
    int versions = 1;
    std::vector<int> passing;  ///< lanes of which a line goes through this row, on to one below
    std::vector<int> shownPassing;  ///< those of them that lead to what is shown
};

/// `tree`: parents before children. `leaf`: the message that is shown last; 0: none.
std::vector<VersionRow> versionRows(const std::vector<MessageOutline>& tree, MessageId leaf);

}  // namespace gatescope
