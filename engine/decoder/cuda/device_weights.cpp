#include "engine/decoder/cuda/device_weights.h"

#include <algorithm>
#include <cstring>
#include <span>

#include "engine/check.h"
#include "engine/decoder/cuda/arena.h"
#include "engine/model/arrival.h"
#include "kernels/cuda/block_rows.h"

namespace gatescope::cuda {
namespace {

using kernels::cuda::deviceMatrixBytes;

constexpr std::size_t kTile = 32;  // edge of the squares that are turned together

std::size_t numElements(const MatrixView& view) {
    return static_cast<std::size_t>(view.numIn) * static_cast<std::size_t>(view.numOut);
}

/// [rows, columns] of elements of `size` bytes, columns first: a square at a time, so that both
/// sides stay in the cache.
void transpose(
    const std::byte* from, std::size_t rows, std::size_t columns, std::size_t size, std::byte* to) {
    for (std::size_t r0 = 0; r0 < rows; r0 += kTile)
        for (std::size_t c0 = 0; c0 < columns; c0 += kTile)
            for (std::size_t r = r0; r < std::min(rows, r0 + kTile); ++r)
                for (std::size_t c = c0; c < std::min(columns, c0 + kTile); ++c)
                    std::memcpy(to + (c * rows + r) * size, from + (r * columns + c) * size, size);
}

/// One matrix of `view` as the device has it.
void layOut(const MatrixView& view, int index, std::byte* to) {
    if (view.order == MatrixOrder::InputsFirst)
        transpose(view.matrix(index),
                  static_cast<std::size_t>(view.numIn),
                  static_cast<std::size_t>(view.numOut),
                  itemSize(view.dtype),
                  to);
    else if (isBlockType(view.dtype))
        kernels::cuda::layOutBlocks(view.dtype, view.matrix(index), numElements(view), to);
    else
        std::memcpy(to, view.matrix(index), deviceMatrixBytes(view.dtype, numElements(view)));
}

/// Goes over a model's weights in one fixed order. With memory, it fills it, until it is stopped;
/// without, it counts.
class Upload {
  public:
    Upload() = default;
    Upload(std::byte* memory,
           std::shared_ptr<const Gpu> gpu,
           std::size_t staging,
           std::stop_token stop)
        : arena_(memory), gpu_(std::move(gpu)), staging_(gpu_, staging), stop_(std::move(stop)) {}

    std::size_t used() const { return arena_.used(); }
    std::size_t largest() const { return largest_; }  ///< piece that is copied at once

    /// Before the weights of `stage` are looked at.
    void await(const ModelWeights& weights, int stage) const {
        if (gpu_ != nullptr && weights.arrival) (void)weights.arrival->await(stage, stop_);
    }
    /// Behind them: nobody reads them again.
    void release(const ModelWeights& weights, int stage) const {
        if (gpu_ != nullptr && weights.arrival && !stop_.stop_requested())
            weights.arrival->release(stage);
    }

    Matrices matrices(const MatrixView& view) {
        GS_CHECK(view.order != MatrixOrder::Panels);
        Matrices out{.type = view.dtype,
                     .numIn = view.numIn,
                     .numOut = view.numOut,
                     .numGroups = view.numGroups};
        const std::size_t bytes = deviceMatrixBytes(view.dtype, numElements(view));
        out.data = arena_.take<std::byte>(bytes * static_cast<std::size_t>(view.numMatrices));
        for (int m = 0; m < view.numMatrices; ++m)
            put(out.data, static_cast<std::size_t>(m) * bytes, bytes, [&](std::byte* to) {
                layOut(view, m, to);
            });
        const auto rows =
            static_cast<std::size_t>(view.numMatrices) * static_cast<std::size_t>(view.numOut);
        if (view.scales != nullptr)
            out.scales =
                array(std::span(view.scales, rows * static_cast<std::size_t>(view.numGroups)));
        if (view.rowScales != nullptr) out.rowScales = array(std::span(view.rowScales, rows));
        return out;
    }

    template <class T>
    const T* array(std::span<const T> values) {
        return filled<T>(values.size(), [&](std::byte* to) {
            std::memcpy(to, values.data(), values.size_bytes());
        });
    }

    /// [numExperts, dModel] from [dModel, numExperts].
    const float* router(std::span<const float> weight, int dModel) {
        const auto inputs = static_cast<std::size_t>(dModel);
        return filled<float>(weight.size(), [&](std::byte* to) {
            transpose(reinterpret_cast<const std::byte*>(weight.data()),
                      inputs,
                      weight.size() / inputs,
                      sizeof(float),
                      to);
        });
    }

  private:
    template <class T, class Write>
    const T* filled(std::size_t count, const Write& write) {
        const T* at = arena_.take<T>(count);
        put(reinterpret_cast<const std::byte*>(at), 0, count * sizeof(T), write);
        return at;
    }

    template <class Write>
    void put(const std::byte* base, std::size_t offset, std::size_t bytes, const Write& write) {
        largest_ = std::max(largest_, bytes);
        if (gpu_ == nullptr || stop_.stop_requested()) return;
        write(staging_.data());
        gpu_->copy(const_cast<std::byte*>(base) + offset, staging_.data(), bytes);
        gpu_->wait("weights were copied");
    }

    Arena arena_;
    std::shared_ptr<const Gpu> gpu_;
    PinnedMemory staging_;
    std::stop_token stop_;
    std::size_t largest_ = 0;
};

DeviceLayer uploadLayer(const LayerWeights& layer, int dModel, Upload& upload) {
    return {.attentionNorm = upload.array(layer.attentionNorm),
            .attentionOutputNorm = upload.array(layer.attentionOutputNorm),
            .moeNorm = upload.array(layer.moeNorm),
            .moeOutputNorm = upload.array(layer.moeOutputNorm),
            .router = upload.router(layer.router, dModel),
            .query = upload.matrices(layer.query),
            .key = upload.matrices(layer.key),
            .value = upload.matrices(layer.value),
            .attentionOutput = upload.matrices(layer.attentionOutput),
            .expertGate = upload.matrices(layer.expertGate),
            .expertUp = upload.matrices(layer.expertUp),
            .expertDown = upload.matrices(layer.expertDown)};
}

DeviceWeights goOver(const ModelWeights& weights, Upload& upload) {
    DeviceWeights out;
    upload.await(weights, 0);
    out.embedding = upload.matrices(weights.embedding);
    upload.release(weights, 0);
    int stage = 1;
    for (const LayerWeights& layer : weights.layers) {
        upload.await(weights, stage);
        out.layers.push_back(uploadLayer(layer, weights.config.dModel, upload));
        upload.release(weights, stage++);
    }
    upload.await(weights, stage);
    out.output = weights.output.data == weights.embedding.data ? out.embedding
                                                               : upload.matrices(weights.output);
    out.finalNorm = upload.array(weights.finalNorm);
    upload.release(weights, stage);
    return out;
}

}  // namespace

std::size_t deviceBytes(const ModelWeights& weights) {
    Upload count;
    (void)goOver(weights, count);
    return count.used();
}

std::optional<DeviceWeights> uploadWeights(const ModelWeights& weights,
                                           const std::shared_ptr<const Gpu>& gpu,
                                           const std::stop_token& stop) {
    Upload count;
    (void)goOver(weights, count);
    DeviceMemory memory(gpu, count.used(), "the model");
    Upload upload(memory.data(), gpu, count.largest(), stop);
    DeviceWeights out = goOver(weights, upload);
    if (stop.stop_requested()) return std::nullopt;
    out.memory = std::move(memory);
    return out;
}

}  // namespace gatescope::cuda
