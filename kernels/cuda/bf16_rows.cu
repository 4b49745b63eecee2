#include "kernels/cuda/bf16_rows.h"

#include "kernels/cuda/device.h"

namespace gatescope::kernels::cuda {
namespace {

constexpr int kThreads = 256;  // a block takes a row
constexpr int kFour = 4;

__global__ void __launch_bounds__(kThreads) bf16RowsKernel(Bf16Rows op) {
    const int r = static_cast<int>(blockIdx.x);
    const int from = op.row == nullptr ? r : op.row[r];
    const float* x = op.x + rowAt(from / op.divisor, op.width);
    std::uint16_t* to = op.to + rowAt(r, op.width);
    for (int i = static_cast<int>(threadIdx.x) * kFour; i < op.width; i += kThreads * kFour) {
        const float4 four = *reinterpret_cast<const float4*>(x + i);
        const unsigned low =
            static_cast<unsigned>(toBf16(four.x)) | static_cast<unsigned>(toBf16(four.y)) << 16U;
        const unsigned high =
            static_cast<unsigned>(toBf16(four.z)) | static_cast<unsigned>(toBf16(four.w)) << 16U;
        *reinterpret_cast<uint2*>(to + i) = {low, high};
    }
}

}  // namespace

int bf16Rows(const Bf16Rows& op, Stream stream) {
    return GATESCOPE_LAUNCH(
        bf16RowsKernel, dim3(static_cast<unsigned>(op.numRows)), kThreads, 0, stream, op);
}

}  // namespace gatescope::kernels::cuda
