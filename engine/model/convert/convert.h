#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/convert/gguf_plan.h"
#include "engine/model/model_source.h"

namespace gatescope {

struct ConvertOptions {
    DType type = DType::Q8_0;  ///< of the matrices: F32, F16, BF16, Q8_0, Q4_0 or Q4_K
    int numThreads = 0;        ///< 0: one a core
    std::optional<GgufOrigin> origin = std::nullopt;
};

/// How far the written weights are from the source's, for all tensors of one kind together.
struct ConversionError {
    TensorRole role = TensorRole::Embedding;
    DType dtype = DType::F32;
    std::uint64_t numElements = 0;
    double relativeError = 0;  ///< sqrt(sum of squared differences / sum of squared weights)
};

struct ConversionReport {
    LoadOutcome outcome = LoadOutcome::Done;
    std::uint64_t bytes = 0;  ///< of the whole file
    std::size_t numTensors = 0;
    std::size_t numKept = 0;              ///< of an earlier conversion that did not come to its end
    std::vector<ConversionError> errors;  ///< in the order of TensorRole
    std::vector<std::string> remarks;     ///< where the file differs from what was asked for
};

/// Writes `source` as one GGUF file (version 3, architecture grok) that llama.cpp loads. Matrices
/// become options.type; norms and routers stay f32; the embedding of a 4-bit file is Q8_0, because
/// the logits are made of it; rows that no block fits become Q8_0 or F16 instead. Bytes that are
/// stored in the type asked for are copied as they are.
/// One tensor of the source is in memory at a time. The file is made under another name and appears
/// whole and checked; when `stop` is requested, or the process ends, a second call with the same
/// arguments goes on behind the last finished tensor (see PartialFile).
/// Throws Error(BadInput) as reading does, and for weights that options.type cannot hold;
/// Error(BadUsage) for a type it does not write; Error(DeviceFault) when the disk fails or is full.
ConversionReport convertToGguf(const ModelSource& source,
                               const std::filesystem::path& out,
                               const ConvertOptions& options,
                               const LoadProgressCallback& progress,
                               std::stop_token stop);

/// "expert gate", for people.
std::string_view kindName(TensorRole role);

}  // namespace gatescope
