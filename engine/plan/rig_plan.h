#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/model/model_source.h"
#include "engine/plan/memory_plan.h"
#include "engine/plan/rig.h"

namespace gatescope {

// Where a model would lie on a rig of many devices, and how fast it would answer there. Arithmetic
// on sizes and rates: nothing is measured, nothing loaded. What loads a model today is
// engine/plan/memory_plan.h, which knows one device. Predictions are of one conversation (batch 1)
// and say what they rest on: docs/scaling.md.

// What the predictions assume of programs, not of machines.
inline constexpr double kDeviceReadShare = 0.85;  ///< of a device's read rate that kernels reach
inline constexpr double kHostReadShare = 0.8;     ///< of the host's; docs/benchmarks.md: 57 to 95 %
inline constexpr double kCoreBytesPerS = 25e9;    ///< that one core streams at most
inline constexpr int kLaunchesPerLayer = 8;
inline constexpr double kLaunchSeconds = 1.3e-6;
inline constexpr double kHostLayerSeconds = 15e-6;  ///< barriers of a layer that the CPU computes
inline constexpr double kHandoverSeconds = 30e-6;   ///< device to CPU and back, once a layer
/// Free on each device beside weights, KV cache and activations: the driver's context, NCCL.
inline constexpr std::uint64_t kDeviceContextBytes = std::uint64_t{512} << 20;

struct RigPlanRequest {
    const ModelConfig& config;
    const std::vector<TensorLayout>& layouts;  ///< ModelSource::layouts()
    std::vector<DType> embeddingTypes;         ///< ModelSource::embeddingTypes(); none: as laid out
    const Rig& rig;
    DType cacheType = DType::BF16;
    int contextTokens = kDefaultContextTokens;  ///< wanted; the model's own limit bounds it
    std::optional<int> ranks;                   ///< of every group of devices: 1, 2, 4 or 8
    std::optional<int> numDevices;              ///< use at most so many
    std::optional<std::uint64_t> hostBytes;     ///< use at most so many of the host's memory
};

/// What one token takes, in seconds, by what it waits for.
struct TokenTime {
    double read = 0;       ///< weights (and keys and values) from the devices' own memory
    double allReduce = 0;  ///< of the ranks of a group
    double launches = 0;   ///< kernels of a device
    double host = 0;       ///< what the CPU computes, beyond what devices do meanwhile
    double copies = 0;     ///< experts to a device, activations from one to the next
    double disk = 0;       ///< experts that no memory holds

    double total() const { return read + allReduce + launches + host + copies + disk; }
};

/// What lies on one device, or in the host's memory. All in bytes, exactly as stored.
struct RigShare {
    std::string name;
    int device = -1;     ///< index into Rig::devices; -1: the host
    int stage = -1;      ///< which layer group it works in; -1: none
    int rank = 0;        ///< of the group's ranks
    int numRanks = 1;    ///< devices that share every matrix of the group
    int firstLayer = 0;  ///< computed here
    int numLayers = 0;
    int numExperts = 0;       ///< that lie here, of all layers; of each a part where numRanks > 1
    bool vocabulary = false;  ///< embedding and output matrix
    std::uint64_t weightBytes = 0;   ///< every byte of the model lies in one share, or on disk
    std::uint64_t copiedBytes = 0;   ///< norms and routers once more: every rank has them
    std::uint64_t cacheBytes = 0;    ///< KV cache
    std::uint64_t reserveBytes = 0;  ///< activations and everything else
    std::uint64_t freeBytes = 0;     ///< there is

    std::uint64_t neededBytes() const {
        return weightBytes + copiedBytes + cacheBytes + reserveBytes;
    }
};

/// What the same model would be as matrices of another type.
struct StoredOtherwise {
    DType type = DType::F32;
    std::uint64_t weightBytes = 0;
    bool fits = false;
    double tokensPerS = 0;  ///< 0: it does not fit
    std::string shape;
};

struct RigPlan {
    bool fits = false;
    std::string shape;  ///< "tensor parallel over 8 devices"
    DType embeddingType = DType::F32;
    DType cacheType = DType::BF16;
    int contextTokens = 0;
    std::uint64_t modelBytes = 0;     ///< all weights
    std::uint64_t bytesPerToken = 0;  ///< of them a token reads
    std::vector<RigShare> shares;     ///< stage by stage, then unused devices, the host last
    int diskExperts = 0;
    std::uint64_t diskBytes = 0;       ///< weights that are read when a token wants them
    TokenTime time;                    ///< of a token at the start of a conversation
    TokenTime timeWhenFull;            ///< with the whole context behind it
    std::vector<std::string> reasons;  ///< why it is so, a sentence each
    std::string runnerUp;  ///< the next best shape and why it lost; empty: there is none
    std::vector<StoredOtherwise> otherTypes;  ///< bf16, 8 bits, 4 bits; without its own

    double tokensPerS() const { return fits ? 1 / time.total() : 0; }
    double tokensPerSWhenFull() const { return fits ? 1 / timeWhenFull.total() : 0; }
};

/// Ranks that a group of devices can have for this model: 1, and those of 2, 4 and 8 that cut its
/// heads, its experts' columns and every block and scale group evenly.
std::vector<int> possibleRanks(const ModelConfig& config, const std::vector<TensorLayout>& layouts);

/// Tries mixes of tensor parallelism, pipeline over layer groups and experts in the host's memory
/// or on disk, and takes the fastest that fits; with less context, halved until it fits, where it
/// must be. The embedding is kept exactly unless that costs a place. The same request gives the
/// same plan, in whatever order the devices stand. Reads nothing, waits for nothing.
/// Throws Error(BadUsage) for ranks that the model or the rig cannot have.
RigPlan planRig(const RigPlanRequest& request);

/// `layouts` with every matrix in `type`; none where its blocks do not divide the rows.
std::optional<std::vector<TensorLayout>> storedAs(DType type, std::vector<TensorLayout> layouts);

}  // namespace gatescope
