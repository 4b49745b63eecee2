#pragma once

#include "kernels/cpu/weight_matrix.h"

namespace gatescope::kernels {

/// Rows of a matrix with the input axis last (the tied embedding as output matrix):
/// y[t, r] = factor * dot(x[t], rows[r]) for r in `range`.
///   x     [x.count, size]   activations
///   rows  [range.end, size] f32
///   y     [x.count, ...]    row t is y.row(t); columns range.begin ... range.end - 1 are written
/// Reads each weight once for all activations.
void dotRows(const ActivationRows& x,
             const float* rows,
             int size,
             ColumnRange range,
             float factor,
             OutputRows y);

}  // namespace gatescope::kernels
