#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/io/bounded_reader.h"

namespace gatescope::test {

/// A tensor to be written: `type` by the format's own name, elements as they lie in memory.
struct StoredTensor {
    std::string name;
    std::string type;
    std::vector<std::int64_t> shape;
    std::string bytes;
};

/// A .safetensors file as the `safetensors` package writes it, in the order given.
std::string safetensorsOf(const std::vector<StoredTensor>& tensors);

/// The same from a header and data as they are, right or wrong.
std::string safetensorsOf(std::string_view header, std::string_view data);

/// `bytes`, which must outlive it, as a file.
ByteSource sourceOf(const std::string& bytes);

}  // namespace gatescope::test
