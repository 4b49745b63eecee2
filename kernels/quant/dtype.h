#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gatescope {

/// Element types a weight can be stored in. The block types hold a fixed number of neighbouring
/// elements with scales of their own; names and layouts are GGUF's (llama.cpp, ggml-common.h).
enum class DType : std::uint8_t {
    F32,
    F16,
    BF16,
    F8E4M3,  ///< 4 exponent, 3 mantissa bits, no infinity, NaN 0x7f and 0xff (OCP 8-bit floats)
    I8,      ///< times a bf16 scale (xAI checkpoints)
    I32,
    Q4_0,
    Q4_1,
    Q5_0,
    Q5_1,
    Q8_0,
    Q2_K,
    Q3_K,
    Q4_K,
    Q5_K,
    Q6_K,
    IQ4_NL,
    IQ4_XS,
    MXFP4,
};

struct DTypeTraits {
    std::string_view name;    ///< for people and JSON: "f32", "q4_k"
    std::uint32_t blockSize;  ///< elements of a block; 1: plain elements
    std::uint32_t bytesPerBlock;
};

constexpr DTypeTraits traits(DType type) {
    switch (type) {
        case DType::F32:
            return {"f32", 1, 4};
        case DType::F16:
            return {"f16", 1, 2};
        case DType::BF16:
            return {"bf16", 1, 2};
        case DType::F8E4M3:
            return {"f8_e4m3", 1, 1};
        case DType::I8:
            return {"i8", 1, 1};
        case DType::I32:
            return {"i32", 1, 4};
        case DType::Q4_0:
            return {"q4_0", 32, 18};
        case DType::Q4_1:
            return {"q4_1", 32, 20};
        case DType::Q5_0:
            return {"q5_0", 32, 22};
        case DType::Q5_1:
            return {"q5_1", 32, 24};
        case DType::Q8_0:
            return {"q8_0", 32, 34};
        case DType::Q2_K:
            return {"q2_k", 256, 84};
        case DType::Q3_K:
            return {"q3_k", 256, 110};
        case DType::Q4_K:
            return {"q4_k", 256, 144};
        case DType::Q5_K:
            return {"q5_k", 256, 176};
        case DType::Q6_K:
            return {"q6_k", 256, 210};
        case DType::IQ4_NL:
            return {"iq4_nl", 32, 18};
        case DType::IQ4_XS:
            return {"iq4_xs", 256, 136};
        case DType::MXFP4:
            return {"mxfp4", 32, 17};
    }
    return {"?", 1, 0};
}

constexpr std::string_view name(DType type) {
    return traits(type).name;
}

constexpr bool isBlockType(DType type) {
    return traits(type).blockSize > 1;
}

/// Bytes of one element. Requires a type that is not stored in blocks.
constexpr std::size_t itemSize(DType type) {
    return traits(type).bytesPerBlock;
}

/// Bytes of `numElements` elements. Requires a multiple of the block size.
constexpr std::uint64_t storedBytes(DType type, std::uint64_t numElements) {
    return numElements / traits(type).blockSize * traits(type).bytesPerBlock;
}

}  // namespace gatescope
