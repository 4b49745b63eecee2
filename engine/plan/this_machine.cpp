#include "engine/plan/this_machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "engine/decoder/cpu/cpu_topology.h"
#include "engine/decoder/cpu/read_bandwidth.h"
#include "engine/model/weights_assembly.h"
#include "engine/plan/nvml.h"

namespace gatescope {

DescribedMachine describeMachine(const std::filesystem::path& nvml,
                                 std::optional<double> hostReadBytesPerS) {
    DescribedMachine out;
    const cpu::CpuTopology topology = cpu::readTopology();
    out.rig.host = {.freeBytes = availableMemory(),
                    .cores = topology.numCpus(),
                    .nodes = static_cast<int>(topology.nodes.size())};
    const double measured =
        hostReadBytesPerS ? *hostReadBytesPerS : cpu::readBandwidth(out.rig.host.cores);
    out.rig.host.readBytesPerS = std::round(measured);
    out.remarks.push_back(fmt::format("the CPU reads {:.1f} GB/s from memory: {}",
                                      measured / 1e9,
                                      hostReadBytesPerS ? "as given" : "measured now"));
    out.rig.diskBytesPerS = kAssumedDiskBytesPerS;
    out.remarks.push_back(
        fmt::format("the disk is assumed to read {:.0f} GB/s: a rig file says "
                    "better",
                    kAssumedDiskBytesPerS / 1e9));
    if (nvml.empty()) return out;
    const auto library = NvmlLibrary::load(nvml);
    if (!library) return out;
    DescribedGpus gpus = describeGpus(library->functions());
    out.rig.devices = std::move(gpus.devices);
    out.rig.links = std::move(gpus.links);
    std::ranges::move(gpus.remarks, std::back_inserter(out.remarks));
    return out;
}

DescribedMachine describeThisMachine(std::optional<double> hostReadBytesPerS) {
    return describeMachine(nvmlPath(), hostReadBytesPerS);
}

}  // namespace gatescope
