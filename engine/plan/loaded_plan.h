#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/plan/memory_plan.h"
#include "engine/plan/rig.h"

namespace gatescope {

/// A model as it lies in memory now.
struct LoadedModel {
    MemoryPlan plan;  ///< by which it was loaded
    int numLayers = 0;
    bool onGpu = false;  ///< computed by the GPU that plan.devices begins with
    int gpu = 0;         ///< DecoderOptions::gpu
};

/// Tokens a second of one conversation at its start, by the rates of `rig` and nothing measured of
/// the model: what planRig() would say of this placement. The bytes that a token reads over the
/// share of the read rate that programs reach (rig_plan.h), and what each layer waits for. 0: the
/// rig does not say what its GPU reads.
double predictedTokensPerS(const LoadedModel& model, const Rig& rig);

/// Bytes of memory, as planned and as they are taken now.
struct MemoryUse {
    std::string device;
    std::uint64_t planned = 0;          ///< DeviceShare::neededBytes()
    std::optional<std::uint64_t> used;  ///< none: not to be had
};

/// Of each device of the plan. Of the machine's own memory what this process has in it (its
/// resident set: window, program and mapped files included), of a GPU what is less free than
/// before. May wait for a driver.
std::vector<MemoryUse> memoryUse(const LoadedModel& model);

}  // namespace gatescope
