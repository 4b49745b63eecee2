#include "engine/decoder/cpu/linear.h"

#include <algorithm>

#include "engine/check.h"
#include "kernels/cpu/matmul.h"
#include "kernels/cpu/matvec.h"

namespace gatescope::cpu {
kernels::WeightMatrix matrixOf(const MatrixView& weights, int index) {
    const auto matrix = static_cast<std::size_t>(index);
    const auto numOut = static_cast<std::size_t>(weights.numOut);
    const std::size_t bytes =
        static_cast<std::size_t>(weights.numIn) * numOut * itemSize(weights.dtype);
    const std::size_t numScales = static_cast<std::size_t>(weights.numGroups) * numOut;
    return {.type = weights.dtype,
            .data = weights.data + matrix * bytes,
            .scales = weights.dtype == DType::I8 ? weights.scales + matrix * numScales : nullptr,
            .numIn = weights.numIn,
            .numOut = weights.numOut,
            .numGroups = weights.dtype == DType::I8 ? weights.numGroups : 1};
}

void multiplyShare(const kernels::WeightMatrix& w,
                   const kernels::ActivationRows& x,
                   kernels::OutputRows y,
                   kernels::ColumnRange share,
                   float* scratch,
                   const std::stop_token& stop) {
    if (x.count == 1) return kernels::matvec(w, x.row(0), share, y.row(0));
    for (int begin = share.begin; begin < share.end; begin += kernels::kMatmulTileColumns) {
        if (stop.stop_requested()) return;
        const int end = std::min(share.end, begin + kernels::kMatmulTileColumns);
        kernels::matmul(w, x, {begin, end}, y, scratch);
    }
}

}  // namespace gatescope::cpu
