#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

#include "engine/model/gguf/gguf_types.h"

namespace gatescope::test {

/// Writes GGUF files as llama.cpp's gguf package does, byte for byte, and wrong ones on purpose: a
/// test changes `entries` and `tensors` as it likes.
struct GgufWriter {
    struct Entry {
        std::string key;
        std::uint32_t type = 0;
        std::string value;  ///< as it stands in the file
    };
    struct Tensor {
        std::string name;
        std::vector<std::uint64_t> sizes;  ///< the contiguous one first
        std::uint32_t type = 0;
        std::string bytes;
    };

    std::uint32_t version = 3;
    std::uint64_t alignment = 32;  ///< of the tensors; alignTo() writes the key, too
    std::vector<Entry> entries;
    std::vector<Tensor> tensors;

    GgufWriter& u16(const std::string& key, std::uint16_t value) {
        return raw(key, GgufValueType::U16, packed(value));
    }
    GgufWriter& u32(const std::string& key, std::uint32_t value) {
        return raw(key, GgufValueType::U32, packed(value));
    }
    GgufWriter& i32(const std::string& key, std::int32_t value) {
        return raw(key, GgufValueType::I32, packed(value));
    }
    GgufWriter& f32(const std::string& key, float value) {
        return raw(key, GgufValueType::F32, packed(value));
    }
    GgufWriter& boolean(const std::string& key, bool value) {
        return raw(key, GgufValueType::Bool, std::string(1, value ? '\1' : '\0'));
    }
    GgufWriter& text(const std::string& key, const std::string& value) {
        return raw(key, GgufValueType::String, packedText(value));
    }
    GgufWriter& texts(const std::string& key, const std::vector<std::string>& values);
    GgufWriter& floats(const std::string& key, const std::vector<float>& values) {
        return numbers(key, GgufValueType::F32, values);
    }
    GgufWriter& integers(const std::string& key, const std::vector<std::int32_t>& values) {
        return numbers(key, GgufValueType::I32, values);
    }
    /// Replaces the key where it is there already.
    GgufWriter& raw(const std::string& key, GgufValueType type, std::string value);
    GgufWriter& remove(const std::string& key);
    GgufWriter& alignTo(std::uint32_t value);
    GgufWriter& tensor(const std::string& name,
                       std::vector<std::uint64_t> sizes,
                       DType dtype,
                       std::string bytes);
    /// Requires that it is there.
    Tensor& tensorNamed(const std::string& name);
    void removeTensor(const std::string& name);

    std::string finish() const;

    template <class T>
    static std::string packed(T value) {
        static_assert(std::is_trivially_copyable_v<T>);
        return {reinterpret_cast<const char*>(&value), sizeof value};
    }
    static std::string packedText(const std::string& value) {
        return packed(std::uint64_t{value.size()}) + value;
    }

  private:
    template <class T>
    GgufWriter& numbers(const std::string& key, GgufValueType type, const std::vector<T>& values) {
        std::string bytes(values.size() * sizeof(T), '\0');
        if (!values.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
        return raw(key,
                   GgufValueType::Array,
                   packed(static_cast<std::uint32_t>(type)) + packed(std::uint64_t{values.size()}) +
                       bytes);
    }
};

}  // namespace gatescope::test
