#include "engine/plan/loaded_plan.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <utility>

#include "engine/error.h"
#include "engine/plan/rig_plan.h"

namespace gatescope {
namespace {

std::optional<std::uint64_t> residentBytes() {
    std::ifstream in("/proc/self/statm");
    std::uint64_t total = 0;
    std::uint64_t resident = 0;
    if (!(in >> total >> resident)) return std::nullopt;
    return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

std::optional<std::uint64_t> takenOfGpu(const DeviceShare& share, int gpu) {
    try {
        const std::uint64_t freeNow = gpuDevice(gpu).availableBytes;
        return share.availableBytes - std::min(share.availableBytes, freeNow);
    } catch (const Error&) {  // the driver does not say; the rest is still to be told
        return std::nullopt;
    }
}

}  // namespace

double predictedTokensPerS(const LoadedModel& model, const Rig& rig) {
    const auto bytes = static_cast<double>(model.plan.weightBytesPerToken);
    if (model.onGpu) {
        if (std::cmp_greater_equal(model.gpu, rig.devices.size())) return 0;
        const double rate =
            rig.devices[static_cast<std::size_t>(model.gpu)].readBytesPerS * kDeviceReadShare;
        if (!(rate > 0)) return 0;
        return 1 / (bytes / rate + model.numLayers * kLaunchesPerLayer * kLaunchSeconds);
    }
    const double rate =
        std::min(rig.host.readBytesPerS, rig.host.cores * kCoreBytesPerS) * kHostReadShare;
    return rate > 0 ? 1 / (bytes / rate + model.numLayers * kHostLayerSeconds) : 0;
}

std::vector<MemoryUse> memoryUse(const LoadedModel& model) {
    std::vector<MemoryUse> uses;
    for (std::size_t i = 0; i < model.plan.devices.size(); ++i) {
        const DeviceShare& share = model.plan.devices[i];
        const bool isGpu = model.onGpu && i == 0;
        uses.push_back({.device = share.device,
                        .planned = share.neededBytes(),
                        .used = isGpu ? takenOfGpu(share, model.gpu) : residentBytes()});
    }
    return uses;
}

}  // namespace gatescope
