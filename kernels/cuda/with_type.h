#pragma once

#include <type_traits>

#include "kernels/cuda/device.h"
#include "kernels/cuda/matvec.h"
#include "kernels/quant/dtype.h"

namespace gatescope::kernels::cuda {

/// How an element of a type without blocks lies in memory.
template <DType kType>
struct ElementOf {
    using Type = float;
};
template <>
struct ElementOf<DType::F16> {
    using Type = F16;
};
template <>
struct ElementOf<DType::BF16> {
    using Type = Bf16;
};
template <>
struct ElementOf<DType::F8E4M3> {
    using Type = F8E4M3;
};
template <>
struct ElementOf<DType::I8> {
    using Type = std::int8_t;
};

/// The row of scales that input k of an I8 matrix takes. Requires numIn * numGroups below 2^32.
__device__ inline int groupOf(const Matrices& weights, int k) {
    if (weights.numGroups == 1) return 0;
    return static_cast<int>(static_cast<unsigned>(k) * static_cast<unsigned>(weights.numGroups) /
                            static_cast<unsigned>(weights.numIn));
}

template <DType kType>
using Stored = std::integral_constant<DType, kType>;

/// launch(Stored<type>()): the kernel for weights of a type.
template <class Launch>
int withType(DType type, const Launch& launch) {
    switch (type) {
        case DType::F32:
            return launch(Stored<DType::F32>());
        case DType::F16:
            return launch(Stored<DType::F16>());
        case DType::BF16:
            return launch(Stored<DType::BF16>());
        case DType::F8E4M3:
            return launch(Stored<DType::F8E4M3>());
        case DType::I8:
            return launch(Stored<DType::I8>());
        case DType::Q4_0:
            return launch(Stored<DType::Q4_0>());
        case DType::Q4_1:
            return launch(Stored<DType::Q4_1>());
        case DType::Q5_0:
            return launch(Stored<DType::Q5_0>());
        case DType::Q5_1:
            return launch(Stored<DType::Q5_1>());
        case DType::Q8_0:
            return launch(Stored<DType::Q8_0>());
        case DType::Q2_K:
            return launch(Stored<DType::Q2_K>());
        case DType::Q3_K:
            return launch(Stored<DType::Q3_K>());
        case DType::Q4_K:
            return launch(Stored<DType::Q4_K>());
        case DType::Q5_K:
            return launch(Stored<DType::Q5_K>());
        case DType::Q6_K:
            return launch(Stored<DType::Q6_K>());
        case DType::IQ4_NL:
            return launch(Stored<DType::IQ4_NL>());
        case DType::IQ4_XS:
            return launch(Stored<DType::IQ4_XS>());
        case DType::MXFP4:
            return launch(Stored<DType::MXFP4>());
        case DType::I32:
            break;
    }
    return kInvalidValue;
}

}  // namespace gatescope::kernels::cuda
