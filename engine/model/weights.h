#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/model/model_config.h"
#include "engine/model/model_file.h"
#include "kernels/quant/dtype.h"

namespace gatescope {

class Arrival;

/// Which axis of a stored matrix comes first; the other one is contiguous.
enum class MatrixOrder : std::uint8_t {
    InputsFirst,   ///< [numIn, numOut], as xAI checkpoints store it: F32, F16, BF16, I8
    OutputsFirst,  ///< [numOut, numIn], as GGUF and Hugging Face store it: any type but I8 and I32
    Panels,        ///< as the CPU decoder reads it: kernels/cpu/panels.h
};

/// One weight matrix, or one a expert, as stored: y[out] = sum over in of x[in] * W[in, out].
///   data       [numMatrices, numIn, numOut]      InputsFirst
///              [numMatrices, numOut, numIn]      OutputsFirst; blocks lie along the inputs
///              [numMatrices, panels]             Panels; as many bytes
///   scales     [numMatrices, numGroups, numOut]  bf16 bits, only with dtype I8
///   rowScales  [numMatrices, numOut]             f32, only with dtype F8E4M3: one an output
/// Row k of an I8 matrix takes scale row k * numGroups / numIn (grok-1's 8-way cut of the
/// row-parallel weights). A view: ModelWeights owns the bytes.
struct MatrixView {
    DType dtype = DType::F32;
    MatrixOrder order = MatrixOrder::InputsFirst;
    int numMatrices = 1;
    int numIn = 0;
    int numOut = 0;
    int numGroups = 1;
    const std::byte* data = nullptr;
    const std::uint16_t* scales = nullptr;
    const float* rowScales = nullptr;

    /// First byte of matrix `index`.
    const std::byte* matrix(int index) const;
    /// Scales of matrix `index`, [numGroups, numOut]; null unless I8.
    const std::uint16_t* matrixScales(int index) const;
    /// Row scales of matrix `index`, [numOut]; null unless F8E4M3.
    const float* matrixRowScales(int index) const;
    std::uint64_t matrixBytes() const;  ///< elements of one matrix, without scales
    std::uint64_t weightBytes() const;  ///< data and scales of all matrices
};

/// One decoder layer, named by what it does; the checkpoint's own name stands behind.
struct LayerWeights {
    std::span<const float> attentionNorm;        ///< [dModel] rms_norm
    std::span<const float> attentionOutputNorm;  ///< [dModel] rms_norm_1, before the residual add
    std::span<const float> moeNorm;              ///< [dModel] rms_norm_2, also the router's input
    std::span<const float> moeOutputNorm;        ///< [dModel] rms_norm_3, before the residual add
    MatrixView query;                            ///< [dModel, qWidth]
    MatrixView key;                              ///< [dModel, kvWidth]
    MatrixView value;                            ///< [dModel, kvWidth]
    MatrixView attentionOutput;                  ///< [qWidth, dModel] multi_head_attention/linear
    std::span<const float> router;               ///< [dModel, numExperts]
    MatrixView expertGate;  ///< numExperts x [dModel, ffnSize] moe/linear, the GELU branch
    MatrixView expertUp;    ///< numExperts x [dModel, ffnSize] moe/linear_v
    MatrixView expertDown;  ///< numExperts x [ffnSize, dModel] moe/linear_1
};

/// Cache-line aligned memory that is never initialised twice: readers fill it from the file. Large
/// blocks are in huge pages where the system gives them, and go back to it as soon as they are
/// freed. Move-only. Throws Error(NoMemory) with the number of bytes asked for.
class AlignedBuffer {
  public:
    AlignedBuffer() = default;
    explicit AlignedBuffer(std::size_t bytes);
    std::byte* data() { return data_.get(); }
    const std::byte* data() const { return data_.get(); }
    std::size_t size() const { return size_; }

  private:
    struct Free {
        std::size_t bytes;
        void operator()(std::byte* p) const;
    };
    std::unique_ptr<std::byte, Free> data_;
    std::size_t size_ = 0;
};

/// A loaded model. Owns every byte. Whoever loads it may lay it out anew (layOutWeights()); from
/// then on it is shared as shared_ptr<const ModelWeights> and any thread may read it, but of a
/// model that is still being read (LoadingWeights) only what has arrived.
struct ModelWeights {
    ModelConfig config;
    MatrixView embedding;  ///< OutputsFirst [vocabSize, dModel]: a row a token
    MatrixView output;     ///< OutputsFirst [vocabSize, dModel]; the embedding itself when tied
    std::span<const float> finalNorm;  ///< [dModel]
    std::vector<LayerWeights> layers;
    std::vector<AlignedBuffer> blocks;  ///< what the spans above point into
    MappedFile file;                    ///< or this, which nobody may lay out anew
    std::shared_ptr<Arrival> arrival;   ///< null: everything is in place
    /// One a rank where the layers' matrices were cut for several (engine/parallel/shards.h): they
    /// are there alone then, and the views of `layers` show none.
    std::vector<std::shared_ptr<ModelWeights>> shards;

    std::uint64_t totalBytes() const;  ///< of the above
};

}  // namespace gatescope
