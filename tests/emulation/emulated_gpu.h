#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "kernels/cuda/module.h"

namespace gatescope::emulation {

/// A failure to come: the `after`-th call from now (0: the next) of a function of CudaModule
/// returns `error`. One that lasts makes every later call of any function return it as well, as
/// faults of a device do.
struct GpuFault {
    std::string call;
    int after = 0;
    int error = 0;
    bool lasts = false;
};

/// A GPU without a GPU: kernels run by the emulation, everything else on the host. Device memory
/// cannot be touched but by kernels, copies and fills, and begins as 0xFF; what lies beyond an
/// allocation is poison to AddressSanitizer. What is enqueued is done when somebody waits, and a
/// piece of it when somebody polls. Graphs keep the arguments they were recorded with.
/// Used by one thread.
struct EmulatedGpu {
    int numDevices = 1;
    int device = 0;  ///< in use
    int driverVersion = 13000;
    int major = 9, minor = 0;  ///< compute capability
    std::size_t totalBytes = std::size_t{256} << 20;
    bool hasMatmuls = true;  ///< cuBLASLt is on this machine
    std::vector<GpuFault> faults;

    std::size_t usedBytes = 0;  ///< of device memory
    std::size_t pinnedBytes = 0;
    int numStreams = 0;
    int numGraphs = 0;
    int numMatmuls = 0;
    int waits = 0;                     ///< calls so far
    int launches = 0;                  ///< of graphs
    int matmuls = 0;                   ///< products computed
    std::map<std::string, int> calls;  ///< of functions that enqueue, by their names
};
EmulatedGpu& emulatedGpu();
void healEmulatedGpu();  ///< no faults any more, lasting ones neither

const kernels::cuda::CudaModule& emulatedCudaModule();

}  // namespace gatescope::emulation
