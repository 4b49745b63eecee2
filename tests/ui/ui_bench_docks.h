#pragma once

namespace gatescope::test {

/// Prints the longest spans of the thread while two runs of 20,000 tokens are compared and while
/// grids of 64 x 64 experts are made. The exit status.
int timeDocks();

/// Prints what hovering and scrolling cost in a conversation of so many tokens. The exit status.
int timeLongConversation(int tokens);

}  // namespace gatescope::test
