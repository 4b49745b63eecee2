#pragma once

#include <cstdint>
#include <string>

#include "engine/model/gguf/gguf_file.h"

namespace gatescope {

/// Turns the offsets of `file`'s tensors, which count from where the data begins, into offsets in
/// the file, and checks what they promise: every name once, every tensor aligned, whole, and apart
/// from the others. Counts the bytes that belong to none.
///   headerEnd  where the list of tensors ends; the data begins at the next multiple of alignment
/// Throws GGUF-505, GGUF-508, and GGUF-509 where the file ends too early.
void placeGgufTensors(GgufFile& file, std::uint64_t headerEnd, std::uint64_t fileBytes);

/// "m.gguf: tensor 17 "blk.3.ffn_down.weight"", for messages.
std::string ggufTensorPlace(const GgufFile& file, std::uint64_t index, const GgufTensor& tensor);

}  // namespace gatescope
