#include "kernels/cuda/scale_sums.h"

#include "kernels/cuda/device.h"

namespace gatescope::kernels::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kFour = 4;

/// The scales of four outputs of a group.
template <DType kType>
__device__ float4 weightScales(const Matrices& w, std::size_t at) {
    if constexpr (kType == DType::F8E4M3) {
        return *reinterpret_cast<const float4*>(w.rowScales + at);
    } else {
        const uint2 two = *reinterpret_cast<const uint2*>(w.scales + at);
        return {__uint_as_float(two.x << 16U),
                __uint_as_float(two.x & 0xFFFF0000U),
                __uint_as_float(two.y << 16U),
                __uint_as_float(two.y & 0xFFFF0000U)};
    }
}

/// A sum as it lies in memory.
template <DType kType>
__device__ float sumOf(unsigned bits) {
    return kType == DType::I8 ? static_cast<float>(static_cast<int>(bits)) : __uint_as_float(bits);
}

/// A thread takes four outputs of a row, through all groups.
template <DType kType>
__global__ void __launch_bounds__(kThreads) scaleSumsKernel(ScaleSums op) {
    const int n = (static_cast<int>(blockIdx.x) * kThreads + static_cast<int>(threadIdx.x)) * kFour;
    const int row = static_cast<int>(blockIdx.y);
    if (n >= op.numOut) return;
    const Matrices& w = op.weights;
    float4 y = {0, 0, 0, 0};
    for (int g = 0; g < w.numGroups; ++g) {
        const float own = op.scales[rowAt(row, w.numGroups) + static_cast<std::size_t>(g)];
        const float4 scale = weightScales<kType>(w,
                                                 rowAt(op.matrix * w.numGroups + g, w.numOut) +
                                                     static_cast<std::size_t>(op.firstOut + n));
        const uint4 sum = *reinterpret_cast<const uint4*>(
            static_cast<const unsigned*>(op.sums) + rowAt(g * op.numRows + row, op.numOut) + n);
        y.x += own * scale.x * sumOf<kType>(sum.x);
        y.y += own * scale.y * sumOf<kType>(sum.y);
        y.z += own * scale.z * sumOf<kType>(sum.z);
        y.w += own * scale.w * sumOf<kType>(sum.w);
    }
    *reinterpret_cast<float4*>(op.y + rowAt(row, op.yStride) + n) = {
        op.factor * y.x, op.factor * y.y, op.factor * y.z, op.factor * y.w};
}

}  // namespace

int scaleSums(const ScaleSums& op, Stream stream) {
    constexpr int kOutputs = kThreads * kFour;  // of a block
    if (op.weights.type != DType::I8 && op.weights.type != DType::F8E4M3) return kInvalidValue;
    return GATESCOPE_LAUNCH((op.weights.type == DType::I8 ? scaleSumsKernel<DType::I8>
                                                          : scaleSumsKernel<DType::F8E4M3>),
                            dim3(static_cast<unsigned>((op.numOut + kOutputs - 1) / kOutputs),
                                 static_cast<unsigned>(op.numRows)),
                            kThreads,
                            0,
                            stream,
                            op);
}

}  // namespace gatescope::kernels::cuda
