#pragma once

#include <memory>

#include "engine/decoder/cuda/cuda_decoder.h"
#include "tests/emulation/emulated_gpu.h"
#include "tests/support/tiny_model.h"

namespace gatescope::test {

inline ModelConfig smallConfig() {
    ModelConfig config = tinyConfig();
    config.numLayers = 2;
    return config;
}

/// On the emulated GPU.
inline std::unique_ptr<CudaDecoder> cudaDecoder(const ModelWeights& weights,
                                                DType cacheType = DType::F32) {
    return CudaDecoder::load(weights, emulation::emulatedCudaModule(), {.cacheType = cacheType});
}

}  // namespace gatescope::test
