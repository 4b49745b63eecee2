#pragma once

#include <chrono>

namespace gatescope {

/// What work that goes on behind the window takes of a frame's 16 ms before it lets the thread's
/// event loop go on: several views may be at it.
constexpr std::chrono::milliseconds kFrameSlice{3};

}  // namespace gatescope
