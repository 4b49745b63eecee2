#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "app/cli/command.h"
#include "app/cli/model_options.h"
#include "app/exit_status.h"

namespace gatescope::cli {

/// What is to be opened when `model` was asked for: `model` itself, or with --quantise its copy,
/// which is made first where there is none; says on stderr when it made one, and when it could not.
/// Nothing: interrupted. Throws Error.
std::optional<std::string> quantisedModel(const std::string& model,
                                          const DecoderChoice& decoder,
                                          const std::stop_token& stop);

/// Calls run(options, context) with what quantisedModel() makes of options.model.
template <class Options, class Run>
int runQuantised(Options options, const Context& context, Run run) {
    auto model = quantisedModel(options.model, options.decoder, context.interrupted);
    if (!model) return kExitInterrupted;
    options.model = *std::move(model);
    return run(options, context);
}

}  // namespace gatescope::cli
