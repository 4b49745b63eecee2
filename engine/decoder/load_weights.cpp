#include "engine/decoder/load_weights.h"

#include <algorithm>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "engine/decoder/cuda/cuda_module.h"
#include "engine/error.h"
#include "engine/model/native/start_copies.h"

namespace gatescope {

namespace {

/// Bytes of weights that a token will read, of a model that is not loaded yet.
std::uint64_t bytesPerToken(const ModelSource& source) {
    const ModelConfig& config = source.config();
    std::uint64_t bytes = 0;
    std::uint64_t output = 0;
    for (const TensorLayout& layout : source.layouts()) {
        const std::uint64_t stored = layout.dataBytes() + layout.scaleBytes();
        if (layout.slot.isVocabularyMatrix())
            output = stored;  // the last one: the embedding itself when tied
        else if (layout.slot.numMatrices() > 1)
            bytes += stored / static_cast<std::uint64_t>(config.numExperts) *
                     static_cast<std::uint64_t>(config.numSelected);
        else
            bytes += stored;
    }
    return bytes + output;
}

/// Told before gigabytes are read for it.
void requireCuda(const ModelSource& source) {
    try {
        cuda::requireGpu(cuda::cudaModule(), 0);
    } catch (const Error& error) {  // says again, with what it costs to do without
        throw Error(
            error.kind(),
            fmt::format("{}; on the CPU (--decoder cpu) every token of {} reads {:.1f} GB of "
                        "weights from memory",
                        error.what(),
                        source.name(),
                        static_cast<double>(bytesPerToken(source)) / 1e9));
    }
}

}  // namespace

LoadedWeights loadWeights(ModelSource& source,
                          const DecoderOptions& options,
                          const LoadProgressCallback& progress,
                          const std::stop_token& stop) {
    if (options.kind == "cuda") requireCuda(source);
    LoadedWeights loaded;
    if (readsPanels(options) && !options.startCopies.empty()) {
        const int threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
        auto copy = loadStartCopy(options.startCopies, source, threads, progress, stop);
        loaded.note = std::move(copy.note);
        loaded.fromStartCopy = copy.weights != nullptr;
        loaded.weights = std::move(copy.weights);
        if (loaded.weights || stop.stop_requested()) return loaded;
    }
    if (readsPanels(options)) source.layInPanels();
    loaded.weights = source.load(progress, stop);
    if (loaded.weights && !layOutWeights(*loaded.weights, options, stop)) loaded.weights = nullptr;
    return loaded;
}

}  // namespace gatescope
