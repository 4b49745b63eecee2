#pragma once

#include <optional>
#include <string>

#include "app/cli/command.h"
#include "app/cli/model_options.h"
#include "engine/routing/routing_trace.h"
#include "engine/sampling/sampler.h"

namespace gatescope::cli {

/// What `analyse MODEL --prompts FILE` is asked for.
struct PromptsRequest {
    std::string model;
    std::string prompts;  ///< prompt_file.h
    std::string out;      ///< folder
    int count = 0;        ///< tokens to generate after each prompt that does not say; 0: none
    bool ignoreEos = false;
    SamplerConfig sampler;
    DecoderChoice decoder;
    InterventionChoice interventions;
    /// Empty: the generated tokens, or the prompts' where nothing is to be generated.
    std::optional<Population> population;
    bool json = false;
};

/// Runs every prompt by itself and writes into the folder OUT, which is made:
///   run.json            settings, model, fingerprint, prompts, tags: what the rest stands on
///   recordings/         a .gscope a prompt, whole as soon as it is there
///   all.npz             every prompt's tokens, one after the other (prompt_arrays.h)
///   statistics.json, statistics/*.csv   of all of them, as `analyse FILE.gscope`
///   (docs/analysis.md);
///                       with tags, each tag is a domain
///   tags/NAME/*.csv     the same of one tag's prompts
/// Interrupted or killed, the same command goes on where it ended; another one is refused with
/// Error(BadUsage). Returns the exit status. Throws Error.
int runPrompts(const PromptsRequest& request, const Context& context);

}  // namespace gatescope::cli
