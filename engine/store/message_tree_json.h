#pragma once

#include <string>
#include <vector>

#include "engine/store/conversation.h"

namespace gatescope {

/// All versions of all messages as one JSON array, without tokens: of each id, parent (null: a
/// first message), role, text, state ("complete" or "interrupted"), finish_reason, created_ms,
/// sampler, interventions. What readGatescopeExport() (engine/import) makes the same conversation
/// of.
std::string messageTreeJson(const std::vector<Message>& messages);

}  // namespace gatescope
