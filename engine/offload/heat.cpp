#include "engine/offload/heat.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

#include "engine/check.h"
#include "engine/offload/keeping_rule.h"

namespace gatescope {
namespace {

std::size_t numCells(const HeatOrigin& origin) {
    GS_CHECK(origin.numLayers >= 1 && origin.numLayers <= kMostHeatLayers);
    GS_CHECK(origin.numExperts >= 1 && origin.numExperts <= kMostHeatExperts);
    GS_CHECK_LE(std::int64_t{origin.numLayers} * origin.numExperts, kMostHeatCells);
    GS_CHECK(origin.halfLife > 0);
    return static_cast<std::size_t>(origin.numLayers) * static_cast<std::size_t>(origin.numExperts);
}

}  // namespace

Heat::Heat(HeatOrigin origin) : origin_(std::move(origin)), counts_(numCells(origin_), 0.0) {}

Heat::Heat(HeatOrigin origin, std::int64_t tokens, std::vector<double> counts)
    : origin_(std::move(origin)), tokens_(tokens), counts_(std::move(counts)) {
    GS_CHECK_EQ(counts_.size(), numCells(origin_));
    GS_CHECK(tokens_ >= 0);
    GS_CHECK(std::ranges::all_of(counts_, [](double c) { return c >= 0 && std::isfinite(c); }));
}

void Heat::learn(const RoutingReplay& replay) {
    GS_CHECK_EQ(replay.numLayers(), origin_.numLayers);
    GS_CHECK_EQ(replay.numExperts(), origin_.numExperts);
    const double fading = std::exp2(-1 / origin_.halfLife);
    for (int token = 0; token < replay.size(); ++token) {
        for (double& count : counts_) count *= fading;
        for (int layer = 0; layer < origin_.numLayers; ++layer) {
            const auto row = std::span(counts_).subspan(
                static_cast<std::size_t>(layer) * static_cast<std::size_t>(origin_.numExperts));
            for (const auto expert : replay.selected(token, layer))
                row[static_cast<std::size_t>(expert)] += 1;
        }
    }
    tokens_ += replay.size();
}

void Heat::merge(const Heat& later) {
    HeatOrigin same = later.origin_;
    same.model = origin_.model;
    GS_CHECK(origin_ == same);
    const double fading = std::exp2(-static_cast<double>(later.tokens_) / origin_.halfLife);
    for (std::size_t cell = 0; cell < counts_.size(); ++cell)
        counts_[cell] = counts_[cell] * fading + later.counts_[cell];
    tokens_ += later.tokens_;
}

double Heat::weight() const {
    const auto tokens = static_cast<double>(tokens_);
    if (!std::isfinite(origin_.halfLife)) return tokens;
    return std::expm1(-tokens / origin_.halfLife * std::numbers::ln2) /
           std::expm1(-std::numbers::ln2 / origin_.halfLife);
}

double Heat::share(int layer, int expert) const {
    const auto row = counts().subspan(
        static_cast<std::size_t>(layer) * static_cast<std::size_t>(origin_.numExperts),
        static_cast<std::size_t>(origin_.numExperts));
    const double sum = std::accumulate(row.begin(), row.end(), 0.0);
    return sum > 0 ? row[static_cast<std::size_t>(expert)] / sum : 0;
}

std::vector<int> Heat::hottest(std::uint64_t bytes, std::uint64_t expertBytes) const {
    GS_CHECK(expertBytes > 0);
    std::vector<int> order = hottestFirst(*this);
    order.resize(std::min<std::uint64_t>(order.size(), bytes / expertBytes));
    return order;
}

}  // namespace gatescope
