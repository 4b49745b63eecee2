#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace gatescope::cli {

/// A prompt's recording and its tag (-1: none).
struct TaggedRecording {
    std::filesystem::path file;
    int tag = -1;
};

/// Writes `target`, a NumPy archive of all recordings' tokens, one after the other. T tokens in
/// all, the other letters and arrays as exportRecording() has them:
///   router_probs [L, T, E], router_lse [L, T], selected [L, T, K], gates [L, T, K]
///   tokens, logprobs, generated [T]
///   prompt i32 [T] index of its prompt     tag i32 [T] index of its tag, -1: none
///   text_offsets i32 [T + 1], text.txt     manifest.json  `manifest`
/// Requires recordings of one model. Throws Error.
void writePromptArrays(const std::vector<TaggedRecording>& recordings,
                       const std::string& manifest,
                       const std::filesystem::path& target);

}  // namespace gatescope::cli
