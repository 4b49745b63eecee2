#include "engine/decoder/cpu/scratch.h"

#include "engine/decoder/cpu/linear.h"

namespace gatescope::cpu {

void RowBuffer::reserve(int count, int width) {
    width_ = width;
    const std::size_t bytes =
        static_cast<std::size_t>(count) * static_cast<std::size_t>(width) * sizeof(float);
    if (bytes > memory_.size()) memory_ = AlignedBuffer(bytes);
}

void Scratch::reserve(
    const ModelConfig& config, int numTokens, int numSelected, int numThreads, int capacity) {
    const int numPairs = numTokens * numSelected;
    for (auto* buffer : {&hidden, &normed, &change}) buffer->reserve(numTokens, config.dModel);
    for (auto* buffer : {&query, &attended}) buffer->reserve(numTokens, config.qWidth());
    for (auto* buffer : {&key, &value}) buffer->reserve(numTokens, config.kvWidth());
    for (auto* buffer : {&cosines, &sines}) buffer->reserve(numTokens, config.headSize / 2);
    for (auto* buffer : {&activation, &up}) buffer->reserve(numPairs, config.ffnSize);
    expertOut.reserve(numPairs, config.dModel);
    scores.reserve(numThreads, capacity);
    matmul.reserve(numThreads, scratchFloats(config, numTokens));

    pairToken.resize(static_cast<std::size_t>(numPairs));
    pairOf.resize(static_cast<std::size_t>(numPairs));
    expertBegin.resize(static_cast<std::size_t>(config.numExperts) + 1);
}

}  // namespace gatescope::cpu
