#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "app/cli/progress_bar.h"
#include "engine/decoder/decoder.h"
#include "engine/decoder/loading_weights.h"
#include "engine/model/model_source.h"
#include "engine/tokenizer/tokenizer.h"

namespace gatescope::cli {

/// A model for the subcommands that drive a decoder themselves.
struct LoadedModel {
    std::unique_ptr<ModelSource> source;
    std::unique_ptr<ProgressBar> bar;
    std::unique_ptr<LoadingWeights> loading;  ///< null: all of it is in place
    std::unique_ptr<Decoder> decoder;         ///< null: interrupted
    std::chrono::steady_clock::time_point start;
    std::chrono::steady_clock::time_point usable;  ///< when `decoder` was made
    double loadSeconds = 0;                        ///< once all of it is in place
    std::string note;                              ///< printed by finishLoading()
    bool fromStartCopy = false;
    DType cacheType = DType::F32;  ///< of keys and values
};

/// Loads `source` with room for a KV cache of `contextTokens`, and says so on stderr if the
/// embedding has to be kept smaller than it is stored. Shows a progress bar. Throws Error.
LoadedModel loadModel(std::unique_ptr<ModelSource> source,
                      const DecoderOptions& options,
                      int contextTokens,
                      const std::stop_token& stop);

/// The same, but returns as soon as the decoder can begin: finishLoading() before results are
/// believed.
LoadedModel beginLoading(std::unique_ptr<ModelSource> source,
                         const DecoderOptions& options,
                         int contextTokens,
                         const std::stop_token& stop);

/// Waits until all of `model` is in place; without a decoder if it was interrupted. Throws Error.
void finishLoading(LoadedModel& model);

/// Opens a model and looks at every file of it, the tokenizer too where there is one: a damaged
/// directory is told whatever it is used for, before gigabytes are read. Throws Error.
std::unique_ptr<ModelSource> openWhole(const std::string& model);

/// Throws Error(BadUsage) if the model has no tokenizer.
std::shared_ptr<const Tokenizer> loadTokenizer(const ModelSource& source);

/// The ids of a NumPy file, int32 [tokens]. Throws Error(BadInput) naming the file.
std::vector<TokenId> readTokens(const std::string& file);

/// Throws Error(BadInput) naming `origin` and the position of the first id outside the vocabulary.
void checkTokens(std::span<const TokenId> tokens,
                 const ModelConfig& config,
                 const std::string& origin);

/// Throws Error(DeviceFault) naming the layer when a step gave a number that is not finite.
void requireFinite(const StepOutput& out, const ModelConfig& config, int firstPosition);

/// "SYNTHETIC " before every number of a model that was never trained.
std::string badge(const ModelSource& source);

}  // namespace gatescope::cli
