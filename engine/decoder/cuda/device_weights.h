#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

#include "engine/decoder/cuda/gpu.h"
#include "engine/model/weights.h"

namespace gatescope::cuda {

using kernels::cuda::Matrices;

/// LayerWeights on a device.
struct DeviceLayer {
    const float* attentionNorm = nullptr;
    const float* attentionOutputNorm = nullptr;
    const float* moeNorm = nullptr;
    const float* moeOutputNorm = nullptr;
    const float* router = nullptr;  ///< [numExperts, dModel]
    Matrices query, key, value, attentionOutput;
    Matrices expertGate, expertUp, expertDown;
};

/// A model's weights as the CUDA kernels read them, in one piece of device memory.
struct DeviceWeights {
    Matrices embedding, output;  ///< the same when tied
    const float* finalNorm = nullptr;
    std::vector<DeviceLayer> layers;
    DeviceMemory memory;
};

/// Bytes of device memory that `weights` take.
std::size_t deviceBytes(const ModelWeights& weights);

/// Copies every weight to the device, in its stored type: turned so that inputs are contiguous
/// (xAI), blocks taken apart (GGUF). Nothing when `stop` was requested: it is asked before every
/// matrix. Weights that are still being read are copied layer by layer as they come, and each layer
/// is given back (Arrival::release()). `numThreads`
/// lay out what is copied next. Requires weights that were not laid out in panels. Throws as Gpu
/// does, and what their reading fails with.
std::optional<DeviceWeights> uploadWeights(const ModelWeights& weights,
                                           const std::shared_ptr<const Gpu>& gpu,
                                           int numThreads,
                                           const std::stop_token& stop);

}  // namespace gatescope::cuda
