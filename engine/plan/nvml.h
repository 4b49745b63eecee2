#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/plan/rig.h"

namespace gatescope {

/// What is asked of NVIDIA's management library: the functions that every driver since 2018 has,
/// as nvml.h declares them (status 0: done; handles are opaque). Null where a library lacks one.
/// A table, so that tests can stand described cards in place of a driver's.
struct NvmlFunctions {
    struct Memory {
        unsigned long long total = 0;
        unsigned long long free = 0;
        unsigned long long used = 0;
    };
    using Device = struct NvmlDeviceHandle*;
    static constexpr int kDone = 0;
    static constexpr int kMemoryClock = 2;      ///< NVML_CLOCK_MEM
    static constexpr int kP2pRead = 0;          ///< NVML_P2P_CAPS_INDEX_READ
    static constexpr int kP2pNvLink = 2;        ///< NVML_P2P_CAPS_INDEX_NVLINK
    static constexpr int kP2pWorks = 0;         ///< NVML_P2P_STATUS_OK
    static constexpr unsigned kMostLinks = 18;  ///< NVML_NVLINK_MAX_LINKS

    int (*init)() = nullptr;
    int (*shutdown)() = nullptr;
    int (*deviceCount)(unsigned*) = nullptr;
    int (*deviceHandle)(unsigned, Device*) = nullptr;
    int (*name)(Device, char*, unsigned) = nullptr;
    int (*memory)(Device, Memory*) = nullptr;
    int (*maxClock)(Device, int, unsigned*) = nullptr;   ///< MHz
    int (*memoryBusWidth)(Device, unsigned*) = nullptr;  ///< bits
    int (*maxPcieGeneration)(Device, unsigned*) = nullptr;
    int (*maxPcieWidth)(Device, unsigned*) = nullptr;      ///< lanes
    int (*nvLinkState)(Device, unsigned, int*) = nullptr;  ///< 1: active
    int (*nvLinkVersion)(Device, unsigned, unsigned*) = nullptr;
    int (*p2pStatus)(Device, Device, int, int*) = nullptr;
};

/// A loaded NVML; closed by the destructor.
class NvmlLibrary {
  public:
    /// Null: there is no such library here, or it is not NVML. That is no error: most machines have
    /// none.
    static std::unique_ptr<NvmlLibrary> load(const std::filesystem::path& path);
    ~NvmlLibrary();
    NvmlLibrary(const NvmlLibrary&) = delete;
    NvmlLibrary& operator=(const NvmlLibrary&) = delete;
    const NvmlFunctions& functions() const { return functions_; }

  private:
    explicit NvmlLibrary(void* handle) : handle_(handle) {}

    void* handle_;
    NvmlFunctions functions_;
};

/// Where it is: what GATESCOPE_NVML_LIBRARY names, else libnvidia-ml.so.1 wherever the system's
/// loader finds it.
std::filesystem::path nvmlPath();

struct DescribedGpus {
    std::vector<RigDevice> devices;
    std::vector<RigLink> links;
    std::vector<std::string> remarks;  ///< what is not known, a sentence each
};

/// The cards that NVML tells of: names, free memory, rates by bus width and clock (what a data
/// sheet says, nothing is measured) and by PCIe generation and lanes, links by peer access. A card
/// that cannot be described is left out with a remark. On the calling thread, some milliseconds a
/// card.
DescribedGpus describeGpus(const NvmlFunctions& nvml);

/// Bytes a second that copies over PCIe reach: 85 % of what the lanes carry.
double pcieBytesPerS(unsigned generation, unsigned lanes);

}  // namespace gatescope
