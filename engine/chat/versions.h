#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "engine/store/conversation.h"

namespace gatescope {

/// Messages of one role below one parent are versions of each other: a reply and those that were
/// written in its place, a question and what it was edited to. Older ones come first.
struct Version {
    int index = 0;  ///< from 0
    int count = 1;
    friend bool operator==(const Version&, const Version&) = default;
};

/// Of each message of `branch` (indices into `tree`, as branchOf gives them).
std::vector<Version> versionsOf(const std::vector<Message>& tree,
                                const std::vector<std::size_t>& branch);

/// Indices of all versions of message `id`, itself among them; none when there is no such message.
std::vector<std::size_t> allVersions(const std::vector<Message>& tree, MessageId id);

/// The newest message below `top`, or that itself.
MessageId newestBelow(const std::vector<Message>& tree, MessageId top);

/// The branch through the version `step` places after message `id`, down to the newest message
/// below it; as indices into `tree`. Empty when there is none.
std::optional<std::vector<std::size_t>> branchOfVersion(const std::vector<Message>& tree,
                                                        MessageId id,
                                                        int step);

}  // namespace gatescope
