#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "engine/io/bounded_reader.h"

namespace gatescope {

constexpr std::string_view kSafetensorsIndexEnd = ".safetensors.index.json";

/// What the index of a model in several files says.
struct SafetensorsIndex {
    std::map<std::string, std::string> fileOf;  ///< by tensor name; plain names of .safetensors
    std::optional<std::uint64_t> totalBytes;    ///< of all tensors, where it says so
};

/// Reads {"metadata": {"total_size": N}, "weight_map": {tensor: file}}; other keys are left alone.
/// `file` names it in errors.
/// Throws Error(BadInput) naming the index and the byte: what is not JSON, a key that is there
/// twice, a file that is no plain name of a .safetensors beside the index, a pickle.
SafetensorsIndex readSafetensorsIndex(const ByteSource& bytes, const std::string& file);

/// Is `name` that of a file in the same folder: no separator, no control, not "..", of at most 255
/// bytes?
bool isPlainFileName(std::string_view name);

/// A file that PyTorch saved, by its name: .bin, .pt, .pth, .pkl, .ckpt.
bool isPickleName(std::string_view name);

}  // namespace gatescope
