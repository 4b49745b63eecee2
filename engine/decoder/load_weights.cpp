#include "engine/decoder/load_weights.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "engine/model/native/start_copies.h"
#include "engine/parallel/shards.h"

namespace gatescope {

LoadedWeights loadStartCopyOf(const ModelSource& source,
                              const DecoderOptions& options,
                              const LoadProgressCallback& progress,
                              const std::stop_token& stop) {
    // Before minutes of reading: what cannot be cut is known from the sizes.
    if (options.ranks > 1) requireRanks(source.config(), source.layouts(), options.ranks);
    if (!readsPanels(options) || options.startCopies.empty()) return {};
    const int threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    auto copy = loadStartCopy(options.startCopies, source, threads, progress, stop);
    const bool used = copy.weights != nullptr;
    return {std::move(copy.weights), used, std::move(copy.note)};
}

LoadedWeights loadWeights(ModelSource& source,
                          const DecoderOptions& options,
                          const LoadProgressCallback& progress,
                          const std::stop_token& stop) {
    LoadedWeights loaded = loadStartCopyOf(source, options, progress, stop);
    if (loaded.weights || stop.stop_requested()) return loaded;
    if (readsPanels(options)) source.layInPanels();
    loaded.weights = source.load(progress, stop);
    if (loaded.weights && !layOutWeights(*loaded.weights, options, stop)) loaded.weights = nullptr;
    return loaded;
}

}  // namespace gatescope
