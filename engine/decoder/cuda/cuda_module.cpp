#include "engine/decoder/cuda/cuda_module.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "engine/decoder/cuda/gpu.h"
#include "engine/error.h"
#include "engine/error_codes.h"

namespace gatescope::cuda {
namespace {

using kernels::cuda::CudaModule;

constexpr const char* kLibrary = "libgatescope-cuda.so";

[[noreturn]] void refuse(const std::string& why) {
    throw Error(ErrorKind::DeviceFault, "no GPU can be used: " + why);
}

[[noreturn]] void refuseError(const CudaModule& module, int error) {
    const auto why = fmt::format("{} (CUDA error {})", module.errorText(error), error);
    if (losesProcess(error)) gatescope::refuse(ErrorCode::GpuLost, "no GPU can be used", why);
    refuse(why);
}

std::filesystem::path libraryPath() {
    if (const char* given = std::getenv("GATESCOPE_CUDA_LIBRARY")) return given;
    Dl_info engine{};
    if (dladdr(reinterpret_cast<const void*>(&cudaModule), &engine) == 0) return kLibrary;
    return std::filesystem::path(engine.dli_fname).parent_path() / kLibrary;
}

const CudaModule* load() {
    const auto path = libraryPath();
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored))
        refuse(fmt::format(
            "{} does not exist; this Gatescope was built without CUDA's compiler (nvcc), "
            "install one that has it",
            path.string()));
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr)
        refuse(fmt::format("{} cannot be loaded: {}", path.string(), dlerror()));
    const auto get =
        reinterpret_cast<const CudaModule* (*)()>(dlsym(library, "gatescopeCudaModule"));
    const CudaModule* module = get == nullptr ? nullptr : get();
    if (module == nullptr || module->version != CudaModule::kVersion)
        refuse(fmt::format("{} is not of this version of Gatescope; install both anew",
                           path.string()));
    return module;
}

/// 13000: "13.0"
std::string versionText(int version) {
    return fmt::format("{}.{}", version / 1000, version % 1000 / 10);
}

}  // namespace

const CudaModule& cudaModule() {
    static const CudaModule* const module = load();  // a failure is tried again
    return *module;
}

kernels::cuda::DeviceInfo requireGpu(const CudaModule& module, int device) {
    int driver = 0;
    if (module.driverVersion(&driver) != 0) driver = 0;
    int count = 0;
    const int error = module.countDevices(&count);
    if (driver == 0) refuse("no NVIDIA driver is installed");
    if (error == kernels::cuda::kInsufficientDriverError)
        refuse(fmt::format(
            "the NVIDIA driver supports CUDA {}, expected {} or later; update the driver",
            versionText(driver),
            versionText(module.runtimeVersion)));
    if (error == kernels::cuda::kNoDeviceError || (error == 0 && count == 0))
        refuse("the NVIDIA driver finds no GPU");
    if (error != 0) refuseError(module, error);
    if (device >= count) refuse(fmt::format("GPU {} was asked for, there are {}", device, count));
    kernels::cuda::DeviceInfo info;
    if (const int fault = module.describeDevice(device, &info)) refuseError(module, fault);
    if (info.major < 8)
        refuse(fmt::format("{} has compute capability {}.{}, expected 8.0 or later",
                           info.name,
                           info.major,
                           info.minor));
    return info;
}

}  // namespace gatescope::cuda
