#include "kernels/cuda/scale_sums.h"

#include <type_traits>

#include "kernels/cuda/device.h"

namespace gatescope::kernels::cuda {
namespace {

constexpr int kThreads = 256;

/// A thread takes an output of a row, through all groups.
template <DType kType>
__global__ void __launch_bounds__(kThreads) scaleSumsKernel(ScaleSums op) {
    using Sum = std::conditional_t<kType == DType::I8, int, float>;
    const std::size_t size = rowAt(op.numRows, op.numOut);
    const std::size_t i = static_cast<std::size_t>(blockIdx.x) * kThreads + threadIdx.x;
    if (i >= size) return;
    const int row = static_cast<int>(i / static_cast<std::size_t>(op.numOut));
    const int n = static_cast<int>(i % static_cast<std::size_t>(op.numOut));
    const Matrices& w = op.weights;
    float y = 0;
    for (int g = 0; g < w.numGroups; ++g) {
        const std::size_t at = rowAt(op.matrix * w.numGroups + g, w.numOut) +
                               static_cast<std::size_t>(op.firstOut + n);
        float scale = op.scales[rowAt(row, w.numGroups) + static_cast<std::size_t>(g)];
        if constexpr (kType == DType::I8) scale *= fromBf16(w.scales[at]);
        if constexpr (kType == DType::F8E4M3) scale *= w.rowScales[at];
        const Sum sum = static_cast<const Sum*>(op.sums)[static_cast<std::size_t>(g) * size + i];
        y += scale * static_cast<float>(sum);
    }
    op.y[rowAt(row, op.yStride) + static_cast<std::size_t>(n)] = op.factor * y;
}

}  // namespace

int scaleSums(const ScaleSums& op, Stream stream) {
    if (op.weights.type != DType::I8 && op.weights.type != DType::F8E4M3) return kInvalidValue;
    const std::size_t sums = rowAt(op.numRows, op.numOut);
    return GATESCOPE_LAUNCH((op.weights.type == DType::I8 ? scaleSumsKernel<DType::I8>
                                                          : scaleSumsKernel<DType::F8E4M3>),
                            dim3(static_cast<unsigned>((sums + kThreads - 1) / kThreads)),
                            kThreads,
                            0,
                            stream,
                            op);
}

}  // namespace gatescope::kernels::cuda
