#pragma once

namespace gatescope::test {

/// What the conversation costs the window: each prints its figures beside their aims and gives back
/// the process's exit status. Used by ui_bench.
int timeStreaming(int seconds, int tokensPerSecond);
int timeOpening(int tokens);
int timeAppending(int seconds);
int timeSearching(int conversations);
int timeStarting();
int timeHostileText();
int timeThemes();

}  // namespace gatescope::test
