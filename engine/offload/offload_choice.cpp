#include "engine/offload/offload_choice.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "engine/check.h"

namespace gatescope {
namespace {

bool canRun(const PolicyOutcome& outcome) {
    return outcome.policy.kind != KeepingKind::Belady;
}

bool isLru(const PolicyOutcome& outcome) {
    return outcome.policy.kind == KeepingKind::Lru;
}

/// The first of those with the least cost that `takes` says yes to.
template <class Takes, class Cost>
std::optional<std::size_t> cheapest(std::span<const PolicyOutcome> outcomes,
                                    const Takes& takes,
                                    const Cost& cost) {
    std::optional<std::size_t> best;
    for (std::size_t i = 0; i < outcomes.size(); ++i)
        if (takes(outcomes[i]) && (!best || cost(outcomes[i]) < cost(outcomes[*best]))) best = i;
    return best;
}

template <class Takes>
std::optional<std::size_t> fastest(std::span<const PolicyOutcome> outcomes,
                                   MissPath path,
                                   const Takes& takes) {
    return cheapest(
        outcomes, takes, [path](const PolicyOutcome& o) { return o.secondsPerToken(path); });
}

void compareHits(std::span<const PolicyOutcome> outcomes,
                 double confidence,
                 OffloadChoice& choice) {
    const auto misses = [](const PolicyOutcome& o) { return o.misses(); };
    choice.mostHits = *cheapest(outcomes, canRun, misses);
    choice.mostLruHits = *cheapest(outcomes, isLru, misses);
    choice.hitsGained =
        differenceOf(
            outcomes[choice.mostHits], outcomes[choice.mostLruHits], choice.path, confidence)
            .hitRate;
}

}  // namespace

PolicyDifference differenceOf(const PolicyOutcome& a,
                              const PolicyOutcome& b,
                              MissPath path,
                              double confidence) {
    GS_CHECK_EQ(a.blocks.size(), b.blocks.size());
    const auto at = static_cast<std::size_t>(path);
    std::vector<Block> hits;
    std::vector<Block> seconds;
    for (std::size_t i = 0; i < a.blocks.size(); ++i) {
        const OffloadBlock& x = a.blocks[i];
        const OffloadBlock& y = b.blocks[i];
        GS_CHECK_EQ(x.selections, y.selections);
        hits.push_back({static_cast<double>(x.hits - y.hits), static_cast<double>(x.selections)});
        seconds.push_back({x.seconds[at] - y.seconds[at], static_cast<double>(x.tokens)});
    }
    return {ratioOf(hits, confidence), ratioOf(seconds, confidence)};
}

OffloadChoice chooseOffload(std::span<const PolicyOutcome> outcomes) {
    OffloadChoice choice;
    const auto onCpu = fastest(outcomes, MissPath::OnCpu, canRun);
    const auto fromHost = fastest(outcomes, MissPath::FromHost, canRun);
    GS_CHECK(onCpu && fromHost);
    const bool copied = outcomes[*fromHost].secondsPerToken(MissPath::FromHost) <
                        outcomes[*onCpu].secondsPerToken(MissPath::OnCpu);
    choice.path = copied ? MissPath::FromHost : MissPath::OnCpu;
    const std::size_t best = copied ? *fromHost : *onCpu;
    const auto baseline = fastest(outcomes, choice.path, isLru);
    GS_CHECK(baseline.has_value());
    choice.baseline = *baseline;
    choice.chosen = *baseline;
    for (const PolicyOutcome& outcome : outcomes)
        choice.compared += canRun(outcome) && !isLru(outcome) ? 1 : 0;
    const double confidence =
        1 - (1 - kConfidence) / static_cast<double>(std::max<std::size_t>(1, choice.compared));
    compareHits(outcomes, confidence, choice);
    choice.difference = differenceOf(outcomes[best], outcomes[*baseline], choice.path, confidence);
    choice.stands = !isLru(outcomes[best]) && choice.difference.seconds.high < 0;
    if (choice.stands) choice.chosen = best;
    return choice;
}

std::string_view describe(MissPath path) {
    switch (path) {
        case MissPath::OnCpu:
            return "computed on the CPU";
        case MissPath::FromHost:
            return "copied from host memory";
        case MissPath::FromDisk:
            return "copied from disk";
    }
    return "";
}

}  // namespace gatescope
