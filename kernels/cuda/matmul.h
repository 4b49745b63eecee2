#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/cuda/stream.h"

namespace gatescope::kernels::cuda {

/// y[r, n] = factor * sum over k of x[r, k] * w[n, k]: bf16 factors, f32 sums.
/// Requires numIn a multiple of 8; w and workspace aligned to 256 bytes, x and y to 16.
struct Matmul {
    const std::uint16_t* x = nullptr;  ///< [numRows, numIn] bf16 bits
    const std::uint16_t* w = nullptr;  ///< [numOut, numIn] bf16 bits
    int numRows = 0;
    int numIn = 0;
    int numOut = 0;
    float factor = 1;
    float* y = nullptr;  ///< [numRows, yStride] out, numOut of each
    int yStride = 0;
    std::byte* workspace =
        nullptr;  ///< what cuBLASLt may use besides: on Hopper, 32 MiB are advised
    std::size_t workspaceBytes = 0;
};

/// cuBLASLt on one device. Used by one thread.
struct Matmuls;

/// In place of a cudaError_t (which memory that ran out still is): the library is not on this
/// machine, or failed (its cublasStatus_t on top of this).
inline constexpr int kNoMatmulLibrary = 100000;
inline constexpr int kMatmulFailed = 200000;

/// For the device of the calling thread. The library is loaded at run time: it is half a gigabyte,
/// and decoding does without.
int createMatmuls(Matmuls** matmuls);
int destroyMatmuls(Matmuls* matmuls);
int matmul(Matmuls* matmuls, const Matmul& op, Stream stream);

/// The same from the library at `path`, where tests have a double of it.
int createMatmulsFrom(const char* path, Matmuls** matmuls);

}  // namespace gatescope::kernels::cuda
