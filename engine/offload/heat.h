#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/offload/routing_replay.h"

namespace gatescope {

/// What a heat is of.
struct HeatOrigin {
    std::string fingerprint;  ///< modelFingerprint(), 16 hexadecimal digits
    std::string model;        ///< its name, for people
    int numLayers = 0;
    int numExperts = 0;
    /// A selection counts half after so many tokens: old conversations fade.
    double halfLife = 0;
    friend bool operator==(const HeatOrigin&, const HeatOrigin&) = default;
};

/// As large as a model can be that a heat is kept of: a bound for files.
inline constexpr int kMostHeatLayers = 1024;
inline constexpr int kMostHeatExperts = 4096;
inline constexpr std::int64_t kMostHeatCells = std::int64_t{1} << 18;

/// How often each expert of a model was selected, fading with the tokens since. Used by one thread.
class Heat {
  public:
    /// Nothing learnt yet. Requires sizes of at least 1 within the bounds above and 0 < halfLife
    /// (infinity is none).
    explicit Heat(HeatOrigin origin);
    /// As it was kept. Requires `counts` of [numLayers, numExperts], finite and not negative.
    Heat(HeatOrigin origin, std::int64_t tokens, std::vector<double> counts);

    const HeatOrigin& origin() const { return origin_; }
    std::int64_t tokens() const { return tokens_; }  ///< learnt from
    /// How many tokens the counts are of, after fading.
    double weight() const;
    /// [numLayers, numExperts] selections, each halved for every halfLife of tokens behind it.
    std::span<const double> counts() const { return counts_; }

    /// All tokens of `replay`, in order. Requires its shape.
    void learn(const RoutingReplay& replay);
    /// Adds what was learnt elsewhere, as if its tokens had come behind those of this: one heat of
    /// two recordings is that of the first merged with that of the second. Requires equal origins,
    /// but for the name.
    void merge(const Heat& later);

    /// Of a layer's selections that can be remembered, the expert's share; 0 before any.
    double share(int layer, int expert) const;

    /// What to keep in `bytes` of fast memory, the hottest first, on a tie the lower number;
    /// experts are counted through all layers. Requires expertBytes > 0.
    std::vector<int> hottest(std::uint64_t bytes, std::uint64_t expertBytes) const;

    friend bool operator==(const Heat&, const Heat&) = default;

  private:
    HeatOrigin origin_;
    std::int64_t tokens_ = 0;
    std::vector<double> counts_;
};

}  // namespace gatescope
