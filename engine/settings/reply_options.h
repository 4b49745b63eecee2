#pragma once

#include <string>
#include <vector>

#include "engine/sampling/sampler.h"

namespace gatescope {

/// How replies are written: what a person sets once and a preset keeps.
struct ReplyOptions {
    SamplerConfig sampler;
    int maxTokens = 256;
    /// They end a reply as those of the template do, and are no part of it.
    std::vector<std::string> stopStrings;
    bool speculation = false;  ///< GenerationRequest::speculate
    friend bool operator==(const ReplyOptions&, const ReplyOptions&) = default;
};

inline constexpr int kLargestReply = 1000000;
inline constexpr std::size_t kMostStopStrings = 32;

/// Throws Error(BadUsage) naming the value that is out of range, and the range.
void validate(const ReplyOptions& options);

/// Reply options under a name.
struct ReplyPreset {
    std::string name;
    std::string description;  ///< one sentence; may be empty
    ReplyOptions options;
    friend bool operator==(const ReplyPreset&, const ReplyPreset&) = default;
};

/// Those that come with the program: "Balanced", which is the default, "Greedy" and "Varied".
const std::vector<ReplyPreset>& builtInPresets();

}  // namespace gatescope
