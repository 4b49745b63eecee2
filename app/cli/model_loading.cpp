#include "app/cli/model_loading.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "engine/error.h"
#include "engine/io/npy.h"
#include "engine/model/open_model.h"
#include "engine/plan/memory_plan.h"

namespace gatescope::cli {

LoadedModel beginLoading(std::unique_ptr<ModelSource> source,
                         const DecoderOptions& options,
                         int contextTokens,
                         const std::stop_token& stop) {
    LoadedModel loaded;
    loaded.source = std::move(source);
    const DType stored = loaded.source->embeddingTypes().front();
    const MemoryPlan plan = planAndPrepare(*loaded.source, options, contextTokens);
    if (plan.contextTokens < contextTokens)
        throw Error(ErrorKind::NoMemory,
                    fmt::format("there is memory for a context of {} tokens, {} are needed; close "
                                "other programs or ask for fewer",
                                plan.contextTokens,
                                contextTokens));
    if (plan.embeddingType != stored)
        fmt::print(stderr,
                   "the embedding is kept as {} instead of {}: there is no memory for more\n",
                   name(plan.embeddingType),
                   name(stored));
    loaded.start = std::chrono::steady_clock::now();
    loaded.bar = std::make_unique<ProgressBar>("loading", ProgressBar::Unit::Bytes);
    loaded.loading = std::make_unique<LoadingWeights>(
        *loaded.source,
        options,
        [bar = loaded.bar.get()](const LoadProgress& progress) {
            bar->update(progress.bytesDone, progress.bytesTotal);
        },
        stop);
    LoadedWeights weights = loaded.loading->usable();
    loaded.note = std::move(weights.note);
    if (!weights.weights) return loaded;
    loaded.fromStartCopy = weights.fromStartCopy;
    DecoderOptions planned = options;
    planned.cacheType = plan.cacheType;
    loaded.cacheType = plan.cacheType;
    loaded.decoder = makeDecoder(std::move(weights.weights), planned, stop);
    loaded.usable = std::chrono::steady_clock::now();
    return loaded;
}

void finishLoading(LoadedModel& model) {
    if (!model.loading) return;
    if (model.loading->wait() != LoadingWeights::State::Done) model.decoder.reset();
    model.loading->throwFailure();
    const auto end = std::max(model.usable, model.loading->ended());
    model.loadSeconds = std::chrono::duration<double>(end - model.start).count();
    model.loading.reset();
    model.bar.reset();  // before anything else is printed: readers draw it no more
    if (!model.note.empty()) fmt::print(stderr, "{}\n", model.note);
}

LoadedModel loadModel(std::unique_ptr<ModelSource> source,
                      const DecoderOptions& options,
                      int contextTokens,
                      const std::stop_token& stop) {
    LoadedModel model = beginLoading(std::move(source), options, contextTokens, stop);
    finishLoading(model);
    return model;
}

std::unique_ptr<ModelSource> openWhole(const std::string& model) {
    auto source = openModel(model);
    (void)source->tokenizer();  // it is read and checked only when asked for
    return source;
}

std::shared_ptr<const Tokenizer> loadTokenizer(const ModelSource& source) {
    if (auto tokenizer = source.tokenizer()) return tokenizer;
    throw Error(
        ErrorKind::BadUsage,
        fmt::format(
            "{} has no tokenizer, so it knows ids only; pass --tokens ids.npy where there is "
            "such an option",
            source.name()));
}

std::vector<TokenId> readTokens(const std::string& file) {
    auto tokens = readNpy<std::int32_t>(file);
    if (tokens.shape.size() != 1)
        throw Error(ErrorKind::BadInput,
                    fmt::format("{}: expected one sequence of ids [tokens], found {} dimensions",
                                file,
                                tokens.shape.size()));
    return std::move(tokens.data);
}

void checkTokens(std::span<const TokenId> tokens,
                 const ModelConfig& config,
                 const std::string& origin) {
    const auto refuse = [&](const std::string& what) {
        throw Error(ErrorKind::BadInput, fmt::format("{}: {}", origin, what));
    };
    if (tokens.empty()) refuse("there are no tokens, expected at least one id");
    for (std::size_t i = 0; i < tokens.size(); ++i)
        if (tokens[i] < 0 || tokens[i] >= config.vocabSize)
            refuse(fmt::format(
                "token {} is {}, the model's ids are 0 to {}", i, tokens[i], config.vocabSize - 1));
    if (tokens.size() > static_cast<std::size_t>(config.contextLength))
        refuse(fmt::format(
            "{} tokens, the model's context holds {}", tokens.size(), config.contextLength));
}

void requireFinite(const StepOutput& out, const ModelConfig& config, int firstPosition) {
    if (!out.firstNonFiniteLayer) return;
    const int layer = *out.firstNonFiniteLayer;
    throw Error(
        ErrorKind::DeviceFault,
        fmt::format("{} gave a number that is not finite (NaN or infinity) for tokens {} to "
                    "{}; the weights may be damaged, or an intervention too large",
                    layer < config.numLayers ? fmt::format("layer {}", layer)
                                             : std::string("the output layer"),
                    firstPosition,
                    firstPosition + out.numTokens - 1));
}

std::string badge(const ModelSource& source) {
    return source.isSynthetic() ? "SYNTHETIC " : "";
}

}  // namespace gatescope::cli
