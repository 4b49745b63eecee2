#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/offload/keeping_rule.h"

namespace gatescope {

/// Who may use a place in fast memory.
enum class Pool {
    PerLayer,  ///< experts of one layer; the first layers have one more where it does not come out
    Shared,    ///< experts of any layer: all are of one size
};

/// Which experts lie in fast memory while tokens go through. All experts that a layer selects are
/// asked for at once: those that are there are hits. Then each missing one takes a free place of
/// its pool, or that of the expert there that is worth least, if it is worth more itself. Nothing
/// here allocates once tokens go through. Used by one thread.
class ExpertCache {
  public:
    /// Holds `places` experts at most. Requires a rule, 0 <= places <= all experts.
    ExpertCache(RuleShape shape, Pool pool, int places, std::unique_ptr<KeepingRule> rule);

    /// Fills what is free with experts in this order, as far as they fit (at load, so that it costs
    /// no copy that is counted). An expert is layer * numExperts + expert.
    void fill(std::span<const int> experts);

    struct Use {
        int hits = 0;
        int misses = 0;
        int copies = 0;  ///< of the missing ones, those taken in
    };
    /// What a layer of the present token has selected; as KeepingRule::select wants it.
    Use select(int layer, std::span<const std::int32_t> selected);

    bool holds(int layer, int expert) const {
        return held_[static_cast<std::size_t>(numberOf(layer, expert))] != 0;
    }
    int numHeld() const;
    int places() const { return places_; }

  private:
    struct Residents {
        int places = 0;
        std::vector<int> experts;
    };
    int numberOf(int layer, int expert) const { return layer * shape_.numExperts + expert; }
    Residents& residentsFor(int expert);
    bool takeIn(int expert);

    RuleShape shape_;
    Pool pool_;
    int places_;
    std::unique_ptr<KeepingRule> rule_;
    std::vector<std::uint8_t> held_;    ///< [layers, experts]
    std::vector<Residents> residents_;  ///< one a pool
};

}  // namespace gatescope
