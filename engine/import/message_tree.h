#pragma once

#include <string>
#include <vector>

#include "engine/import/left_out.h"
#include "engine/store/conversation.h"

namespace gatescope {

/// A node of another program's tree.
struct ForeignMessage {
    std::string id;
    std::string parent;  ///< empty: none
    int order = 0;       ///< among the children of its parent
    bool shown = true;   ///< false: what follows it follows the message before it
    Message message;     ///< its id and parent mean nothing yet
};

/// The tree as ours: ids 1, 2, ..., in the order of `nodes` where parents come before children in
/// it, else a branch after the other, siblings in their order. The branch that ends in the node
/// `current` (or below it) is the newest, which is the one that is shown first; empty or unknown:
/// the last one. Nodes that cannot be placed are counted in `leftOut`.
std::vector<Message> messageTree(std::vector<ForeignMessage> nodes,
                                 const std::string& current,
                                 LeftOut& leftOut);

}  // namespace gatescope
