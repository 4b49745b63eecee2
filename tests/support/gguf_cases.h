#pragma once

#include <cstring>
#include <string>

#include "engine/model/gguf/gguf_file.h"
#include "tests/support/gguf_writer.h"

namespace gatescope::test {

/// Bytes in memory as a source; they must outlive it.
inline ByteSource memorySource(const std::string& bytes) {
    return {.size = bytes.size(), .read = [&bytes](std::uint64_t offset, std::span<std::byte> out) {
                std::memcpy(out.data(), bytes.data() + offset, out.size());
            }};
}

inline GgufFile readGguf(const std::string& bytes) {
    return parseGguf(memorySource(bytes), "m.gguf");
}

/// A file with a key of each type and three tensors: what mutations start from.
inline GgufWriter smallGguf() {
    GgufWriter writer;
    writer.text("general.architecture", "grok")
        .raw("a.u8", GgufValueType::U8, std::string(1, '\x07'))
        .raw("a.i8", GgufValueType::I8, std::string(1, '\xf9'))
        .u16("a.u16", 513)
        .raw("a.i16", GgufValueType::I16, GgufWriter::packed(std::int16_t{-2}))
        .u32("a.u32", 3'000'000'000U)
        .i32("a.i32", -5)
        .f32("a.f32", 0.5F)
        .boolean("a.bool", true)
        .raw("a.u64", GgufValueType::U64, GgufWriter::packed(std::uint64_t{1} << 40))
        .raw("a.i64", GgufValueType::I64, GgufWriter::packed(std::int64_t{-9}))
        .raw("a.f64", GgufValueType::F64, GgufWriter::packed(0.25))
        .texts("a.texts", {"one", "", "three"})
        .floats("a.floats", {1.5F, -2.0F})
        .integers("a.integers", {1, -1, 7})
        .tensor("norm.weight", {5}, DType::F32, std::string(20, '\x3f'))
        .tensor("q.weight", {32, 3}, DType::Q8_0, std::string(102, '\x11'))
        .tensor("exps.weight", {4, 2, 3}, DType::BF16, std::string(48, '\x3c'));
    return writer;
}

}  // namespace gatescope::test
