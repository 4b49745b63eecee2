#include "engine/routing/routing_stats.h"

#include <algorithm>
#include <cmath>

#include "engine/check.h"
#include "engine/routing/information.h"

namespace gatescope {
namespace {

constexpr double kFragileMargin = 1e-3;
constexpr double kMostLogSumExp = 0x1p20;  // whose square ExactSum holds; no router's is near it

/// Variance of one expert's value when a token's values go to random ones of the experts: those
/// listed and 0 for the others.
double shuffledVariance(std::span<const float> values, int numExperts) {
    double sum = 0;
    double squares = 0;
    for (const double value : values) {
        sum += value;
        squares += value * value;
    }
    const double mean = sum / numExperts;
    return std::max(0.0, squares / numExperts - mean * mean);
}

}  // namespace

RoutingStats::RoutingStats(int numLayers, int numExperts)
    : numLayers_(numLayers), numExperts_(numExperts) {
    GS_CHECK(numLayers > 0 && numExperts > 0);
    clear();
}

void RoutingStats::clear() {
    const auto cells = static_cast<std::size_t>(numLayers_) * static_cast<std::size_t>(numExperts_);
    tokens_ = 0;
    tokensBySelected_.assign(cells + static_cast<std::size_t>(numLayers_), 0);
    counts_.assign(cells, 0);
    firsts_.assign(cells, 0);
    probs_.assign(cells, {});
    gates_.assign(cells, {});
    layers_.assign(static_cast<std::size_t>(numLayers_), {});
}

void RoutingStats::add(const RoutingRecord& record) {
    accumulate(record, 1);
}

void RoutingStats::remove(const RoutingRecord& record) {
    GS_CHECK(tokens_ > 0);
    accumulate(record, -1);
}

void RoutingStats::accumulate(const RoutingRecord& record, int sign) {
    GS_CHECK_EQ(record.numLayers, numLayers_);
    GS_CHECK_EQ(record.numExperts, numExperts_);
    tokens_ += sign;
    for (int layer = 0; layer < numLayers_; ++layer) accumulateLayer(record, layer, sign);
}

void RoutingStats::accumulateLayer(const RoutingRecord& record, int layer, int sign) {
    const auto probs = record.layerProbs(layer);
    const auto selected = record.layerSelected(layer);
    const auto gates = record.layerGates(layer);
    const std::size_t row = cell(layer, 0);
    for (std::size_t e = 0; e < probs.size(); ++e) probs_[row + e].accumulate(probs[e], sign);
    for (std::size_t s = 0; s < selected.size(); ++s) {
        const std::size_t at = cell(layer, selected[s]);
        counts_[at] += sign;
        gates_[at].accumulate(gates[s], sign);
    }
    if (!selected.empty()) firsts_[cell(layer, selected[0])] += sign;

    LayerSums& sums = layers_[static_cast<std::size_t>(layer)];
    sums.assignments += sign * static_cast<std::int64_t>(selected.size());
    tokensBySelected_[row + static_cast<std::size_t>(layer) + selected.size()] += sign;
    const auto [m, logits] = readRouter(probs, selected);
    sums.entropyBits.accumulate(m.entropyBits, sign);
    sums.margin.accumulate(m.margin, sign);
    sums.decisiveMargin.accumulate(m.decisiveMargin, sign);
    sums.relativeMargin.accumulate(m.firstProb > 0 ? m.margin / m.firstProb : 0, sign);
    sums.routedMass.accumulate(m.routedMass, sign);
    sums.firstProb.accumulate(m.firstProb, sign);
    sums.fragile += m.decisiveMargin < kFragileMargin ? sign : 0;
    sums.chanceVariance.accumulate(shuffledVariance(probs, numExperts_), sign);
    sums.chanceGateVariance.accumulate(shuffledVariance(gates, numExperts_), sign);
    const double size = record.logSumExps.empty()
                            ? kMostLogSumExp
                            : record.logSumExps[static_cast<std::size_t>(layer)];
    if (std::abs(size) < kMostLogSumExp) {
        sums.squaredLogSumExp.accumulate(size * size, sign);
        sums.logSumExps += sign;
    }
    sums.logitMargins += logits.margin ? sign : 0;
    sums.logitMargin.accumulate(logits.margin.value_or(0), sign);
    sums.decisiveLogitMargins += logits.decisiveMargin ? sign : 0;
    sums.decisiveLogitMargin.accumulate(logits.decisiveMargin.value_or(0), sign);
}

std::size_t RoutingStats::cell(int layer, int expert) const {
    GS_DCHECK(layer >= 0 && layer < numLayers_ && expert >= 0 && expert < numExperts_);
    return static_cast<std::size_t>(layer) * static_cast<std::size_t>(numExperts_) +
           static_cast<std::size_t>(expert);
}

std::int64_t RoutingStats::count(int layer, int expert) const {
    return counts_[cell(layer, expert)];
}

std::int64_t RoutingStats::firstCount(int layer, int expert) const {
    return firsts_[cell(layer, expert)];
}

std::int64_t RoutingStats::assignments(int layer) const {
    return sums(layer).assignments;
}

double RoutingStats::meanSelected() const {
    if (tokens_ == 0) return 0;
    double all = 0;
    for (const LayerSums& layer : layers_) all += static_cast<double>(layer.assignments);
    return all / tokens_ / numLayers_;
}

std::span<const std::int64_t> RoutingStats::bySelected(int layer) const {
    const auto width = static_cast<std::size_t>(numExperts_) + 1;
    return std::span(tokensBySelected_).subspan(static_cast<std::size_t>(layer) * width, width);
}

double RoutingStats::countVariance(int layer) const {
    const auto tokens = bySelected(layer);
    double variance = 0;
    for (std::size_t k = 0; k < tokens.size(); ++k) {
        const double q = static_cast<double>(k) / numExperts_;
        variance += static_cast<double>(tokens[k]) * q * (1 - q);
    }
    return variance;
}

double RoutingStats::chanceNeverSelected(int layer) const {
    const auto tokens = bySelected(layer);
    double never = 1;
    for (std::size_t k = 0; k < tokens.size(); ++k)
        if (tokens[k] > 0)
            never *=
                std::pow(1 - static_cast<double>(k) / numExperts_, static_cast<double>(tokens[k]));
    return never;
}

double RoutingStats::loadShare(int layer, int expert) const {
    if (assignments(layer) == 0) return 0;
    return static_cast<double>(count(layer, expert)) / static_cast<double>(assignments(layer));
}

double RoutingStats::tokenShare(int layer, int expert) const {
    return tokens_ == 0 ? 0 : static_cast<double>(count(layer, expert)) / tokens_;
}

double RoutingStats::importance(int layer, int expert) const {
    return probs_[cell(layer, expert)].value();
}

double RoutingStats::appliedImportance(int layer, int expert) const {
    return gates_[cell(layer, expert)].value();
}

double RoutingStats::effectiveExperts(int layer) const {
    if (assignments(layer) == 0) return 0;
    std::vector<double> shares;
    shares.reserve(static_cast<std::size_t>(numExperts_));
    for (int e = 0; e < numExperts_; ++e) shares.push_back(loadShare(layer, e));
    return std::exp2(entropyBits(shares));
}

double RoutingStats::participationRatio(int layer) const {
    double squares = 0;
    for (int e = 0; e < numExperts_; ++e) squares += loadShare(layer, e) * loadShare(layer, e);
    return squares == 0 ? 0 : 1 / squares;
}

double RoutingStats::loadVariation(int layer) const {
    if (assignments(layer) == 0) return 0;
    const double mean = static_cast<double>(assignments(layer)) / numExperts_;
    double squares = 0;
    for (int e = 0; e < numExperts_; ++e) {
        const double off = static_cast<double>(count(layer, e)) - mean;
        squares += off * off;
    }
    return std::sqrt(squares / numExperts_) / mean;
}

RouterMeasures RoutingStats::mean(int layer) const {
    if (tokens_ == 0) return {};
    const LayerSums& sums = layers_[static_cast<std::size_t>(layer)];
    return {.entropyBits = sums.entropyBits.value() / tokens_,
            .margin = sums.margin.value() / tokens_,
            .decisiveMargin = sums.decisiveMargin.value() / tokens_,
            .routedMass = sums.routedMass.value() / tokens_,
            .firstProb = sums.firstProb.value() / tokens_};
}

double RoutingStats::fragileShare(int layer) const {
    if (tokens_ == 0) return 0;
    return static_cast<double>(layers_[static_cast<std::size_t>(layer)].fragile) / tokens_;
}

double RoutingStats::balanceStatistic(int layer) const {
    const double variance = countVariance(layer);
    if (variance <= 0) return 0;
    const double mean = static_cast<double>(assignments(layer)) / numExperts_;
    double squares = 0;
    for (int e = 0; e < numExperts_; ++e) {
        const double off = static_cast<double>(count(layer, e)) - mean;
        squares += off * off;
    }
    return (numExperts_ - 1) / (numExperts_ * variance) * squares;
}

ChanceBand RoutingStats::chanceBand(int layer, BandScope scope, double confidence) const {
    const auto tokens = bySelected(layer);
    const auto first = std::ranges::find_if(tokens, [](auto n) { return n > 0; });
    const int smallest = first == tokens.end() ? 1 : static_cast<int>(first - tokens.begin());
    return gatescope::chanceBand(tokens_, std::max(1, smallest), numExperts_, scope, confidence);
}

ChanceBand RoutingStats::widestChanceBand(BandScope scope, double confidence) const {
    int widest = 0;  // of the layer that selects the fewest
    for (int layer = 1; layer < numLayers_; ++layer)
        if (assignments(layer) < assignments(widest)) widest = layer;
    return chanceBand(widest, scope, confidence);
}

}  // namespace gatescope
