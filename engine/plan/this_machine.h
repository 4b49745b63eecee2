#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/plan/rig.h"

namespace gatescope {

struct DescribedMachine {
    Rig rig;
    std::vector<std::string> remarks;  ///< what was measured, what is assumed, a sentence each
};

/// How a disk reads where nobody says.
inline constexpr double kAssumedDiskBytesPerS = 1e9;

/// This machine: its cores and nodes, free memory, what it reads from memory (measured: takes
/// 512 MiB and about a second; `hostReadBytesPerS` says it instead), and the GPUs that NVML tells
/// of. No driver, no GPU: no devices, no error. Throws Error(NoMemory).
DescribedMachine describeThisMachine(std::optional<double> hostReadBytesPerS = {});

/// The same with the library `nvml`; empty: none.
DescribedMachine describeMachine(const std::filesystem::path& nvml,
                                 std::optional<double> hostReadBytesPerS);

}  // namespace gatescope
