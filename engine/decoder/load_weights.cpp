#include "engine/decoder/load_weights.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "engine/model/native/start_copies.h"

namespace gatescope {

LoadedWeights loadWeights(ModelSource& source,
                          const DecoderOptions& options,
                          const LoadProgressCallback& progress,
                          const std::stop_token& stop) {
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
