#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/io/bounded_reader.h"
#include "kernels/quant/dtype.h"

namespace gatescope {

/// An element type that the format knows.
struct SafetensorsType {
    std::string_view name;  ///< the file's own: "F32", "F8_E4M3"
    std::uint32_t bits = 0;
    std::optional<DType> dtype;  ///< empty: no weight of ours can be of it
};

/// A tensor as the header lists it. Its bytes lie in the file without gaps, last dimension
/// contiguous, little-endian.
struct SafetensorsEntry {
    std::string name;
    const SafetensorsType* type = nullptr;  ///< one of a table that lives for ever
    std::vector<std::uint64_t> shape;       ///< empty: one element
    std::uint64_t offset = 0;               ///< in the file
    std::uint64_t bytes = 0;
};

/// The format allows 100 million bytes. Grok-1's largest header has 0.4 million, and a verdict on
/// this many takes no more than 0.2 s.
constexpr std::uint64_t kLargestSafetensorsHeader = 12'000'000;
constexpr std::size_t kMostSafetensorsTensors = 1'000'000;
constexpr std::size_t kMostSafetensorsDimensions = 8;

/// Reads the header of a .safetensors file: eight bytes of length, a JSON object, and the data that
/// it describes. Returns the tensors in the order of their bytes, which cover the data exactly: no
/// overlap, no hole, no tail. `file` names it in errors. Throws Error(BadInput), saying where and
/// what was expected, for whatever the reference implementation refuses; and, stricter, for names
/// and keys that are there twice, names that are empty or hold controls, keys that the format does
/// not have, a larger header or more tensors and dimensions
/// than the constants say, and what JsonStream refuses.
/// Source: huggingface/safetensors README "Format" and safetensors/src/tensor.rs.
std::vector<SafetensorsEntry> readSafetensorsHeader(const ByteSource& bytes,
                                                    const std::string& file);

}  // namespace gatescope
