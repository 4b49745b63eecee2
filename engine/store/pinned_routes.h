#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/decoder/intervention.h"
#include "engine/store/conversation.h"

namespace gatescope {

/// What tells the routing that a run is pinned to from any other: 16 hexadecimal digits over the
/// shape and the selection at every position, and over the gates (as f16, which is how they are
/// kept) where they are pinned, too. FNV-1a, 64 bit: against mistakes, not against malice.
std::string fingerprintOf(const RoutePin& pin);

/// A pin that was kept as its origin and fingerprint, found again or not.
struct FoundPin {
    std::shared_ptr<const RoutePin> pin;  ///< null: not to be found, then `problem` says why
    std::string problem;                  ///< one sentence for people
};

/// Looks for the routing of `wanted`: in the recording that it is from, else in all branches of
/// `tree`, the conversation in which it was pinned. Only exactly the same routing will do. Reads
/// files; any thread. Never throws: a recording that is gone or damaged is a problem to tell.
FoundPin findPin(const RoutePin& wanted, const std::vector<Message>& tree);

}  // namespace gatescope
