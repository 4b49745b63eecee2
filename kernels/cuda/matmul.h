#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/cuda/stream.h"
#include "kernels/quant/dtype.h"

namespace gatescope::kernels::cuda {

/// y[g, r, n] = factor * sum over the inputs k of group g of x[r, k] * w[n, k]. Products of bf16
/// and of F8E4M3 are added in f32, those of I8 in int32, which rounds nothing. Requires groups of a
/// multiple of 16 bytes; y and x aligned to 16 bytes, workspace to 256, w to 256 if bf16, else to
/// 16; numOut and yStride multiples of 4 with I8, of 16 with F8E4M3; with I8 a factor of 1.
struct Matmul {
    DType type = DType::BF16;  ///< of x and w; or I8, F8E4M3 (compute capability 8.9 and more)
    const void* x = nullptr;   ///< [numRows, numIn]
    const void* w = nullptr;   ///< [numOut, numIn]
    int numRows = 0;
    int numIn = 0;
    int numOut = 0;
    int numGroups = 1;  ///< of equal size
    float factor = 1;
    void* y = nullptr;  ///< [numGroups, numRows, yStride] f32 or int32 out, numOut of each
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
