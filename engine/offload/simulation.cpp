#include "engine/offload/simulation.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>

#include "engine/check.h"
#include "engine/error.h"
#include "engine/io/shown_text.h"
#include "engine/offload/next_layer_guess.h"

namespace gatescope {
namespace {

constexpr double kForEver = std::numeric_limits<double>::infinity();

std::unique_ptr<KeepingRule> ruleOf(const CachePolicy& policy,
                                    const RoutingReplay& replay,
                                    const Heat* heat) {
    const RuleShape shape{replay.numLayers(), replay.numExperts()};
    switch (policy.kind) {
        case KeepingKind::Lru:
            return lruRule(shape);
        case KeepingKind::Frequency:
            return frequencyRule(shape, policy.halfLife, heat);
        case KeepingKind::LeastStale:
            return leastStaleRule(shape);
        case KeepingKind::Fixed:
            GS_CHECK(heat != nullptr);
            return fixedRule(*heat);
        case KeepingKind::Belady:
            return beladyRule(replay);
    }
    return nullptr;
}

/// The guesses of one layer for the next, and how right they were.
class EarlyCopies {
  public:
    EarlyCopies(const RoutingReplay& replay, int most)
        : replay_(replay),
          most_(most),
          // Counts of pairs are many: none where nothing is guessed.
          guess_(most > 0 ? replay.numLayers() : 1, replay.numExperts()) {
        queue_.reserve(static_cast<std::size_t>(replay.numExperts()));
        right_.reserve(static_cast<std::size_t>(replay.numExperts()));
    }

    /// Of the guesses for `layer`, places of those that it selected; none of them is held.
    std::span<const int> right(std::span<const std::int32_t> selected) {
        right_.clear();
        for (std::size_t place = 0; place < queue_.size(); ++place)
            if (std::ranges::find(selected, queue_[place]) != selected.end())
                right_.push_back(static_cast<int>(place));
        return right_;
    }
    /// Guesses for the layer behind; those that are held need no copy.
    int next(int token, int layer, const ExpertCache& cache) {
        queue_.clear();
        if (most_ == 0 || layer + 1 == replay_.numLayers()) return 0;
        int looked = 0;
        for (const auto expert : guess_.rank(layer, replay_.selected(token, layer))) {
            if (looked++ == most_) break;
            if (!cache.holds(layer + 1, expert)) queue_.push_back(expert);
        }
        return static_cast<int>(queue_.size());
    }
    void endToken(int token) {
        if (most_ == 0) return;
        for (int layer = 0; layer + 1 < replay_.numLayers(); ++layer)
            guess_.learn(layer, replay_.selected(token, layer), replay_.selected(token, layer + 1));
    }

  private:
    const RoutingReplay& replay_;
    int most_;
    NextLayerGuess guess_;
    std::vector<std::int32_t> queue_;
    std::vector<int> right_;
};

/// Tokens through one cache.
class Simulation {
  public:
    Simulation(const RoutingReplay& replay,
               const CachePolicy& policy,
               const OffloadQuestion& question)
        : replay_(replay),
          cache_({replay.numLayers(), replay.numExperts()},
                 policy.pool,
                 question.places,
                 ruleOf(policy, replay, question.heat)),
          early_(replay, question.guesses) {
        if (policy.kind == KeepingKind::Belady)
            cache_.fill(soonestFirst(replay));
        else if (question.heat != nullptr)
            cache_.fill(hottestFirst(*question.heat));
        for (const MissPath path : kMissPaths)
            clocks_.emplace_back(question.machine, question.sizes, path);
        outcome_.policy = policy;
        outcome_.layerHits.assign(static_cast<std::size_t>(replay.numLayers()), 0);
        outcome_.layerSelections = outcome_.layerHits;
        outcome_.blocks.reserve(static_cast<std::size_t>(replay.numCounted()));
    }

    void token(int token) {
        const bool counted = replay_.counted(token);
        if (!counted || replay_.conversation(token) != conversation_) closeBlock();
        conversation_ = replay_.conversation(token);
        if (counted && !open_) openBlock();
        for (int layer = 0; layer < replay_.numLayers(); ++layer) run(token, layer);
        early_.endToken(token);
        for (OffloadClock& clock : clocks_) clock.endToken();
        if (!counted) return;
        ++outcome_.tokens;
        if (++outcome_.blocks.back().tokens == kTokensPerBlock) closeBlock();
    }

    PolicyOutcome finish() {
        closeBlock();
        return std::move(outcome_);
    }

  private:
    void run(int token, int layer) {
        const auto selected = replay_.selected(token, layer);
        const auto right = early_.right(selected);
        const ExpertCache::Use use = cache_.select(layer, selected);
        const int guesses = early_.next(token, layer, cache_);
        for (OffloadClock& clock : clocks_)
            clock.layer({.hits = use.hits,
                         .misses = use.misses,
                         .copies = use.copies,
                         .guessed = right,
                         .guesses = guesses});
        if (!replay_.counted(token)) return;
        const auto at = static_cast<std::size_t>(layer);
        outcome_.layerHits[at] += use.hits;
        outcome_.layerSelections[at] += use.hits + use.misses;
        outcome_.copies += use.copies;
        outcome_.guesses += guesses;
        outcome_.rightGuesses += static_cast<std::int64_t>(right.size());
        OffloadBlock& block = outcome_.blocks.back();
        block.hits += use.hits;
        block.selections += use.hits + use.misses;
    }

    void openBlock() {
        for (OffloadClock& clock : clocks_) clock.takeSeconds();  // of tokens that do not count
        outcome_.blocks.emplace_back();
        open_ = true;
    }

    void closeBlock() {
        if (!open_) return;
        auto seconds = outcome_.blocks.back().seconds.begin();
        for (OffloadClock& clock : clocks_) *seconds++ = clock.takeSeconds();
        open_ = false;
    }

    const RoutingReplay& replay_;
    ExpertCache cache_;
    EarlyCopies early_;
    std::vector<OffloadClock> clocks_;  ///< in the order of kMissPaths
    PolicyOutcome outcome_;
    int conversation_ = -1;
    bool open_ = false;  ///< the last block goes on
};

}  // namespace

std::string nameOf(const CachePolicy& policy) {
    switch (policy.kind) {
        case KeepingKind::Lru:
            return "lru";
        case KeepingKind::Frequency:
            return policy.halfLife == kForEver ? "lfu" : fmt::format("decay:{}", policy.halfLife);
        case KeepingKind::LeastStale:
            return "least-stale";
        case KeepingKind::Fixed:
            return "static";
        case KeepingKind::Belady:
            return "belady";
    }
    return "";
}

std::string_view nameOf(Pool pool) {
    return pool == Pool::Shared ? "shared" : "layer";
}

std::vector<CachePolicy> policiesNamed(std::string_view name) {
    const auto both = [](KeepingKind kind, double halfLife) {
        return std::vector<CachePolicy>{{kind, Pool::PerLayer, halfLife},
                                        {kind, Pool::Shared, halfLife}};
    };
    if (name == "lru") return both(KeepingKind::Lru, 0);
    if (name == "lfu") return both(KeepingKind::Frequency, kForEver);
    if (name == "static") return both(KeepingKind::Fixed, 0);
    if (name == "belady") return both(KeepingKind::Belady, 0);
    if (name == "least-stale") return {{KeepingKind::LeastStale, Pool::Shared, 0}};
    constexpr std::string_view kDecay = "decay:";
    if (name.starts_with(kDecay)) {
        double halfLife = 0;
        const auto [end, fault] =
            std::from_chars(name.data() + kDecay.size(), name.data() + name.size(), halfLife);
        if (fault == std::errc() && end == name.data() + name.size() && halfLife > 0 &&
            halfLife <= 1e9)
            return both(KeepingKind::Frequency, halfLife);
    }
    throw Error(ErrorKind::BadUsage,
                fmt::format("{} is no policy: expected lru, lfu, decay:N (half-life in tokens, "
                            "above 0 and at most 1e9), least-stale, static or belady",
                            quotedText(name)));
}

std::int64_t PolicyOutcome::hits() const {
    return std::accumulate(layerHits.begin(), layerHits.end(), std::int64_t{0});
}

std::int64_t PolicyOutcome::selections() const {
    return std::accumulate(layerSelections.begin(), layerSelections.end(), std::int64_t{0});
}

BlockEstimate PolicyOutcome::hitRate() const {
    std::vector<Block> sums;
    for (const OffloadBlock& block : blocks)
        sums.push_back({static_cast<double>(block.hits), static_cast<double>(block.selections)});
    return ratioOf(sums);
}

double PolicyOutcome::secondsPerToken(MissPath path) const {
    double seconds = 0;
    for (const OffloadBlock& block : blocks)
        seconds += block.seconds[static_cast<std::size_t>(path)];
    return seconds / static_cast<double>(tokens);
}

std::optional<PolicyOutcome> simulate(const RoutingReplay& replay,
                                      const CachePolicy& policy,
                                      const OffloadQuestion& question,
                                      const std::stop_token& stop) {
    if (question.heat != nullptr) {
        GS_CHECK_EQ(question.heat->origin().numLayers, replay.numLayers());
        GS_CHECK_EQ(question.heat->origin().numExperts, replay.numExperts());
    }
    Simulation simulation(replay, policy, question);
    for (int token = 0; token < replay.size(); ++token) {
        if (stop.stop_requested()) return std::nullopt;
        simulation.token(token);
    }
    return simulation.finish();
}

}  // namespace gatescope
