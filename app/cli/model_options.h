#pragma once

#include <string>
#include <vector>

#include "app/command_line.h"
#include "engine/decoder/decoder.h"
#include "engine/decoder/intervention.h"
#include "engine/sampling/sampler.h"

namespace gatescope::cli {

/// What several subcommands ask for in the same words.
struct DecoderChoice {
    std::string kind = "cpu";
    std::string precision = "auto";
    std::string cache = "auto";
    int ranks = 1;
    int threads = 0;
    int gpu = 0;
    std::string numa = "auto";
    bool noCache = false;
    std::string quantise = "off";  ///< see quantised_model.h

    void addTo(Command& command);
    /// Throws Error(BadUsage) for what this build cannot do.
    DecoderOptions options() const;
};

/// The sampler's options, as `generate` has them.
void addSampler(Command& command, SamplerConfig& sampler);

/// What --speculate does, wherever it is offered.
inline constexpr const char* kSpeculateHelp =
    "draft tokens from what the text said before and verify several in a step, where that pays; "
    "the reply is the same";

struct InterventionChoice {
    std::vector<std::string> ablate;
    std::vector<std::string> exclude;
    std::vector<std::string> force;
    std::vector<std::string> bias;
    std::vector<std::string> scale;
    std::vector<std::string> swap;
    std::string pin;
    bool pinGates = false;
    std::vector<std::string> topK;
    bool renormalise = false;
    std::string where;

    void addTo(Command& command, const std::string& topKOption);
    /// Throws Error(BadUsage) naming the one that cannot be read, and Error(BadInput) for a
    /// recording that cannot be pinned to.
    InterventionSet set() const;
};

}  // namespace gatescope::cli
