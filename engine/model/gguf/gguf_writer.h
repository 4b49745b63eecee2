#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/gguf/gguf_types.h"
#include "kernels/quant/dtype.h"

namespace gatescope {

/// Everything of a GGUF file that stands before the weights, version 3, little-endian: metadata and
/// the list of tensors. Keys and tensors are written in the order in which they are added.
/// Source: ggml-org/ggml docs/gguf.md.
class GgufHeader {
  public:
    static constexpr std::uint64_t kAlignment = 32;  ///< of the data and of every tensor in it

    void add(std::string_view key, std::uint32_t value);
    void add(std::string_view key, float value);
    void add(std::string_view key, bool value);
    void add(std::string_view key, std::string_view value);
    void add(std::string_view key, const char* value) { add(key, std::string_view(value)); }
    void add(std::string_view key, std::span<const std::string> values);
    void add(std::string_view key, std::span<const float> values);
    void add(std::string_view key, std::span<const std::int32_t> values);

    /// `sizes` as the format counts them: the contiguous one first. Requires a type that GGUF has
    /// and whole blocks along sizes[0]. Returns the tensor's number.
    std::size_t addTensor(std::string_view name, std::span<const std::uint64_t> sizes, DType dtype);

    /// The header, padded: the data begins behind it.
    std::string bytes() const;
    /// Of tensor `index`, counted from where the data begins; the tensor's place is
    /// bytes().size() + offset.
    std::uint64_t offset(std::size_t index) const { return offsets_[index]; }
    /// All data with its padding.
    std::uint64_t dataBytes() const { return dataBytes_; }

  private:
    void beginValue(std::string_view key, GgufValueType type);
    void beginArray(std::string_view key, GgufValueType type, std::size_t count);

    std::string metadata_;
    std::uint64_t numValues_ = 0;
    std::string tensors_;
    std::vector<std::uint64_t> offsets_;
    std::uint64_t dataBytes_ = 0;
};

}  // namespace gatescope
