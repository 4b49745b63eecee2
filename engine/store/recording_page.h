#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "engine/store/recording_arrays.h"

namespace gatescope {

/// A page's arrays take at most this many bytes (28,000 tokens of Grok-1), and it holds at most
/// this many tokens, each an element of its own: more opens slowly or not at all in a browser.
inline constexpr std::int64_t kLargestPageArrays = std::int64_t{48} << 20U;
inline constexpr std::int64_t kMostPageTokens = 50'000;

/// The branch as one HTML file that needs no network, no program and no other file: text, heatmap,
/// scrubber, load, manifest. Texts of the recording stand in it as JSON whose every character that
/// HTML, scripts or bidirectional text give a meaning is escaped; the page shows them as text only.
/// `arrays` are arraysOf() the same recording and leaf. Throws Error(BadInput) naming `file` for
/// more than the sizes above.
std::string recordingPage(const Recording& recording,
                          const RecordingArrays& arrays,
                          const std::filesystem::path& file,
                          MessageId leaf);

}  // namespace gatescope
