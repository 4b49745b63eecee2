#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/io/bounded_reader.h"
#include "engine/model/gguf/gguf_metadata.h"
#include "kernels/quant/dtype.h"

namespace gatescope {

/// One tensor as the file lists it.
struct GgufTensor {
    static constexpr std::size_t kMostDimensions = 4;

    std::string name;
    std::array<std::uint64_t, kMostDimensions> sizes{1, 1, 1, 1};  ///< sizes[0] is contiguous
    std::uint32_t numDimensions = 0;
    DType dtype = DType::F32;
    std::uint64_t offset = 0;  ///< of its first byte in the file
    std::uint64_t bytes = 0;

    std::uint64_t end() const { return offset + bytes; }
};

/// What one GGUF file says about itself.
struct GgufFile {
    std::string name;  ///< what messages call it
    std::uint32_t version = 0;
    std::uint64_t alignment = 0;
    std::uint64_t dataOffset = 0;  ///< where tensor data begins; may be the end of the file
    GgufMetadata metadata;
    std::vector<GgufTensor> tensors;  ///< in the order of the file, every name once
    std::uint64_t unusedBytes = 0;    ///< of the data, beyond the padding between tensors
};

/// Reads the container: header, keys and tensor list, not one weight. Knows nothing of any model.
/// Versions 2 and 3, little-endian. Of what is returned holds: every key and every tensor name is
/// printable ASCII and there once; every tensor has 1 to 4 sizes of at least 1 whose product is
/// dtype's whole blocks along sizes[0]; it lies aligned within the file and shares no byte with
/// another.
/// Nothing is allocated by a number of the file before that many bytes are known to follow; more
/// than 2,048 keys, 65,536 tensors or 32 MiB of strings in arrays are refused (GGUF-504).
/// Throws Error(BadInput) naming `name`, the byte, what was expected and what was found; TENSOR-105
/// for element types that this engine does not read.
/// Source: ggml-org/ggml docs/gguf.md.
GgufFile parseGguf(const ByteSource& source, const std::string& name);

/// Does a file begin as every GGUF file does?
bool isGgufMagic(std::span<const std::byte> firstBytes);

/// What a BoundedReader of `file` throws where the bytes end: GGUF-501.
BoundedReader::Truncated ggufTruncated(std::string file);

}  // namespace gatescope
