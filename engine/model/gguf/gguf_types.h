#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "kernels/quant/dtype.h"

namespace gatescope {

/// Types of metadata values, numbered as in the file.
enum class GgufValueType : std::uint32_t {
    U8 = 0,
    I8 = 1,
    U16 = 2,
    I16 = 3,
    U32 = 4,
    I32 = 5,
    F32 = 6,
    Bool = 7,
    String = 8,
    Array = 9,
    U64 = 10,
    I64 = 11,
    F64 = 12,
};

/// "u32"; "type 99" has no name: empty.
std::string_view name(GgufValueType type);
/// Bytes of a value, 0 for strings, arrays and unknown types.
std::uint64_t valueBytes(GgufValueType type);

/// The element type that ggml numbers `id`; nothing where this engine does not read it.
std::optional<DType> dtypeOfGgml(std::uint32_t id);
/// How ggml numbers `type`; nothing for types that ggml does not have.
std::optional<std::uint32_t> ggmlOfDType(DType type);
/// ggml's own name of a type, "IQ3_S", whether it is read or not; empty for numbers ggml never
/// gave.
std::string_view ggmlTypeName(std::uint32_t id);

}  // namespace gatescope
