#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "app/cli/offload/replayed.h"
#include "engine/offload/offload_choice.h"

namespace gatescope::cli {

/// The policies that were tried with one size of fast memory.
struct MemoryRun {
    int places = 0;
    std::vector<PolicyOutcome> outcomes;
    OffloadChoice choice;
};

/// What `simulate-offload` found.
struct OffloadReport {
    const Replayed& replayed;
    std::string population;
    std::string sizesOf;  ///< the model whose bytes are counted
    OffloadSizes sizes;
    OffloadMachine machine;
    int guesses = 0;
    std::string heatFile;  ///< empty: none
    std::vector<MemoryRun> runs;
};

void printOffload(const OffloadReport& report);
std::string offloadJson(const OffloadReport& report);
/// A row a number: memory_experts, policy, pool, layer (-1: all), statistic, value, low, high.
std::string offloadCsv(const OffloadReport& report);

/// A sentence: which policy, against what, by how much.
std::string reasonOf(const MemoryRun& run);
/// The same by hits alone.
std::string hitsReasonOf(const MemoryRun& run);

}  // namespace gatescope::cli
