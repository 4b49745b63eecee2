#include "engine/parallel/nccl_library.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdlib>
#include <string>

#include "engine/error.h"

namespace gatescope {
namespace {

constexpr const char* kNcclLibrary = "libnccl.so.2";

[[noreturn]] void refuseNccl(const std::string& why) {
    throw Error(
        ErrorKind::DeviceFault,
        fmt::format("several GPUs cannot work together: {}; install NVIDIA's libnccl2 {}.{} "
                    "or later, name its library in GATESCOPE_NCCL_LIBRARY, or use one GPU",
                    why,
                    kOldestNccl / 10000,
                    kOldestNccl / 100 % 100));
}

template <class Function>
void resolveNccl(void* library,
                 const std::filesystem::path& path,
                 const char* name,
                 Function& function) {
    function = reinterpret_cast<Function>(dlsym(library, name));
    if (function == nullptr) refuseNccl(fmt::format("{} has no {}", path.string(), name));
}

/// 2708: "2.7.8", as it was counted before 2.9; 22809: "2.28.9"
std::string ncclVersionText(int version) {
    const int unit = version < 10000 ? 1000 : 10000;
    return fmt::format("{}.{}.{}", version / unit, version % unit / 100, version % 100);
}

}  // namespace

NcclLibrary loadNccl(const std::filesystem::path& path) {
    void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) {
        const char* why = dlerror();
        refuseNccl(fmt::format("NCCL cannot be loaded ({})", why == nullptr ? "no reason" : why));
    }
    NcclLibrary library;
    NcclFunctions& f = library.functions;
    // The version comes first: what an old one lacks besides does not matter.
    resolveNccl(handle, path, "ncclGetVersion", f.getVersion);
    if (f.getVersion(&library.version) != NcclFunctions::kSuccess)
        refuseNccl(fmt::format("{} does not tell its version", path.string()));
    if (library.version < kOldestNccl)
        refuseNccl(fmt::format("{} is NCCL {}", path.string(), ncclVersionText(library.version)));
    resolveNccl(handle, path, "ncclGetUniqueId", f.getUniqueId);
    resolveNccl(handle, path, "ncclCommInitRankConfig", f.commInitRankConfig);
    resolveNccl(handle, path, "ncclCommFinalize", f.commFinalize);
    resolveNccl(handle, path, "ncclCommDestroy", f.commDestroy);
    resolveNccl(handle, path, "ncclCommAbort", f.commAbort);
    resolveNccl(handle, path, "ncclCommGetAsyncError", f.commGetAsyncError);
    resolveNccl(handle, path, "ncclGetErrorString", f.getErrorString);
    resolveNccl(handle, path, "ncclGetLastError", f.getLastError);
    resolveNccl(handle, path, "ncclGroupStart", f.groupStart);
    resolveNccl(handle, path, "ncclGroupEnd", f.groupEnd);
    resolveNccl(handle, path, "ncclAllReduce", f.allReduce);
    resolveNccl(handle, path, "ncclAllGather", f.allGather);
    resolveNccl(handle, path, "ncclBroadcast", f.broadcast);
    resolveNccl(handle, path, "ncclSend", f.send);
    resolveNccl(handle, path, "ncclRecv", f.recv);
    return library;
}

std::filesystem::path ncclPath() {
    const char* given = std::getenv("GATESCOPE_NCCL_LIBRARY");
    return given != nullptr ? given : kNcclLibrary;
}

}  // namespace gatescope
