#include "engine/model/gguf/gguf_types.h"

#include <algorithm>
#include <array>

namespace gatescope {
namespace {

struct GgmlType {
    std::uint32_t id;
    std::string_view name;
    std::optional<DType> dtype;
};

// Source: ggml.h, enum ggml_type; the numbers that are left out were never given.
constexpr std::array kGgmlTypes{
    GgmlType{0, "F32", DType::F32},
    GgmlType{1, "F16", DType::F16},
    GgmlType{2, "Q4_0", DType::Q4_0},
    GgmlType{3, "Q4_1", DType::Q4_1},
    GgmlType{4, "Q4_2 (no longer in ggml)", {}},
    GgmlType{5, "Q4_3 (no longer in ggml)", {}},
    GgmlType{6, "Q5_0", DType::Q5_0},
    GgmlType{7, "Q5_1", DType::Q5_1},
    GgmlType{8, "Q8_0", DType::Q8_0},
    GgmlType{9, "Q8_1", {}},
    GgmlType{10, "Q2_K", DType::Q2_K},
    GgmlType{11, "Q3_K", DType::Q3_K},
    GgmlType{12, "Q4_K", DType::Q4_K},
    GgmlType{13, "Q5_K", DType::Q5_K},
    GgmlType{14, "Q6_K", DType::Q6_K},
    GgmlType{15, "Q8_K", {}},
    GgmlType{16, "IQ2_XXS", {}},
    GgmlType{17, "IQ2_XS", {}},
    GgmlType{18, "IQ3_XXS", {}},
    GgmlType{19, "IQ1_S", {}},
    GgmlType{20, "IQ4_NL", DType::IQ4_NL},
    GgmlType{21, "IQ3_S", {}},
    GgmlType{22, "IQ2_S", {}},
    GgmlType{23, "IQ4_XS", DType::IQ4_XS},
    GgmlType{24, "I8", {}},
    GgmlType{25, "I16", {}},
    GgmlType{26, "I32", {}},
    GgmlType{27, "I64", {}},
    GgmlType{28, "F64", {}},
    GgmlType{29, "IQ1_M", {}},
    GgmlType{30, "BF16", DType::BF16},
    GgmlType{31, "Q4_0_4_4 (no longer in ggml)", {}},
    GgmlType{32, "Q4_0_4_8 (no longer in ggml)", {}},
    GgmlType{33, "Q4_0_8_8 (no longer in ggml)", {}},
    GgmlType{34, "TQ1_0", {}},
    GgmlType{35, "TQ2_0", {}},
    GgmlType{36, "IQ4_NL_4_4 (no longer in ggml)", {}},
    GgmlType{37, "IQ4_NL_4_8 (no longer in ggml)", {}},
    GgmlType{38, "IQ4_NL_8_8 (no longer in ggml)", {}},
    GgmlType{39, "MXFP4", DType::MXFP4},
    GgmlType{40, "NVFP4", {}},
    GgmlType{41, "Q1_0", {}},
};

const GgmlType* find(std::uint32_t id) {
    const auto found = std::ranges::find(kGgmlTypes, id, &GgmlType::id);
    return found == kGgmlTypes.end() ? nullptr : &*found;
}

}  // namespace

std::string_view name(GgufValueType type) {
    constexpr std::array<std::string_view, 13> kNames{"u8",
                                                      "i8",
                                                      "u16",
                                                      "i16",
                                                      "u32",
                                                      "i32",
                                                      "f32",
                                                      "bool",
                                                      "string",
                                                      "array",
                                                      "u64",
                                                      "i64",
                                                      "f64"};
    const auto index = static_cast<std::size_t>(type);
    return index < kNames.size() ? kNames[index] : std::string_view();
}

std::uint64_t valueBytes(GgufValueType type) {
    switch (type) {
        case GgufValueType::U8:
        case GgufValueType::I8:
        case GgufValueType::Bool:
            return 1;
        case GgufValueType::U16:
        case GgufValueType::I16:
            return 2;
        case GgufValueType::U32:
        case GgufValueType::I32:
        case GgufValueType::F32:
            return 4;
        case GgufValueType::U64:
        case GgufValueType::I64:
        case GgufValueType::F64:
            return 8;
        case GgufValueType::String:
        case GgufValueType::Array:
            break;
    }
    return 0;
}

std::optional<DType> dtypeOfGgml(std::uint32_t id) {
    const GgmlType* type = find(id);
    return type == nullptr ? std::nullopt : type->dtype;
}

std::optional<std::uint32_t> ggmlOfDType(DType dtype) {
    const auto found = std::ranges::find(kGgmlTypes, std::optional(dtype), &GgmlType::dtype);
    return found == kGgmlTypes.end() ? std::nullopt : std::optional(found->id);
}

std::string_view ggmlTypeName(std::uint32_t id) {
    const GgmlType* type = find(id);
    return type == nullptr ? std::string_view() : type->name;
}

}  // namespace gatescope
