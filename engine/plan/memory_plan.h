#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/model/model_source.h"

namespace gatescope {

/// Memory that a model's weights and KV cache can be placed in.
struct DeviceInfo {
    std::string name;  ///< "CPU"
    std::uint64_t availableBytes = 0;
};

/// The machine's own memory, as much of it as can be used without swapping.
DeviceInfo hostDevice();

/// What lies on one device. All in bytes.
struct DeviceShare {
    std::string device;
    std::uint64_t weightBytes = 0;
    std::uint64_t cacheBytes = 0;    ///< KV cache of contextTokens
    std::uint64_t reserveBytes = 0;  ///< kept free for activations and everything else
    std::uint64_t availableBytes = 0;

    std::uint64_t neededBytes() const { return weightBytes + cacheBytes + reserveBytes; }
};

/// Where a model will lie, decided before a single weight is read.
struct MemoryPlan {
    bool fits = false;
    std::vector<DeviceShare> devices;
    DType embeddingType = DType::F32;  ///< for ModelSource::keepEmbeddingAs()
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
    int contextTokens = kDefaultContextTokens;  ///< wanted; the model's own limit bounds it
};

/// Takes the first of the embedding's types that leaves room for the longest context. Less than 256
/// tokens (or the model's own limit) is no context. Deterministic; reads nothing.
MemoryPlan planMemory(const PlanRequest& request);

/// planMemory() on this machine, applied: `source` keeps its embedding as planned.
/// Throws Error(NoMemory) with what is needed, what there is and what would fit.
MemoryPlan planAndPrepare(ModelSource& source, int contextTokens = kDefaultContextTokens);

/// Bytes of keys and values of one token in every layer, as the decoders keep them (f32).
std::uint64_t cacheBytesPerToken(const ModelConfig& config);

}  // namespace gatescope
