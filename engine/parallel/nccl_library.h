#pragma once

#include <climits>
#include <cstddef>
#include <filesystem>

#include "kernels/cuda/stream.h"

namespace gatescope {

// What is used of NVIDIA's NCCL, as its nccl.h declares it: the header and 200 MB of library are on
// few machines. A test compares the two where the header is.

struct NcclCommHandle;
using NcclComm = NcclCommHandle*;  ///< ncclComm_t

/// ncclUniqueId: what the ranks of a communicator know each other by.
struct NcclUniqueId {
    char internal[128];
};

/// ncclConfig_t of NCCL 2.17, which later ones read as well.
struct NcclConfig {
    std::size_t size = sizeof(NcclConfig);
    unsigned magic = 0xcafebeef;
    unsigned version = 21700;
    int blocking = INT_MIN;  ///< INT_MIN here and below: NCCL's own choice
    int cgaClusterSize = INT_MIN;
    int minCTAs = INT_MIN;
    int maxCTAs = INT_MIN;
    const char* netName = nullptr;
};

/// A table, so that tests can stand a double in place of NCCL. What each returns is an
/// ncclResult_t; those that callers tell apart have names here. Null: not there.
struct NcclFunctions {
    static constexpr int kSuccess = 0;
    static constexpr int kInProgress = 7;
    static constexpr int kFloat32 = 7;
    static constexpr int kSum = 0;
    using Stream = kernels::cuda::Stream;

    int (*getVersion)(int*) = nullptr;
    int (*getUniqueId)(NcclUniqueId*) = nullptr;
    int (*commInitRankConfig)(NcclComm*, int, NcclUniqueId, int, NcclConfig*) = nullptr;
    int (*commFinalize)(NcclComm) = nullptr;
    int (*commDestroy)(NcclComm) = nullptr;
    int (*commAbort)(NcclComm) = nullptr;
    int (*commGetAsyncError)(NcclComm, int*) = nullptr;
    const char* (*getErrorString)(int) = nullptr;
    const char* (*getLastError)(NcclComm) = nullptr;
    int (*groupStart)() = nullptr;
    int (*groupEnd)() = nullptr;
    int (*allReduce)(const void*, void*, std::size_t, int, int, NcclComm, Stream) = nullptr;
    int (*allGather)(const void*, void*, std::size_t, int, NcclComm, Stream) = nullptr;
    int (*broadcast)(const void*, void*, std::size_t, int, int, NcclComm, Stream) = nullptr;
    int (*send)(const void*, std::size_t, int, int, NcclComm, Stream) = nullptr;
    int (*recv)(void*, std::size_t, int, int, NcclComm, Stream) = nullptr;
};

/// NCCL 2.18 counts as 21800. The oldest that is used: the first made for CUDA 12 and Hopper's
/// NVLink switches.
inline constexpr int kOldestNccl = 21800;

struct NcclLibrary {
    NcclFunctions functions;
    int version = 0;  ///< 22809: 2.28.9
};

/// Loads NCCL, for good: its threads may outlive every communicator. Needs no driver and no GPU.
/// Throws Error(DeviceFault) saying that it is not there, not NCCL, or older than kOldestNccl.
NcclLibrary loadNccl(const std::filesystem::path& path);

/// Where it is: what GATESCOPE_NCCL_LIBRARY names, else libnccl.so.2 wherever the system's loader
/// finds it.
std::filesystem::path ncclPath();

}  // namespace gatescope
