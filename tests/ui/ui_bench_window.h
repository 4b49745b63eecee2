#pragma once

namespace gatescope::test {

/// Prints what scrolling and zooming the waterfall costs in a recording of so many tokens of 64
/// layers and 8 experts. The exit status.
int timeWaterfall(int tokens);

/// Prints what a streamed token costs with every dock hidden, against a chat that has none, and
/// what the hidden docks did meanwhile. The exit status.
int timeHiddenDocks(int seconds, int tokensPerSecond);

}  // namespace gatescope::test
