#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

#include "app/cli/model_loading.h"

namespace gatescope::cli {

/// From opening the model to the logits behind its first token.
struct FirstToken {
    std::optional<double> seconds;
    std::string whyNot;  ///< where there are none
};

struct StartOptions {
    std::string model;
    DecoderOptions decoder;
    int contextTokens = 0;
    bool cold = true;  ///< with no file, nor the start copy, in the page cache
    bool warm = true;  ///< with all of them there
};

struct Starts {
    FirstToken cold;
    FirstToken warm;
    std::uint64_t fileBytes = 0;  ///< of the model, without its start copy; 0: it has no files
    LoadedModel model;            ///< of the last start; no decoder: interrupted
};

/// Starts the model cold, then warm, as far as asked for. Whether the page cache is as it should be
/// is looked up, not assumed, and a start in another state has no time. Starts it once in any case.
/// What the disk or a virtual machine's host keeps in its own memory is beyond control.
/// Throws Error.
Starts startModel(const StartOptions& options, const std::stop_token& stop);

}  // namespace gatescope::cli
