#pragma once

#include "kernels/cpu/bf16_activations.h"
#include "kernels/cpu/int24_activations.h"
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
/// scales of weights and activations come in. Requires a block type. Up to 12 rows a read, or 16
/// with AMX.
/// Source for the byte order: Intel 64 manual, VPDPBUSD; AMX, AVX2 and the portable way give the
/// same bits.
void panelMatmulInt8(
    const PanelMatrix& w, const Int8Rows& x, ColumnRange outputs, float factor, OutputRows y);

/// The same for BF16 weights and activations rounded to bf16: exact products of two inputs, the odd
/// one first, added to f32 one after the other. Up to 6 rows a read. Without vdpbf16ps the same
/// sums by multiply-adds, no faster than panelMatmul(); they have the same bits where the processor
/// has those, but that vdpbf16ps takes and gives 0 for numbers below 2^-126. With AMX in the order
/// of panelMatmulBf16Amx().
/// Source: Intel 64 manual, VDPBF16PS.
void panelMatmulBf16(
    const PanelMatrix& w, const Bf16Rows& x, ColumnRange outputs, float factor, OutputRows y);

/// Whether this processor has vdpbf16ps, so that the activations are worth rounding.
bool hasBf16Products();

/// The same for I8 weights and activations as whole numbers of 24 bits: within 64 inputs all sums
/// are exact integers; the two upper digits' and then the lowest one's, times the activations'
/// scale, are added to f32, and after 512 inputs, or where a group ends, times the weights' scale
/// to the output. Less is lost than when f32 products are added one after the other (where one
/// input is a thousand times the others, half as much again). Requires
/// canTakeInt24(). Up to 4 rows a read, or 16 with AMX; every way gives the same bits.
/// Source: Intel 64 manual, VPDPBUSD.
void panelMatmulInt24(
    const PanelMatrix& w, const Int24Rows& x, ColumnRange outputs, float factor, OutputRows y);

/// Whether a matrix is of I8 and each group of its scales takes whole blocks of inputs.
bool canTakeInt24(DType type, int numIn, int numGroups);

/// Whether this processor has vpdpbusd, without which panelMatmul() is faster.
bool hasInt24Products();

}  // namespace gatescope::kernels
