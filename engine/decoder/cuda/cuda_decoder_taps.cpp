#include <algorithm>

#include "engine/decoder/cuda/arena.h"
#include "engine/decoder/cuda/cuda_decoder.h"
#include "engine/decoder/step.h"

// What residuals are made of, and what the model would say with others.

namespace gatescope {

using cuda::elements;

float* CudaDecoder::partAt(const Results& results, const Chunk& chunk, int layer, int which) const {
    const int row = (layer * (1 + chunk.numSelected) + which) * chunk.count;
    return results.parts + elements(row, config_.dModel);
}

/// The second half of the experts again, one by one, from what the first left.
void CudaDecoder::enqueueExpertParts(int layer, const Chunk& chunk, const Results& results) {
    const cuda::DeviceLayer& w = weights_.layers[static_cast<std::size_t>(layer)];
    for (int s = 0; s < chunk.numSelected; ++s) {
        float* part = partAt(results, chunk, layer, 1 + s);
        for (int t = 0; t < chunk.count; ++t) {
            const int pair = t * chunk.numSelected + s;
            const std::size_t choice =
                elements(layer * chunk.count, chunk.numSelected) + static_cast<std::size_t>(pair);
            check(gpu_->module().expertDown(
                {.down = w.expertDown,
                 .selected = scratch_.computedBy + pair,
                 .gates = results.gates + choice,
                 .activation = scratch_.activation + elements(pair, config_.ffnSize),
                 .numTokens = 1,
                 .mostSelected = 1,
                 .change = part + elements(t, config_.dModel)},
                gpu_->stream()));
        }
        check(gpu_->module().rmsNorm({.x = part,
                                      .whole = scratch_.change,
                                      .wholeStride = config_.dModel,
                                      .gain = w.moeOutputNorm,
                                      .normed = part,
                                      .numTokens = chunk.count,
                                      .width = config_.dModel,
                                      .eps = config_.rmsEps},
                                     gpu_->stream()));
    }
}

/// Of the tapped head, whose queries are still there.
void CudaDecoder::enqueueAttentionWeights(const Chunk& chunk,
                                          cuda::CudaKvCache& cache,
                                          const Results& results) {
    check(gpu_->module().attentionWeights({.query = scratch_.query,
                                           .cache = cache.layer(chunk.attention->layer),
                                           .visible = cache.visible(),
                                           .position = deviceInputs_.position,
                                           .numTokens = chunk.count,
                                           .numQHeads = config_.numQHeads,
                                           .head = chunk.attention->head,
                                           .scale = config_.attentionScale,
                                           .cap = config_.attentionCap,
                                           .numKeys = chunk.numKeys,
                                           .out = results.attention},
                                          gpu_->stream()));
}

void CudaDecoder::takeParts(const Results& results, const Chunk& chunk, StepOutput& out) const {
    std::copy_n(
        results.embedded,
        elements(chunk.count, config_.dModel),
        out.embedded.begin() + static_cast<std::ptrdiff_t>(elements(chunk.begin, config_.dModel)));
    for (int layer = 0; layer < config_.numLayers; ++layer)
        for (int which = 0; which <= chunk.numSelected; ++which)
            for (int t = 0; t < chunk.count; ++t)
                std::copy_n(partAt(results, chunk, layer, which) + elements(t, config_.dModel),
                            config_.dModel,
                            partOf(out, layer, chunk.begin + t, which).begin());
}

/// The rows take the place of a chunk's residuals in the memory of what a step gives, on their way
/// to the device.
StepStatus CudaDecoder::logitsOf(std::span<const float> rows,
                                 std::span<const float> whole,
                                 std::span<float> logits,
                                 std::stop_token stop) {
    checkLens(rows, whole, logits, config_);
    gpu_->use();
    const int numRows = static_cast<int>(rows.size() / static_cast<std::size_t>(config_.dModel));
    const int most = rowsOfLens();
    for (int begin = 0; begin < numRows; begin += most) {
        if (stop.stop_requested()) return StepStatus::Stopped;
        const int count = std::min(most, numRows - begin);
        // One more, for the whole.
        const Chunk chunk{.count = count + 1, .numLogits = count, .taps = true, .numSelected = 1};
        reserveResults(chunk);
        const Results host = resultsAt(hostResults_.data(), chunk);
        const Results device = resultsAt(deviceResults_.data(), chunk);
        const std::size_t floats = elements(count, config_.dModel);
        std::ranges::copy(rows.subspan(elements(begin, config_.dModel), floats), host.residuals);
        gpu_->copy(scratch_.hidden, host.residuals, floats * sizeof(float));
        if (!whole.empty()) {
            std::ranges::copy(whole, host.residuals + floats);
            gpu_->copy(scratch_.change, host.residuals + floats, whole.size_bytes());
        }
        check(gpu_->module().rmsNorm({.x = scratch_.hidden,
                                      .whole = whole.empty() ? nullptr : scratch_.change,
                                      .gain = weights_.finalNorm,
                                      .normed = scratch_.normed,
                                      .numTokens = count,
                                      .width = config_.dModel,
                                      .eps = config_.rmsEps},
                                     gpu_->stream()));
        product(weights_.output,
                {.x = scratch_.normed, .numRows = count},
                device.logits,
                config_.logitScale);
        const std::size_t numLogits = elements(count, config_.vocabSize);
        gpu_->copy(host.logits, device.logits, numLogits * sizeof(float));
        gpu_->wait("logits were computed");
        std::copy_n(host.logits, numLogits, logits.data() + elements(begin, config_.vocabSize));
    }
    return StepStatus::Done;
}

}  // namespace gatescope
