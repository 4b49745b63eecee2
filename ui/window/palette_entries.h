#pragma once

#include <vector>

#include "ui/window/palette_model.h"

namespace gatescope {

class MainWindow;
class ProfileSettings;
class WindowActions;

/// What the palette of this window offers now: every action, then the prompt templates, the models
/// opened last, and the conversations by title, last used first. The entries hold references to all
/// three arguments.
std::vector<PaletteEntry> paletteEntries(MainWindow& window,
                                         const WindowActions& actions,
                                         const ProfileSettings& settings);

}  // namespace gatescope
