#include "kernels/cuda/gelu_product.h"

#include "kernels/cuda/device.h"
#include "kernels/cuda/gelu.h"

namespace gatescope::kernels::cuda {
namespace {

constexpr int kThreads = 256;

__global__ void __launch_bounds__(kThreads) geluProductKernel(GeluProduct op) {
    const std::size_t i = static_cast<std::size_t>(blockIdx.x) * kThreads + threadIdx.x;
    if (i >= rowAt(op.numRows, op.width)) return;
    const auto width = static_cast<std::size_t>(op.width);
    const std::size_t at = rowAt(static_cast<int>(i / width), op.stride) + i % width;
    const float product = geluTanh(op.gate[i]) * op.up[i];
    if (op.to != nullptr)
        op.to[at] = toBf16(product);
    else
        op.product[at] = product;
}

}  // namespace

int geluProduct(const GeluProduct& op, Stream stream) {
    const std::size_t elements = rowAt(op.numRows, op.width);
    return GATESCOPE_LAUNCH(geluProductKernel,
                            dim3(static_cast<unsigned>((elements + kThreads - 1) / kThreads)),
                            kThreads,
                            0,
                            stream,
                            op);
}

}  // namespace gatescope::kernels::cuda
