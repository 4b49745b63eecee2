#pragma once

#include <cstddef>

#include "kernels/quant/dtype.h"

namespace gatescope::kernels {

/// Stored weights as floats: the plain loop that every faster kernel is tested against.
///   stored  [storedBytes(type, numElements)]  of any alignment
///   out     [numElements]                     f32
/// Requires a multiple of the type's block size. Every bit pattern is valid: a scale that is
/// infinite or NaN gives infinities and NaNs. F8E4M3, I8 and I32 give the plain number, without
/// the scale that a model may keep beside them. Allocates nothing, never fails.
/// Source: llama.cpp, ggml-quants.c; bit for bit what gguf-py gives.
void decodeElements(DType type, const std::byte* stored, std::size_t numElements, float* out);

/// Types that encodeElements() writes: F32, F16, BF16, Q8_0, Q4_0, Q4_K.
bool canEncode(DType type);

/// Floats as stored weights, each block with the scales that make the sum of its squared errors
/// small; Q8_0 is bit for bit what gguf-py writes.
///   values  [numElements]                     f32, finite
///   stored  [storedBytes(type, numElements)]  of any alignment, out
/// Requires canEncode(type) and a multiple of the type's block size. Values too large for F16, or
/// for the half-precision scale of a block, become infinities; who cannot tell must decode and
/// look. Allocates nothing, never fails.
void encodeElements(DType type, const float* values, std::size_t numElements, std::byte* stored);

}  // namespace gatescope::kernels
