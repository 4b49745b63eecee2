#pragma once

#include <filesystem>
#include <string>

#include "app/cli/engine_run.h"
#include "engine/decoder/intervention.h"
#include "engine/sampling/sampler.h"

namespace gatescope::cli {

/// A prompt and what came of it, with what a recording keeps beside them.
struct RecordedRun {
    const RunOutcome& outcome;
    const ModelInfo& model;
    std::string modelPath;                  ///< as given
    std::string fingerprint;                ///< modelFingerprint(); empty: not known
    std::optional<std::string> promptText;  ///< empty: what the tokens spell
    std::string title;                      ///< empty: the prompt's first line
    SamplerConfig sampler;
    InterventionSet interventions;
};

/// Writes `run` as a recording of one question and, if there is one, its reply. Throws Error.
void saveRun(const RecordedRun& run, const std::filesystem::path& file);

}  // namespace gatescope::cli
