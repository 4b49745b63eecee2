#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/offload/heat.h"
#include "engine/offload/routing_replay.h"

namespace gatescope {

/// What a cache of experts keeps: those that are worth most, by a number that this gives each.
/// Experts are counted through all layers: layer * numExperts + expert. Nothing here allocates once
/// it is made. Used by one thread.
class KeepingRule {
  public:
    virtual ~KeepingRule() = default;
    /// `layer` of the present token has selected these, the larger gate first. The layers of a
    /// token come in order, each once; layer 0 begins the next token.
    virtual void select(int layer, std::span<const std::int32_t> selected) = 0;
    /// How much it is worth to hold `expert` behind the layer that came last. Only the order of the
    /// numbers means anything.
    virtual double worth(int expert) const = 0;
};

enum class KeepingKind {
    Lru,         ///< the one used last; the baseline of dvmazur/mixtral-offloading
    Frequency,   ///< the one used most, each use fading with the tokens since
    LeastStale,  ///< see leastStaleRule()
    Fixed,       ///< what a heat says, for good
    Belady,      ///< the one used again soonest: the bound, which needs the future
};

struct RuleShape {
    int numLayers = 0;
    int numExperts = 0;
};

std::unique_ptr<KeepingRule> lruRule(RuleShape shape);
/// A use counts half after `halfLife` tokens; infinity: for ever (LFU). Begins with the counts of
/// `heat` where there is one, made as small as this half-life would have left them. Requires
/// halfLife > 0.
std::unique_ptr<KeepingRule> frequencyRule(RuleShape shape, double halfLife, const Heat* heat);
/// "Least stale" after SpecMD (arXiv 2602.03921), as its summary describes it: what time and place
/// say together. Of a forward pass, an expert is stale that was used in an earlier pass only. Stale
/// experts of layers that this pass has left behind go first, the longest unused before the others;
/// then, of all others, the one whose layer comes up latest, counted round the layers. In a cache
/// with places of its own for each layer that is LRU.
std::unique_ptr<KeepingRule> leastStaleRule(RuleShape shape);
/// As hot as `heat` says.
std::unique_ptr<KeepingRule> fixedRule(const Heat& heat);
/// Of the tokens of `replay`, which must be given to it in order and whole, and outlives it. A use
/// by a token that does not count is no reason to keep an expert, because it is offered again there
/// for nothing. Starting with what is used first (soonestFirst()), no rule without prefetch has
/// more hits of tokens that count. Source: Belady 1966, "A study of replacement algorithms"; with a
/// choice not to take a missing one in, which is interval scheduling: Faigle and Nawijn 1995.
std::unique_ptr<KeepingRule> beladyRule(const RoutingReplay& replay);

/// All experts, the hottest first, the lower number on a tie.
std::vector<int> hottestFirst(const Heat& heat);
/// What the `experts` hottest took of all selections that can be remembered; 0 before any. What
/// fixedRule() of them would have hit. Requires 0 <= experts <= those there are.
double shareOfHottest(const Heat& heat, int experts);
/// All experts, those before others that belady's rule would keep before any token.
std::vector<int> soonestFirst(const RoutingReplay& replay);

}  // namespace gatescope
