#include "kernels/cuda/round_rows.h"

#include "kernels/cuda/device.h"
#include "kernels/cuda/round_group.h"

namespace gatescope::kernels::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kFour = 4;

__device__ const float* rowOf(const RoundRows& op, int r) {
    const int from = op.row == nullptr ? r : op.row[r];
    return op.x + rowAt(from / op.divisor, op.width);
}

// A block takes a row.
__global__ void __launch_bounds__(kThreads) roundToBf16Kernel(RoundRows op) {
    const int r = static_cast<int>(blockIdx.x);
    const float* x = rowOf(op, r);
    std::uint16_t* to = static_cast<std::uint16_t*>(op.to.data) + rowAt(r, op.width);
    for (int i = static_cast<int>(threadIdx.x) * kFour; i < op.width; i += kThreads * kFour) {
        const float4 four = *reinterpret_cast<const float4*>(x + i);
        const unsigned low =
            static_cast<unsigned>(toBf16(four.x)) | static_cast<unsigned>(toBf16(four.y)) << 16U;
        const unsigned high =
            static_cast<unsigned>(toBf16(four.z)) | static_cast<unsigned>(toBf16(four.w)) << 16U;
        *reinterpret_cast<uint2*>(to + i) = {low, high};
    }
}

// A block takes a group of a row.
__global__ void __launch_bounds__(kThreads) roundTo8BitsKernel(RoundRows op) {
    const int r = static_cast<int>(blockIdx.x);
    const int group = static_cast<int>(blockIdx.y);
    const int width = op.width / op.to.numGroups;
    const std::size_t first = rowAt(group, width);
    roundGroup<kThreads>(rowOf(op, r) + first,
                         width,
                         op.to.type,
                         static_cast<std::uint8_t*>(op.to.data) + rowAt(r, op.width) + first,
                         op.to.scales + rowAt(r, op.to.numGroups) + group);
}

}  // namespace

int roundRows(const RoundRows& op, Stream stream) {
    const auto rows = static_cast<unsigned>(op.numRows);
    if (op.to.type == DType::BF16)
        return GATESCOPE_LAUNCH(roundToBf16Kernel, dim3(rows), kThreads, 0, stream, op);
    return GATESCOPE_LAUNCH(roundTo8BitsKernel,
                            dim3(rows, static_cast<unsigned>(op.to.numGroups)),
                            kThreads,
                            0,
                            stream,
                            op);
}

}  // namespace gatescope::kernels::cuda
