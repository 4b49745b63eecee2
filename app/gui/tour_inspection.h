#pragma once

#include <nlohmann/json.hpp>

namespace gatescope {

class TokenPanel;

/// What the dock "Inside a token" knows, as `dump` writes it; null: nothing.
nlohmann::json dumpOf(const TokenPanel& panel);

}  // namespace gatescope
