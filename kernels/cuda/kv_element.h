#pragma once

#include "kernels/cuda/device.h"
#include "kernels/quant/dtype.h"

namespace gatescope::kernels::cuda {

/// What padding scores, as in kernels/cpu/attention.cpp.
constexpr float kHiddenScore = -80.0F;

constexpr int kFour = 4;  ///< elements of a key or value that a lane loads at a time

__device__ inline float4 loadFour(const float* from) {
    return *reinterpret_cast<const float4*>(from);
}
__device__ inline float4 loadFour(const F16* from) {
    const uint2 raw = *reinterpret_cast<const uint2*>(from);
    return {fromF16(static_cast<std::uint16_t>(raw.x & 0xFFFFU)),
            fromF16(static_cast<std::uint16_t>(raw.x >> 16U)),
            fromF16(static_cast<std::uint16_t>(raw.y & 0xFFFFU)),
            fromF16(static_cast<std::uint16_t>(raw.y >> 16U))};
}
__device__ inline float4 loadFour(const Bf16* from) {
    const uint2 raw = *reinterpret_cast<const uint2*>(from);
    return {__uint_as_float(raw.x << 16U),
            __uint_as_float(raw.x & 0xFFFF0000U),
            __uint_as_float(raw.y << 16U),
            __uint_as_float(raw.y & 0xFFFF0000U)};
}
__device__ inline float4 loadFour(const std::int8_t* from) {
    const unsigned raw = *reinterpret_cast<const unsigned*>(from);
    return {static_cast<float>(static_cast<std::int8_t>(raw)),
            static_cast<float>(static_cast<std::int8_t>(raw >> 8U)),
            static_cast<float>(static_cast<std::int8_t>(raw >> 16U)),
            static_cast<float>(static_cast<std::int8_t>(raw >> 24U))};
}

/// launch(T()): the kernel for a cache whose elements are T.
template <class Launch>
int withKvElement(DType type, const Launch& launch) {
    switch (type) {
        case DType::F16:
            return launch(F16());
        case DType::BF16:
            return launch(Bf16());
        case DType::I8:
            return launch(std::int8_t());
        default:
            return launch(float());
    }
}

}  // namespace gatescope::kernels::cuda
