#pragma once

#include "kernels/cpu/weight_matrix.h"

namespace gatescope::kernels {

/// A weight matrix with its inputs contiguous, as it lies in memory: y[n] = sum over k of x[k] *
/// W[n, k].
///   data       [numOut, numIn]  any type but I8 and I32; blocks lie along the inputs
///   rowScales  [numOut]         f32, each output times its own; null: none
struct RowMatrix {
    DType type = DType::F32;
    const std::byte* data = nullptr;
    const float* rowScales = nullptr;
    int numIn = 0;
};

/// y[t, r] = factor * dot(x[t], W[r]) for r in `range`.
///   x        [x.count, numIn]  activations
///   y        [x.count, ...]    row t is y.row(t); columns range.begin ... range.end - 1 are
///   written scratch  [numIn]           of this thread; a row that is not f32, f16 or bf16 is
///   decoded there
/// Reads each weight once for all activations. Bytes moved: those of the rows as stored.
void dotRows(const RowMatrix& w,
             const ActivationRows& x,
             ColumnRange range,
             float factor,
             OutputRows y,
             float* scratch);

}  // namespace gatescope::kernels
