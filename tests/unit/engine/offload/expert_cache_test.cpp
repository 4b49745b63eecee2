#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "engine/offload/offload_choice.h"
#include "tests/unit/engine/offload/replay_samples.h"

namespace gatescope::test {
namespace {

constexpr double kNoFading = std::numeric_limits<double>::infinity();

/// Token, layer, selection, of a whole replay.
struct PlainStep {
    int token = 0;
    int layer = 0;
    std::vector<int> experts;  ///< counted through all layers
    bool counted = false;
};

std::vector<PlainStep> stepsOf(const RoutingReplay& replay) {
    std::vector<PlainStep> steps;
    for (int token = 0; token < replay.size(); ++token)
        for (int layer = 0; layer < replay.numLayers(); ++layer) {
            auto& step = steps.emplace_back(PlainStep{token, layer, {}, replay.counted(token)});
            for (const auto e : replay.selected(token, layer))
                step.experts.push_back(layer * replay.numExperts() + e);
        }
    return steps;
}

bool uses(const PlainStep& step, int expert) {
    return std::ranges::find(step.experts, expert) != step.experts.end();
}

/// What each policy says of `expert` behind step `now`, read off the definition by looking through
/// all steps.
double plainWorth(const CachePolicy& policy,
                  const RoutingReplay& replay,
                  const std::vector<PlainStep>& steps,
                  int now,
                  int expert) {
    const int last = static_cast<int>(steps.size());
    const PlainStep& current = steps[static_cast<std::size_t>(now)];
    double worth = policy.kind == KeepingKind::Lru ? -1 : 0;
    if (policy.kind == KeepingKind::Belady) {
        for (int s = now + 1; s < last; ++s)
            if (uses(steps[static_cast<std::size_t>(s)], expert))
                return steps[static_cast<std::size_t>(s)].counted ? -s : -1e18;
        return -1e18;
    }
    int lastToken = -1000000;
    for (int s = 0; s <= now; ++s) {
        const PlainStep& step = steps[static_cast<std::size_t>(s)];
        if (!uses(step, expert)) continue;
        lastToken = step.token;
        if (policy.kind == KeepingKind::Lru) worth = s;
        if (policy.kind == KeepingKind::Frequency)
            worth += std::exp2((step.token - current.token) / policy.halfLife);
    }
    if (policy.kind != KeepingKind::LeastStale) return worth;
    const int layer = expert / replay.numExperts();
    if (uses(current, expert)) return 1e9;
    if (layer <= current.layer && lastToken < current.token) return lastToken - 1e7;
    const int layersUntil =
        (layer - current.layer + replay.numLayers() - 1) % replay.numLayers() + 1;
    return -layersUntil;
}

struct PlainCounts {
    int hits = 0;
    int misses = 0;
    int copies = 0;
    friend bool operator==(const PlainCounts&, const PlainCounts&) = default;
};

int plainPlaces(const RoutingReplay& replay, Pool pool, int places, int layer) {
    if (pool == Pool::Shared) return places;
    return places / replay.numLayers() + (layer < places % replay.numLayers() ? 1 : 0);
}

PlainCounts plainRun(const RoutingReplay& replay, const CachePolicy& policy, int places) {
    const auto steps = stepsOf(replay);
    std::set<int> held;
    if (policy.kind == KeepingKind::Belady) {
        std::vector<std::pair<double, int>> firsts;
        for (int e = 0; e < replay.numLayers() * replay.numExperts(); ++e)
            firsts.emplace_back(-plainWorth(policy, replay, steps, -1, e), e);
        std::ranges::sort(firsts);
        for (const auto& [when, e] : firsts) {
            const int layer = e / replay.numExperts();
            const auto mates = std::ranges::count_if(held, [&](int other) {
                return policy.pool == Pool::Shared || other / replay.numExperts() == layer;
            });
            if (mates < plainPlaces(replay, policy.pool, places, layer)) held.insert(e);
        }
    }
    PlainCounts counts;
    for (int s = 0; s < static_cast<int>(steps.size()); ++s) {
        const PlainStep& step = steps[static_cast<std::size_t>(s)];
        std::vector<int> missing;
        for (const int e : step.experts)
            if (!held.contains(e)) missing.push_back(e);
        const int hits = static_cast<int>(step.experts.size() - missing.size());
        if (step.counted) {
            counts.hits += hits;
            counts.misses += static_cast<int>(missing.size());
        }
        for (const int e : missing) {
            std::vector<int> mates;
            for (const int other : held)
                if (policy.pool == Pool::Shared || other / replay.numExperts() == step.layer)
                    mates.push_back(other);
            bool taken = static_cast<int>(mates.size()) <
                         plainPlaces(replay, policy.pool, places, step.layer);
            if (!taken && !mates.empty()) {
                int least = mates.front();
                for (const int other : mates)
                    if (plainWorth(policy, replay, steps, s, other) <
                        plainWorth(policy, replay, steps, s, least))
                        least = other;
                taken = plainWorth(policy, replay, steps, s, e) >
                        plainWorth(policy, replay, steps, s, least);
                if (taken) held.erase(least);
            }
            if (!taken) continue;
            held.insert(e);
            counts.copies += step.counted ? 1 : 0;
        }
    }
    return counts;
}

std::vector<CachePolicy> everyPolicy() {
    std::vector<CachePolicy> policies;
    for (const char* name : {"lru", "lfu", "decay:1", "decay:4", "least-stale", "belady"})
        for (const CachePolicy& policy : policiesNamed(name)) policies.push_back(policy);
    return policies;
}

OffloadQuestion questionOf(int places, const Heat* heat = nullptr) {
    return {.places = places,
            .heat = heat,
            .guesses = 0,
            .machine = {},
            .sizes = {.expertBytes = 1000, .layerBytes = 100, .tokenBytes = 10}};
}

PolicyOutcome run(const RoutingReplay& replay,
                  const CachePolicy& policy,
                  int places,
                  const Heat* heat = nullptr) {
    return *simulate(replay, policy, questionOf(places, heat));
}

TEST(ExpertCache, EachPolicyDoesWhatItsDefinitionSays) {
    std::mt19937 random(7);
    int compared = 0;
    for (const ReplayShape shape :
         {ReplayShape{1, 4, 1}, ReplayShape{3, 5, 2}, ReplayShape{2, 8, 3}}) {
        RoutingReplay replay(shape.layers, shape.experts);
        std::vector<double> weights;
        for (int e = 0; e < shape.experts; ++e) weights.push_back(1.0 / (e + 1));
        appendDrawn(replay, random, 60, shape.selected, weights, 0.7);
        const int experts = shape.layers * shape.experts;
        for (const int places : {0, 1, 2, experts / 2, experts - 1, experts})
            for (const CachePolicy& policy : everyPolicy()) {
                const PolicyOutcome outcome = run(replay, policy, places);
                const PlainCounts found{static_cast<int>(outcome.hits()),
                                        static_cast<int>(outcome.misses()),
                                        static_cast<int>(outcome.copies)};
                const PlainCounts expected = plainRun(replay, policy, places);
                EXPECT_EQ(found.hits, expected.hits)
                    << nameOf(policy) << ' ' << nameOf(policy.pool) << ' ' << places;
                EXPECT_EQ(found.copies, expected.copies)
                    << nameOf(policy) << ' ' << nameOf(policy.pool) << ' ' << places;
                EXPECT_EQ(found.misses, expected.misses);
                ++compared;
            }
    }
    EXPECT_EQ(compared, 3 * 6 * 11);
}

/// The most hits of tokens that count that any cache can have: over all that it could hold.
int bestPossible(const RoutingReplay& replay, int places) {
    const auto steps = stepsOf(replay);
    const int experts = replay.numLayers() * replay.numExperts();
    const auto size = [](unsigned set) { return __builtin_popcount(set); };
    std::vector<int> best(1U << experts, -1);
    for (unsigned set = 0; set < best.size(); ++set)
        if (size(set) <= places) best[set] = 0;
    for (const PlainStep& step : steps) {
        unsigned selected = 0;
        for (const int e : step.experts) selected |= 1U << e;
        std::vector<int> next(best.size(), -1);
        for (unsigned set = 0; set < best.size(); ++set) {
            if (best[set] < 0) continue;
            const int hits = best[set] + (step.counted ? size(set & selected) : 0);
            const unsigned from = set | selected;
            for (unsigned to = from;; to = (to - 1) & from) {
                if (size(to) <= places) next[to] = std::max(next[to], hits);
                if (to == 0) break;
            }
        }
        best = std::move(next);
    }
    return *std::ranges::max_element(best);
}

TEST(ExpertCache, BeladyIsTheBestThatAnyCacheCanDo) {
    std::mt19937 random(11);
    int strict = 0;
    for (int trial = 0; trial < 12; ++trial) {
        const RoutingReplay replay =
            uniformReplay(random, {.layers = 2, .experts = 4, .selected = 2}, 14, 0.6);
        for (const int places : {1, 3, 5}) {
            const auto found = run(replay, {KeepingKind::Belady, Pool::Shared, 0}, places).hits();
            EXPECT_EQ(found, bestPossible(replay, places)) << trial << ' ' << places;
            strict += found > run(replay, {KeepingKind::Lru, Pool::Shared, 0}, places).hits();
        }
    }
    EXPECT_GT(strict, 20) << "LRU did as well: nothing was told apart";
}

TEST(ExpertCache, NoPolicyHitsMoreThanBelady) {
    std::mt19937 random(3);
    for (int trial = 0; trial < 6; ++trial) {
        const RoutingReplay replay =
            uniformReplay(random, {.layers = 3, .experts = 6, .selected = 2}, 200, 0.5);
        Heat heat(heatOrigin(3, 6));
        heat.learn(replay);  // what is to come itself: a start that nobody has
        for (const int places : {2, 6, 9, 14})
            for (const Pool pool : {Pool::PerLayer, Pool::Shared}) {
                const auto bound = run(replay, {KeepingKind::Belady, pool, 0}, places).hits();
                for (const CachePolicy& policy : everyPolicy()) {
                    if (policy.pool != pool) continue;
                    EXPECT_LE(run(replay, policy, places).hits(), bound) << nameOf(policy);
                    EXPECT_LE(run(replay, policy, places, &heat).hits(), bound) << nameOf(policy);
                }
                EXPECT_LE(run(replay, {KeepingKind::Fixed, pool, 0}, places, &heat).hits(), bound);
            }
    }
}

TEST(ExpertCache, WithoutLocalityTheHitRateIsTheShareThatIsHeld) {
    std::mt19937 random(5);
    const RoutingReplay replay =
        uniformReplay(random, {.layers = 4, .experts = 8, .selected = 2}, 4000);
    Heat heat(heatOrigin(4, 8));
    for (const int places : {8, 16, 24}) {
        const double share = places / 32.0;
        const double selections = 4000 * 4 * 2;
        // Given what is held, hits of a step are hypergeometric: less spread than independent ones.
        const double bound = 4.5 * std::sqrt(share * (1 - share) / selections);
        for (const char* name : {"lru", "lfu", "decay:16", "static"}) {
            const auto outcome = run(replay, policiesNamed(name).front(), places, &heat);
            EXPECT_NEAR(outcome.hitRate().value, share, bound) << name << ' ' << places;
        }
    }
}

TEST(ExpertCache, SkewedRoutingIsKeptBetterByFrequencyThanByRecency) {
    std::mt19937 random(9);
    RoutingReplay replay(4, 8);
    appendDrawn(replay, random, 2000, 2, {8, 6, 4, 3, 2, 1, 0.5, 0.25});
    for (const int places : {8, 16}) {
        const auto lru = run(replay, {KeepingKind::Lru, Pool::PerLayer, 0}, places);
        for (const double halfLife : {64.0, kNoFading}) {
            const auto frequency =
                run(replay, {KeepingKind::Frequency, Pool::PerLayer, halfLife}, places);
            const auto difference = differenceOf(frequency, lru, MissPath::OnCpu, 0.999);
            EXPECT_GT(difference.hitRate.low, 0.01) << places << ' ' << halfLife;
        }
    }
}

TEST(ExpertCache, WhereTheTextChangesCountsThatFadeAreBetter) {
    std::mt19937 random(13);
    RoutingReplay replay(2, 8);
    for (int phase = 0; phase < 10; ++phase) {
        std::vector<double> weights(8, 0.2);
        weights[static_cast<std::size_t>(phase % 8)] = 8;
        weights[static_cast<std::size_t>((phase + 3) % 8)] = 6;
        replay.beginConversation();
        appendDrawn(replay, random, 200, 2, weights);
    }
    const auto fading = run(replay, {KeepingKind::Frequency, Pool::PerLayer, 16}, 4);
    const auto forEver = run(replay, {KeepingKind::Frequency, Pool::PerLayer, kNoFading}, 4);
    EXPECT_GT(differenceOf(fading, forEver, MissPath::OnCpu, 0.999).hitRate.low, 0.1);
}

TEST(ExpertCache, EverySelectionIsAHitOrAMiss) {
    std::mt19937 random(17);
    const RoutingReplay replay =
        uniformReplay(random, {.layers = 3, .experts = 7, .selected = 3}, 150, 0.8);
    for (const CachePolicy& policy : everyPolicy()) {
        const auto outcome = run(replay, policy, 9);
        EXPECT_EQ(outcome.selections(), std::int64_t{replay.numCounted()} * 3 * 3);
        EXPECT_EQ(outcome.hits() + outcome.misses(), outcome.selections());
        std::int64_t hits = 0;
        std::int64_t tokens = 0;
        for (const OffloadBlock& block : outcome.blocks) {
            hits += block.hits;
            tokens += block.tokens;
            EXPECT_GT(block.tokens, 0);
            EXPECT_LE(block.tokens, kTokensPerBlock);
        }
        EXPECT_EQ(hits, outcome.hits());
        EXPECT_EQ(tokens, replay.numCounted());
        EXPECT_LE(outcome.copies, outcome.misses());
    }
}

TEST(ExpertCache, NeverHoldsMoreThanItsPlaces) {
    std::mt19937 random(19);
    const RoutingReplay replay =
        uniformReplay(random, {.layers = 3, .experts = 5, .selected = 2}, 80);
    for (const Pool pool : {Pool::PerLayer, Pool::Shared}) {
        ExpertCache cache({3, 5}, pool, 7, lruRule({3, 5}));
        for (int token = 0; token < replay.size(); ++token)
            for (int layer = 0; layer < 3; ++layer) {
                cache.select(layer, replay.selected(token, layer));
                EXPECT_LE(cache.numHeld(), 7);
                if (pool == Pool::PerLayer) {
                    for (int l = 0; l < 3; ++l) {
                        int held = 0;
                        for (int e = 0; e < 5; ++e) held += cache.holds(l, e) ? 1 : 0;
                        EXPECT_LE(held, l == 0 ? 3 : 2);
                    }
                }
            }
        EXPECT_EQ(cache.numHeld(), 7);
    }
}

TEST(ExpertCache, SharedRecencyForgetsALayerBeforeItComesAgain) {
    // Four layers in turn, one expert each, three places: what LRU drops is what comes next.
    RoutingReplay replay(4, 2);
    for (int token = 0; token < 50; ++token) appendToken(replay, {{0}, {0}, {0}, {0}});
    EXPECT_EQ(run(replay, {KeepingKind::Lru, Pool::Shared, 0}, 3).hits(), 0);
    EXPECT_GT(run(replay, {KeepingKind::LeastStale, Pool::Shared, 0}, 3).hits(), 90);
    EXPECT_EQ(run(replay, {KeepingKind::Belady, Pool::Shared, 0}, 3).hits(), 150);
}

}  // namespace
}  // namespace gatescope::test
