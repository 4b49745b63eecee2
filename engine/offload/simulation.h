#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "engine/offload/block_estimate.h"
#include "engine/offload/expert_cache.h"
#include "engine/offload/offload_clock.h"

namespace gatescope {

/// A cache as it is tried: what it keeps, and whose places there are.
struct CachePolicy {
    KeepingKind kind = KeepingKind::Lru;
    Pool pool = Pool::PerLayer;
    double halfLife = 0;  ///< tokens, of KeepingKind::Frequency; infinity: LFU
    friend bool operator==(const CachePolicy&, const CachePolicy&) = default;
};
/// "lru", "lfu", "decay:64", "least-stale", "static", "belady"
std::string nameOf(const CachePolicy& policy);
std::string_view nameOf(Pool pool);  ///< "layer", "shared"
/// The kind and half-life of such a name, of every pool that differs (least stale: shared only).
/// Throws Error(BadUsage) naming what there is.
std::vector<CachePolicy> policiesNamed(std::string_view name);

/// Tokens of a stretch that estimates are made over (block_estimate.h).
inline constexpr int kTokensPerBlock = 32;

/// What one policy did with some neighbouring tokens of one conversation that count.
struct OffloadBlock {
    int tokens = 0;
    std::int64_t hits = 0;
    std::int64_t selections = 0;
    std::array<double, kMissPaths.size()> seconds{};  ///< by path
};

/// What one policy did with all tokens that count.
struct PolicyOutcome {
    CachePolicy policy;
    std::int64_t tokens = 0;
    std::vector<std::int64_t> layerHits;  ///< [layers]
    std::vector<std::int64_t> layerSelections;
    std::int64_t copies = 0;        ///< experts taken in
    std::int64_t guesses = 0;       ///< copies started on a guess
    std::int64_t rightGuesses = 0;  ///< of these, those that the next layer selected
    std::vector<OffloadBlock> blocks;

    std::int64_t hits() const;
    std::int64_t selections() const;
    std::int64_t misses() const { return selections() - hits(); }
    BlockEstimate hitRate() const;
    double secondsPerToken(MissPath path) const;
    double tokensPerSecond(MissPath path) const { return 1 / secondsPerToken(path); }
};

struct OffloadQuestion {
    int places = 0;              ///< experts that fast memory holds
    const Heat* heat = nullptr;  ///< what caches begin with, and what "static" keeps; null: nothing
    int guesses = 0;             ///< experts of the next layer to copy early, at most; 0: none
    OffloadMachine machine;
    OffloadSizes sizes;
};

/// Tokens go through the cache one by one, prompts too, as if each were decoded by itself. Without
/// a heat it begins empty, but for belady's. Empty: stopped. Requires a heat for
/// KeepingKind::Fixed, and one of the replay's shape.
std::optional<PolicyOutcome> simulate(const RoutingReplay& replay,
                                      const CachePolicy& policy,
                                      const OffloadQuestion& question,
                                      const std::stop_token& stop = {});

}  // namespace gatescope
