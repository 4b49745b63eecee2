#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "engine/decoder/cuda/gpu.h"
#include "engine/decoder/decoder.h"
#include "engine/model/model_config.h"

namespace gatescope::cuda {

using kernels::cuda::Matrices;
using kernels::cuda::RoundedRows;

/// What PromptProducts may take.
struct PromptLimits {
    int tokens = 512;  ///< of a chunk, at ModelConfig::numSelected experts each
    std::size_t sliceBytes = std::size_t{32}
                             << 20;  ///< of rounded weights, or of sums of 8-bit products
    std::size_t workspaceBytes = std::size_t{32}
                                 << 20;  ///< for cuBLASLt: NVIDIA's advice for Hopper
};

/// The products of a prompt's tokens on tensor cores. In Precision::Mixed weights and activations
/// are rounded to bf16, sums are f32. A matrix of weights is read once for all tokens, a slice at a
/// time that stays in the device's L2 cache between its rounding and its product.
///
/// In Precision::Int8, weights that are stored in 8 bits (see hasEightBits()) are multiplied where
/// they lie, half the bytes and twice the products of bf16, and activations are rounded to 8 bits
/// like them: as I8 with a scale for the inputs that share one of the weights', as F8E4M3 with a
/// scale a row. Sums of I8 are int32, so that they are the same in chunks and slices of any size.
/// Other weights are as in Mixed; Q8_0 among them, whose scales of 32 inputs each would cut a
/// product into as many parts.
///
/// Everything is enqueued on the Gpu's stream. Functions throw as Gpu does.
class PromptProducts {
  public:
    /// Below that many tokens, kernels that read the weights once a token are faster.
    static constexpr int kFewestTokens = 8;

    /// Mixed or Int8. Null where cuBLASLt is not on this machine.
    static std::unique_ptr<PromptProducts> make(std::shared_ptr<const Gpu> gpu,
                                                const ModelConfig& config,
                                                Precision precision,
                                                const PromptLimits& limits = {});

    /// Device memory that it takes.
    static std::size_t deviceBytes(const ModelConfig& config,
                                   Precision precision,
                                   const PromptLimits& limits = {});

    /// From which Gpu::capability() on tensor cores multiply F8E4M3: Ada, Hopper.
    static constexpr int kFp8Capability = 89;
    /// Whether those of such a GPU take weights like these in 8 bits: I8 with scales for 16, 32,
    /// ... inputs each and a multiple of 4 outputs, or F8E4M3 with multiples of 16.
    static bool hasEightBits(const Matrices& weights, int capability);

    Precision precision() const { return precision_; }

    /// How many tokens experts() takes when that many are selected for each. Where that is 1, the
    /// limits are too small for tensor cores.
    int mostTokens(int numSelected) const;

    /// Where a norm leaves its rows once more, rounded as products with `weights` take them: of
    /// several products with the same rows none needs to round them. The same place each time, for
    /// dModel inputs.
    RoundedRows roundedFor(const Matrices& weights) const;

    /// Rows of activations, [numRows, numIn].
    struct Rows {
        const float* x = nullptr;
        int numRows = 0;
        RoundedRows rounded = {};  ///< the same, where they have been rounded already
    };
    /// y[r] = factor * W x[r].   y [numRows, numOut]; at most mostTokens(1) rows.
    void product(const Matrices& weights, const Rows& rows, float* y, float factor);

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
    /// Rounded rows in 8 bits take no more than as bf16: their scales lie behind the codes.
    struct Memory {
        std::uint16_t* normed = nullptr;       ///< [tokens, dModel] what a norm rounded
        std::uint16_t* rows = nullptr;         ///< [.., numIn] activations, rounded
        std::byte* slice = nullptr;            ///< weights, rounded; or sums of 8-bit products
        float *gate = nullptr, *up = nullptr;  ///< [tokens, outputs of a slice]
        float* product = nullptr;              ///< [tokens, ffnSize] of both, before 8 bits
        std::uint16_t* activation = nullptr;   ///< [tokens, ffnSize], rounded
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
                   Precision precision,
                   const PromptLimits& limits);

    static Memory place(class Arena& arena,
                        const ModelConfig& config,
                        Precision precision,
                        const PromptLimits& limits);

    /// One matrix of `weights` by rows that were rounded for it.
    struct Rounded {
        RoundedRows x;
        int numRows = 0;
        int matrix = 0;
        float factor = 1;
    };
    bool inEightBits(const Matrices& weights) const;
    RoundedRows roundedIn(std::uint16_t* memory, const Matrices& weights, int numRows) const;
    int outputsOfSlice(const Matrices& weights, const Rounded& rounded) const;
    void sliceProduct(const Matrices& weights,
                      const Rounded& rounded,
                      int firstOut,
                      int numOut,
                      float* y,
                      int yStride);
    void expert(const Experts& op, const RoundedRows& rows, int expert, int begin, int numRows);
    void check(int error) const { gpu_->check(error, "a prompt was computed"); }

    std::shared_ptr<const Gpu> gpu_;
    std::unique_ptr<kernels::cuda::Matmuls, Free> matmuls_;
    ModelConfig config_;
    Precision precision_;
    int mostTokens_ = 0;
    std::size_t sliceBytes_ = 0;
    std::size_t workspaceBytes_ = 0;
    DeviceMemory memory_;
    PinnedMemory hostBegins_;
    Memory at_;
};

}  // namespace gatescope::cuda
