#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/decoder/decoder.h"
#include "engine/model/model_source.h"

namespace gatescope {

/// Memory that a model's weights and KV cache can be placed in.
struct DeviceInfo {
    std::string name;  ///< "CPU"
    std::uint64_t availableBytes = 0;
};

/// The machine's own memory, as much of it as can be used without swapping.
DeviceInfo hostDevice();
/// The memory of a GPU that the cuda decoder computes on, see DecoderOptions::gpu. Throws
/// Error(DeviceFault) saying why there is none.
DeviceInfo gpuDevice(int number);

/// What lies on one device. All in bytes.
struct DeviceShare {
    std::string device;
    std::uint64_t weightBytes = 0;
    std::uint64_t cacheBytes = 0;    ///< KV cache of contextTokens
    std::uint64_t branchBytes = 0;   ///< at most, for branches put aside (BranchMemory)
    std::uint64_t reserveBytes = 0;  ///< kept free for activations and everything else
    std::uint64_t availableBytes = 0;

    std::uint64_t neededBytes() const {
        return weightBytes + cacheBytes + branchBytes + reserveBytes;
    }
};

/// Where a model will lie, decided before a single weight is read.
struct MemoryPlan {
    bool fits = false;
    std::vector<DeviceShare> devices;  ///< where it computes first; the machine's own memory last
    DType embeddingType = DType::F32;  ///< for ModelSource::keepEmbeddingAs()
    DType cacheType = DType::F32;      ///< of keys and values: DecoderOptions::cacheType
    int contextTokens = 0;             ///< capacity of the KV cache
    std::uint64_t weightBytesPerToken = 0;
    /// Why it is so, a sentence each; where it does not fit, what would.
    std::vector<std::string> reasons;
};

/// Tokens of context that are planned for where a model allows more and nothing else is asked for:
/// Grok-1's own, which takes 4 GiB in f32 already.
constexpr int kDefaultContextTokens = 8192;

struct PlanRequest {
    const ModelConfig& config;
    const std::vector<TensorLayout>& layouts;  ///< ModelSource::layouts()
    std::vector<DType> embeddingTypes;         ///< ModelSource::embeddingTypes()
    DeviceInfo device;
    /// The machine's own memory, where `device` is a GPU: branches are put aside there then.
    std::optional<DeviceInfo> host;
    DType cacheType = DType::F32;               ///< cacheTypeOf()
    int contextTokens = kDefaultContextTokens;  ///< wanted; the model's own limit bounds it
};

/// Takes the first of the embedding's types that leaves room for the longest context. Less than 256
/// tokens (or the model's own limit) is no context. Of the memory that is left then, a quarter may
/// hold branches put aside, four contexts at most. Deterministic; reads nothing.
MemoryPlan planMemory(const PlanRequest& request);

/// `layouts` with the embedding as `plan` keeps it: what memory holds once it is loaded.
std::vector<TensorLayout> layoutsIn(const MemoryPlan& plan, std::vector<TensorLayout> layouts);

/// What the experts of a model are stored as.
DType expertTypeOf(const std::vector<TensorLayout>& layouts);

/// planMemory() for a decoder of these options on this machine; keys and values are of the type
/// that it keeps. Throws Error(DeviceFault) when a GPU is asked for and there is none, with what
/// the CPU costs instead.
MemoryPlan planOnThisMachine(const ModelSource& source,
                             const DecoderOptions& decoder = {},
                             int contextTokens = kDefaultContextTokens);

/// The same, applied: `source` keeps its embedding as planned. Throws Error(NoMemory), too, with
/// what is needed, what there is and what would fit.
MemoryPlan planAndPrepare(ModelSource& source,
                          const DecoderOptions& decoder = {},
                          int contextTokens = kDefaultContextTokens);

}  // namespace gatescope
