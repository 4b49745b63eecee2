#pragma once

#include "kernels/cpu/int8_activations.h"
#include "kernels/cpu/panels.h"
#include "kernels/cpu/weight_matrix.h"

namespace gatescope::kernels {

/// y[t, n] = factor * sum over k of x[t, k] * W[k, n] for the outputs n in `outputs` and every row
/// of x, in f32. Each weight is read once for up to 4 rows; a panel stays in the caches for the
/// rest. An output does not depend on how many rows or outputs one call computes.
///   x  [x.count, numIn]
///   y  [x.count, numOut]  only the elements of `outputs` are written
/// Requires `outputs` to be whole panels.
/// Bytes moved: numIn * outputs as stored.
void panelMatmul(
    const PanelMatrix& w, const ActivationRows& x, ColumnRange outputs, float factor, OutputRows y);

/// The same for activations rounded to int8: within 32 inputs all sums are exact integers, then the
/// scales of weights and activations come in. Requires a block type. Up to 12 rows a read.
/// Source for the byte order: Intel 64 manual, VPDPBUSD; AVX2 and the portable way give the same
/// bits.
void panelMatmulInt8(
    const PanelMatrix& w, const Int8Rows& x, ColumnRange outputs, float factor, OutputRows y);

}  // namespace gatescope::kernels
