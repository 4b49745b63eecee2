#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "engine/decoder/cuda/gpu.h"
#include "engine/model/model_config.h"

namespace gatescope::cuda {

using kernels::cuda::Matrices;

/// What PromptProducts may take.
struct PromptLimits {
    int tokens = 512;  ///< of a chunk, at ModelConfig::numSelected experts each
    std::size_t sliceBytes = std::size_t{32} << 20;  ///< of rounded weights
    std::size_t workspaceBytes = std::size_t{32}
                                 << 20;  ///< for cuBLASLt: NVIDIA's advice for Hopper
};

/// The products of a prompt's tokens on tensor cores: weights and activations are rounded to bf16,
/// sums are f32. A matrix of weights is read once for all tokens, a slice at a time that stays in
/// the device's L2 cache between its rounding and its product. Everything is enqueued on the Gpu's
/// stream. Functions throw as Gpu does.
class PromptProducts {
  public:
    /// Below that many tokens, kernels that read the weights once a token are faster.
    static constexpr int kFewestTokens = 8;

    /// Null where cuBLASLt is not on this machine.
    static std::unique_ptr<PromptProducts> make(std::shared_ptr<const Gpu> gpu,
                                                const ModelConfig& config,
                                                const PromptLimits& limits = {});

    /// Device memory that it takes.
    static std::size_t deviceBytes(const ModelConfig& config, const PromptLimits& limits = {});

    /// How many tokens experts() takes when that many are selected for each. Where that is 1, the
    /// limits are too small for tensor cores.
    int mostTokens(int numSelected) const;

    /// y[r] = factor * W x[r].   x [numRows, numIn], y [numRows, numOut]; at most mostTokens(1).
    void product(const Matrices& weights, const float* x, int numRows, float* y, float factor);

    /// An expert layer, see kernels/cuda/matvec.h (ExpertGateUp, ExpertDown).
    struct Experts {
        Matrices gate, up, down;
        const std::int32_t* selected = nullptr;  ///< [numTokens, numSelected], -1: none
        const float* gates = nullptr;            ///< [numTokens, numSelected]; 0: not computed
        const float* x = nullptr;                ///< [numTokens, dModel]
        int numTokens = 0;
        int numSelected = 0;
        float* change = nullptr;  ///< [numTokens, dModel] out
    };
    /// Waits once: how many tokens an expert has decides what is launched.
    void experts(const Experts& op);

  private:
    struct Memory {
        std::uint16_t* rows = nullptr;         ///< [.., numIn] activations, rounded
        std::uint16_t* slice = nullptr;        ///< [.., numIn] weights, rounded
        float *gate = nullptr, *up = nullptr;  ///< [pairs, outputs of a slice]
        std::uint16_t* activation = nullptr;   ///< [pairs, ffnSize], rounded
        float* out = nullptr;                  ///< [pairs, dModel]
        int* begins = nullptr;                 ///< [numExperts + 1]
        std::int32_t* pair = nullptr;          ///< [pairs]
        std::int32_t* place = nullptr;         ///< [pairs]
        std::byte* workspace = nullptr;
    };
    struct Free {
        std::shared_ptr<const Gpu> gpu;
        void operator()(kernels::cuda::Matmuls* matmuls) const {
            (void)gpu->module().destroyMatmuls(matmuls);
        }
    };

    PromptProducts(std::shared_ptr<const Gpu> gpu,
                   kernels::cuda::Matmuls* matmuls,
                   const ModelConfig& config,
                   const PromptLimits& limits);

    static Memory place(class Arena& arena, const ModelConfig& config, const PromptLimits& limits);

    /// One matrix of `weights` by bf16 rows.
    struct Rounded {
        const std::uint16_t* x = nullptr;  ///< [numRows, numIn]
        int numRows = 0;
        int matrix = 0;
        float factor = 1;
    };
    int outputsOfSlice(int numIn) const;
    void sliceProduct(const Matrices& weights,
                      const Rounded& rounded,
                      int firstOut,
                      int numOut,
                      float* y,
                      int yStride);
    void expert(const Experts& op, int expert, int begin, int numRows);
    void check(int error) const { gpu_->check(error, "a prompt was computed"); }

    std::shared_ptr<const Gpu> gpu_;
    std::unique_ptr<kernels::cuda::Matmuls, Free> matmuls_;
    ModelConfig config_;
    int mostPairs_ = 0;
    std::size_t sliceElements_ = 0;
    std::size_t workspaceBytes_ = 0;
    DeviceMemory memory_;
    PinnedMemory hostBegins_;
    Memory at_;
};

}  // namespace gatescope::cuda
