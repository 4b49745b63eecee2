#include "kernels/cuda/gelu_product.h"

#include "kernels/cuda/device.h"
#include "kernels/cuda/gelu.h"

namespace gatescope::kernels::cuda {
namespace {

constexpr int kThreads = 256;

__global__ void __launch_bounds__(kThreads) geluProductKernel(GeluProduct op) {
    const int row = static_cast<int>(blockIdx.y);
    const int i = static_cast<int>(blockIdx.x) * kThreads + static_cast<int>(threadIdx.x);
    if (i >= op.width) return;
    const std::size_t from = rowAt(row, op.width) + static_cast<std::size_t>(i);
    const std::size_t to = rowAt(row, op.stride) + static_cast<std::size_t>(i);
    const float product = geluTanh(op.gate[from]) * op.up[from];
    if (op.to != nullptr)
        op.to[to] = toBf16(product);
    else
        op.product[to] = product;
}

}  // namespace

int geluProduct(const GeluProduct& op, Stream stream) {
    return GATESCOPE_LAUNCH(geluProductKernel,
                            dim3(static_cast<unsigned>((op.width + kThreads - 1) / kThreads),
                                 static_cast<unsigned>(op.numRows)),
                            kThreads,
                            0,
                            stream,
                            op);
}

}  // namespace gatescope::kernels::cuda
