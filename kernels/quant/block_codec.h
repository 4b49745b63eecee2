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

}  // namespace gatescope::kernels
