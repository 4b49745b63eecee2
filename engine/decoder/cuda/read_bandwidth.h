#pragma once

#include "kernels/cuda/module.h"

namespace gatescope::cuda {

/// Bytes a second that one kernel reads from the memory of GPU `device`, far more of it than the
/// caches hold: the best of ten rounds. What a decoder that is bound by memory could reach at most.
/// Takes a quarter of what is free there, 4 GiB at most. Throws as Gpu does.
double readBandwidth(const kernels::cuda::CudaModule& module, int device);

}  // namespace gatescope::cuda
