#pragma once

struct CUstream_st;

namespace gatescope::kernels::cuda {

// The kernels of a GPU. Names, shapes and formulas are those of kernels/cpu, whose functions are
// the oracle of each: what differs is the order in which sums are added up. Every function enqueues
// on a stream and returns 0 or the cudaError_t of the launch; pointers are to device memory unless
// it says otherwise. What may change from one token to the next is read from device memory, so that
// a step can be recorded once as a graph.

/// A cudaStream_t, without CUDA's headers.
using Stream = CUstream_st*;

}  // namespace gatescope::kernels::cuda
