#pragma once

#include <cstddef>
#include <string_view>

namespace gatescope {

/// Element types a weight can be stored in. Block-quantised types join here with their block size.
enum class DType { F32, F16, BF16, I8, I32 };

/// Bytes of one element.
constexpr std::size_t itemSize(DType type) {
    switch (type) {
        case DType::F32:
        case DType::I32:
            return 4;
        case DType::F16:
        case DType::BF16:
            return 2;
        case DType::I8:
            return 1;
    }
    return 0;
}

constexpr std::string_view name(DType type) {
    switch (type) {
        case DType::F32:
            return "f32";
        case DType::F16:
            return "f16";
        case DType::BF16:
            return "bf16";
        case DType::I8:
            return "i8";
        case DType::I32:
            return "i32";
    }
    return "?";
}

}  // namespace gatescope
