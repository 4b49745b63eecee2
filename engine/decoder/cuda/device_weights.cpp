#include "engine/decoder/cuda/device_weights.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

#include "engine/check.h"
#include "engine/decoder/cpu/worker_pool.h"
#include "engine/decoder/cuda/arena.h"
#include "engine/model/arrival.h"
#include "kernels/cuda/block_rows.h"
#include "kernels/cuda/turn_matrix.h"

namespace gatescope::cuda {
namespace {

using kernels::cuda::deviceMatrixBytes;

/// Plain matrices go to the device in pieces of about so many bytes: one is laid out while the one
/// before is on its way.
constexpr std::size_t kPieceBytes = std::size_t{64} << 20U;

std::size_t numElements(const MatrixView& view) {
    return static_cast<std::size_t>(view.numIn) * static_cast<std::size_t>(view.numOut);
}

/// Outputs [begin, end) of one matrix as the device has it, inputs contiguous.
void layOutOutputs(const MatrixView& view, int index, kernels::ColumnRange outputs, std::byte* to) {
    const auto numIn = static_cast<std::size_t>(view.numIn);
    const auto begin = static_cast<std::size_t>(outputs.begin);
    const auto end = static_cast<std::size_t>(outputs.end);
    const std::size_t size = itemSize(view.dtype);
    if (view.order == MatrixOrder::InputsFirst)
        kernels::cuda::turnMatrix(
            size, view.matrix(index), numIn, static_cast<std::size_t>(view.numOut), begin, end, to);
    else
        std::memcpy(to, view.matrix(index) + begin * numIn * size, (end - begin) * numIn * size);
}

/// Goes over a model's weights in one fixed order. With memory, it fills it, until it is stopped;
/// without, it counts.
class Upload {
  public:
    Upload() = default;
    Upload(std::byte* memory,
           std::shared_ptr<const Gpu> gpu,
           std::size_t staging,
           int numThreads,
           std::stop_token stop)
        : arena_(memory), gpu_(std::move(gpu)), pool_(numThreads), stop_(std::move(stop)) {
        for (PinnedMemory& memoryOfPiece : staging_) memoryOfPiece = PinnedMemory(gpu_, staging);
    }

    /// Until the last piece has arrived.
    void finish() {
        if (copying_) gpu_->wait("weights were copied");
        copying_ = false;
    }
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
        for (int m = 0; m < view.numMatrices; ++m) {
            const std::size_t offset = static_cast<std::size_t>(m) * bytes;
            if (isBlockType(view.dtype))
                blocks(view, m, out.data + offset, bytes);
            else
                plain(view, m, out.data + offset);
        }
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
            kernels::cuda::turnMatrix(sizeof(float),
                                      reinterpret_cast<const std::byte*>(weight.data()),
                                      inputs,
                                      weight.size() / inputs,
                                      0,
                                      weight.size() / inputs,
                                      to);
        });
    }

  private:
    /// A matrix of a plain type, some outputs at a time.
    void plain(const MatrixView& view, int index, const std::byte* base) {
        constexpr int kOutputsOfTile = 64;
        const std::size_t bytesOfOutput =
            itemSize(view.dtype) * static_cast<std::size_t>(view.numIn);
        const int tilesOfPiece = static_cast<int>(
            std::max<std::size_t>(1, kPieceBytes / (bytesOfOutput * kOutputsOfTile)));
        const int outputsOfPiece = tilesOfPiece * kOutputsOfTile;
        for (int p = 0; p < numTilesOf(view.numOut, outputsOfPiece); ++p) {
            const auto piece = tileOf(p, view.numOut, outputsOfPiece);
            const int count = piece.end - piece.begin;
            const auto offset = static_cast<std::size_t>(piece.begin) * bytesOfOutput;
            put(base + offset, static_cast<std::size_t>(count) * bytesOfOutput, [&](std::byte* to) {
                pool_->run(numTilesOf(count, kOutputsOfTile), [&](int tile, int /*thread*/) {
                    auto outputs = tileOf(tile, count, kOutputsOfTile);
                    std::byte* at = to + static_cast<std::size_t>(outputs.begin) * bytesOfOutput;
                    outputs = {piece.begin + outputs.begin, piece.begin + outputs.end};
                    layOutOutputs(view, index, outputs, at);
                });
            });
        }
    }

    /// A matrix in blocks, whose parts lie all over it, at once.
    void blocks(const MatrixView& view, int index, const std::byte* base, std::size_t bytes) {
        constexpr std::size_t kElementsOfTile = std::size_t{1} << 16;  // whole blocks of any type
        const std::size_t count = numElements(view);
        put(base, bytes, [&](std::byte* to) {
            const auto tiles = static_cast<int>((count + kElementsOfTile - 1) / kElementsOfTile);
            pool_->run(tiles, [&](int tile, int /*thread*/) {
                const std::size_t begin = static_cast<std::size_t>(tile) * kElementsOfTile;
                kernels::cuda::layOutBlocks(view.dtype,
                                            view.matrix(index),
                                            count,
                                            begin,
                                            std::min(count, begin + kElementsOfTile),
                                            to);
            });
        });
    }

    template <class T, class Write>
    const T* filled(std::size_t count, const Write& write) {
        const T* at = arena_.take<T>(count);
        put(reinterpret_cast<const std::byte*>(at), count * sizeof(T), write);
        return at;
    }

    /// Two pieces of staging memory in turn: while one is on its way the other is written.
    template <class Write>
    void put(const std::byte* device, std::size_t bytes, const Write& write) {
        largest_ = std::max(largest_, bytes);
        if (gpu_ == nullptr || stop_.stop_requested()) return;
        PinnedMemory& piece = staging_[next_];
        next_ = 1 - next_;
        write(piece.data());
        finish();
        gpu_->copy(const_cast<std::byte*>(device), piece.data(), bytes);
        copying_ = true;
    }

    Arena arena_;
    std::shared_ptr<const Gpu> gpu_;
    std::array<PinnedMemory, 2> staging_;
    std::size_t next_ = 0;
    bool copying_ = false;
    std::optional<WorkerPool> pool_;
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
                                           int numThreads,
                                           const std::stop_token& stop) {
    Upload count;
    (void)goOver(weights, count);
    DeviceMemory memory(gpu, count.used(), "the model");
    Upload upload(memory.data(), gpu, count.largest(), numThreads, stop);
    DeviceWeights out = goOver(weights, upload);
    upload.finish();
    if (stop.stop_requested()) return std::nullopt;
    out.memory = std::move(memory);
    return out;
}

}  // namespace gatescope::cuda
