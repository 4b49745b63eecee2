#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/plan/rig_plan.h"

namespace gatescope {

// The arithmetic behind planRig(). Only engine/plan and its tests include this.

struct LayerBytes {
    std::uint64_t attention = 0;  ///< matrices that ranks share
    std::uint64_t copied = 0;     ///< norms and router: every rank has them
    std::uint64_t expert = 0;     ///< one of them

    friend bool operator==(const LayerBytes&, const LayerBytes&) = default;
};

/// A model as a plan sees it.
struct ModelBytes {
    std::vector<LayerBytes> layers;
    std::uint64_t vocabulary = 0;      ///< embedding, output matrix, final norm
    std::uint64_t vocabularyRead = 0;  ///< of it by a token
    std::uint64_t cache = 0;           ///< KV cache of a layer
    int numExperts = 0;
    int numSelected = 0;

    std::uint64_t total() const;     ///< without the KV cache
    std::uint64_t perToken() const;  ///< of it by a token
};
ModelBytes modelBytesOf(const ModelConfig& config,
                        const std::vector<TensorLayout>& layouts,
                        DType cacheType,
                        int contextTokens);

/// Devices that share every matrix of their layers.
struct PlacedGroup {
    std::vector<int> devices;  ///< indices into Rig::devices
    int firstLayer = 0;
    std::vector<int> experts;  ///< that lie there, of each of its layers
    bool vocabulary = false;
    bool copiesMisses = false;  ///< missing experts are copied here, not computed by the CPU

    int numRanks() const { return static_cast<int>(devices.size()); }
    int numLayers() const { return static_cast<int>(experts.size()); }
};

struct Placement {
    std::vector<PlacedGroup> groups;  ///< those with layers, in the order of the layers
    int hostLayers = 0;               ///< the last ones
    bool hostVocabulary = false;
    int hostExperts = 0;
    std::uint64_t hostBytes = 0;  ///< weights there
    std::uint64_t hostCache = 0;  ///< KV cache there
    int diskExperts = 0;
    std::uint64_t diskBytes = 0;
    double hostBytesPerToken = 0;  ///< expected, of experts that no device has, those on disk too
    TokenTime time;
    TokenTime timeWhenFull;
    std::string structure;  ///< "tensor parallel over 8 devices": how devices work together
    std::string shape;      ///< the same with where the rest lies
};

struct SearchRequest {
    const ModelBytes& model;
    const Rig& rig;
    std::vector<int> ranks;           ///< that groups may have
    bool ranksPinned = false;         ///< the vocabulary lies on devices then
    int numDevices = 0;               ///< at most
    std::uint64_t deviceReserve = 0;  ///< bytes on each
    std::uint64_t hostCapacity = 0;   ///< bytes for weights and KV cache
};

/// The best placement of each shape that fits, fastest first.
std::vector<Placement> searchPlacements(const SearchRequest& request);

/// May these devices be ranks of one group? Eight must reach each other by NVLink.
bool canBeGroup(const Rig& rig, const std::vector<int>& devices);

}  // namespace gatescope
