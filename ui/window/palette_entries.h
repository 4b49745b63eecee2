#pragma once

#include <optional>
#include <vector>

#include "engine/store/conversation_store.h"
#include "ui/window/palette_model.h"

namespace gatescope {

class MainWindow;
class ProfileSettings;
class WindowActions;

/// What the palette of this window offers now: every action, then the prompt templates, the models
/// opened last, and the conversations by title, last used first, but not the one that
/// is being deleted (`removing`). The entries hold references to the first
/// three.
std::vector<PaletteEntry> paletteEntries(MainWindow& window,
                                         const WindowActions& actions,
                                         const ProfileSettings& settings,
                                         std::optional<ConversationId> removing);

}  // namespace gatescope
