#pragma once

#include "kernels/cuda/module.h"

namespace gatescope::cuda {

/// The library libgatescope-cuda.so, loaded once and for good: from where the environment variable
/// GATESCOPE_CUDA_LIBRARY says, else from beside the engine's own library. It needs no CUDA to be
/// loaded, only to be used. Throws Error(DeviceFault) saying why there is none. Any thread.
const kernels::cuda::CudaModule& cudaModule();

/// What `device` is. Throws Error(DeviceFault) saying what keeps it from being used: no driver, an
/// old driver, no such device, one too old.
kernels::cuda::DeviceInfo requireGpu(const kernels::cuda::CudaModule& module, int device);

}  // namespace gatescope::cuda
