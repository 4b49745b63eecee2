#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/model/convert/tensor_rows.h"
#include "engine/model/gguf/gguf_writer.h"
#include "engine/model/model_source.h"

namespace gatescope {

/// One tensor of the file to be written.
struct PlannedTensor {
    std::size_t source = 0;  ///< index into ModelSource::layouts()
    std::string name;        ///< blk.0.attn_q.weight
    DType dtype = DType::F32;
    RowShape shape;
    std::uint64_t offset = 0;  ///< in the file
    std::uint64_t bytes = 0;
};

/// Says in a file what it was made of. Such a file ends with checksums.
struct GgufOrigin {
    std::string location;  ///< of the model, SourceIdentity::location
    std::string state;     ///< equal where the same bytes would be written again
};

inline constexpr const char* kGgufLocationKey = "gatescope.made_from";
inline constexpr const char* kGgufStateKey = "gatescope.made_from_state";

struct GgufPlan {
    std::string header;
    std::vector<PlannedTensor> tensors;  ///< in the order of the file
    /// CRC-32 of the header and of every tensor, four bytes each, little-endian; none without an
    /// origin.
    std::uint64_t checksumOffset = 0;
    std::uint64_t checksumBytes = 0;
    std::uint64_t fileBytes = 0;
    std::vector<std::string> remarks;
};

/// What convertToGguf() writes without looking at a weight: names, types and places of all tensors,
/// and the metadata. Throws Error(BadUsage) for a type that is not written. Source: llama.cpp
/// gguf-py/gguf/constants.py (names), src/models/grok.cpp (keys).
GgufPlan planGguf(const ModelSource& source,
                  DType type,
                  const std::optional<GgufOrigin>& origin = std::nullopt);

}  // namespace gatescope
