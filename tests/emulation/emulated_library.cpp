// The emulated GPU in the shape of libgatescope-cuda.so, for tests of whole programs: they are
// given this file as GATESCOPE_CUDA_LIBRARY. GATESCOPE_EMULATED_FAULT=CALL:AFTER:ERROR is a
// GpuFault that lasts.
#include <cstdlib>
#include <string>

#include "tests/emulation/emulated_gpu.h"

namespace {

using gatescope::emulation::GpuFault;

GpuFault faultFrom(const std::string& text) {
    const auto first = text.find(':');
    const auto second = text.find(':', first + 1);
    if (second == std::string::npos) std::abort();  // a test that means something else
    return {.call = text.substr(0, first),
            .after = std::stoi(text.substr(first + 1, second - first - 1)),
            .error = std::stoi(text.substr(second + 1)),
            .lasts = true};
}

}  // namespace

extern "C" const gatescope::kernels::cuda::CudaModule* gatescopeCudaModule() {
    if (const char* fault = std::getenv("GATESCOPE_EMULATED_FAULT"))
        gatescope::emulation::emulatedGpu().faults = {faultFrom(fault)};
    return &gatescope::emulation::emulatedCudaModule();
}
