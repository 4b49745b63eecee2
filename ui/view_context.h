#pragma once

namespace gatescope {

class BranchRouting;
class EngineBridge;
class Selection;
class Theme;

/// What a view of the window is given: all live as long as the window. A value.
struct ViewContext {
    EngineBridge& bridge;
    Selection& selection;
    BranchRouting& routing;
    Theme& theme;
};

}  // namespace gatescope
