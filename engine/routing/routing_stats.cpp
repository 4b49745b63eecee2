#include "engine/routing/routing_stats.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "engine/check.h"

namespace gatescope {
namespace {

constexpr double kFragileMargin = 1e-3;

/// Sorts a copy on the stack for the models there are; larger ones pay for an allocation.
class SortedProbs {
  public:
    explicit SortedProbs(std::span<const float> probs) {
        if (probs.size() > small_.size()) large_.resize(probs.size());
        values_ = large_.empty() ? std::span(small_).first(probs.size()) : std::span(large_);
        std::ranges::copy(probs, values_.begin());
        std::ranges::sort(values_, std::greater<>());
    }
    SortedProbs(const SortedProbs&) = delete;
    SortedProbs& operator=(const SortedProbs&) = delete;
    /// p(rank), counted from 1; 0 behind the last.
    double operator()(std::size_t rank) const {
        return rank <= values_.size() ? values_[rank - 1] : 0.0F;
    }

  private:
    std::array<float, 64> small_;
    std::vector<float> large_;
    std::span<float> values_;
};

double entropyBits(std::span<const double> shares) {
    double bits = 0;
    for (const double f : shares)
        if (f > 0) bits -= f * std::log2(f);
    return bits;
}

}  // namespace

RouterMeasures measureRouter(std::span<const float> probs, std::span<const std::int32_t> selected) {
    GS_CHECK(!probs.empty() && selected.size() <= probs.size());
    const SortedProbs p(probs);
    RouterMeasures m;
    for (const float value : probs)
        if (value > 0) m.entropyBits -= value * std::log2(static_cast<double>(value));
    for (const auto expert : selected) m.routedMass += probs[static_cast<std::size_t>(expert)];
    m.firstProb = p(1);
    m.margin = p(1) - p(2);
    if (!selected.empty()) m.decisiveMargin = p(selected.size()) - p(selected.size() + 1);
    return m;
}

RouterMeasures meanOverLayers(const RoutingRecord& record) {
    RouterMeasures mean;
    for (int layer = 0; layer < record.numLayers; ++layer) {
        const auto m = measureRouter(record.layerProbs(layer), record.layerSelected(layer));
        mean.entropyBits += m.entropyBits / record.numLayers;
        mean.margin += m.margin / record.numLayers;
        mean.decisiveMargin += m.decisiveMargin / record.numLayers;
        mean.routedMass += m.routedMass / record.numLayers;
        mean.firstProb += m.firstProb / record.numLayers;
    }
    return mean;
}

// ---------------------------------------------------------------- RoutingStats

RoutingStats::RoutingStats(int numLayers, int numExperts)
    : numLayers_(numLayers), numExperts_(numExperts) {
    GS_CHECK(numLayers > 0 && numExperts > 0);
    clear();
}

void RoutingStats::clear() {
    const auto cells = static_cast<std::size_t>(numLayers_) * static_cast<std::size_t>(numExperts_);
    tokens_ = 0;
    assignments_ = 0;
    tokensBySelected_.assign(static_cast<std::size_t>(numExperts_) + 1, 0);
    counts_.assign(cells, 0);
    probs_.assign(cells, 0);
    gates_.assign(cells, 0);
    layers_.assign(static_cast<std::size_t>(numLayers_), {});
}

void RoutingStats::add(const RoutingRecord& record) {
    accumulate(record, 1);
}

void RoutingStats::remove(const RoutingRecord& record) {
    GS_CHECK(tokens_ > 0);
    accumulate(record, -1);
    if (tokens_ == 0) clear();
}

void RoutingStats::accumulate(const RoutingRecord& record, int sign) {
    GS_CHECK_EQ(record.numLayers, numLayers_);
    GS_CHECK_EQ(record.numExperts, numExperts_);
    tokens_ += sign;
    assignments_ += sign * record.numSelected;
    tokensBySelected_[static_cast<std::size_t>(record.numSelected)] += sign;
    for (int layer = 0; layer < numLayers_; ++layer) {
        const auto probs = record.layerProbs(layer);
        const auto selected = record.layerSelected(layer);
        const auto gates = record.layerGates(layer);
        const std::size_t row = cell(layer, 0);
        for (std::size_t e = 0; e < probs.size(); ++e)
            probs_[row + e] += sign * static_cast<double>(probs[e]);
        for (std::size_t s = 0; s < selected.size(); ++s) {
            const std::size_t at = cell(layer, selected[s]);
            counts_[at] += sign;
            gates_[at] += sign * static_cast<double>(gates[s]);
        }
        const auto m = measureRouter(probs, selected);
        LayerSums& sums = layers_[static_cast<std::size_t>(layer)];
        sums.entropyBits += sign * m.entropyBits;
        sums.margin += sign * m.margin;
        sums.decisiveMargin += sign * m.decisiveMargin;
        sums.routedMass += sign * m.routedMass;
        sums.firstProb += sign * m.firstProb;
        sums.fragile += m.decisiveMargin < kFragileMargin ? sign : 0;
    }
}

std::size_t RoutingStats::cell(int layer, int expert) const {
    GS_DCHECK(layer >= 0 && layer < numLayers_ && expert >= 0 && expert < numExperts_);
    return static_cast<std::size_t>(layer) * static_cast<std::size_t>(numExperts_) +
           static_cast<std::size_t>(expert);
}

std::int64_t RoutingStats::count(int layer, int expert) const {
    return counts_[cell(layer, expert)];
}

double RoutingStats::loadShare(int layer, int expert) const {
    if (assignments_ == 0) return 0;
    return static_cast<double>(count(layer, expert)) / static_cast<double>(assignments_);
}

double RoutingStats::tokenShare(int layer, int expert) const {
    return tokens_ == 0 ? 0 : static_cast<double>(count(layer, expert)) / tokens_;
}

double RoutingStats::importance(int layer, int expert) const {
    return probs_[cell(layer, expert)];
}

double RoutingStats::appliedImportance(int layer, int expert) const {
    return gates_[cell(layer, expert)];
}

double RoutingStats::effectiveExperts(int layer) const {
    if (assignments_ == 0) return 0;
    std::vector<double> shares;
    for (int e = 0; e < numExperts_; ++e) shares.push_back(loadShare(layer, e));
    return std::exp2(entropyBits(shares));
}

double RoutingStats::participationRatio(int layer) const {
    double squares = 0;
    for (int e = 0; e < numExperts_; ++e) squares += loadShare(layer, e) * loadShare(layer, e);
    return squares == 0 ? 0 : 1 / squares;
}

double RoutingStats::loadVariation(int layer) const {
    if (assignments_ == 0) return 0;
    const double mean = static_cast<double>(assignments_) / numExperts_;
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
    return {.entropyBits = sums.entropyBits / tokens_,
            .margin = sums.margin / tokens_,
            .decisiveMargin = sums.decisiveMargin / tokens_,
            .routedMass = sums.routedMass / tokens_,
            .firstProb = sums.firstProb / tokens_};
}

double RoutingStats::fragileShare(int layer) const {
    if (tokens_ == 0) return 0;
    return static_cast<double>(layers_[static_cast<std::size_t>(layer)].fragile) / tokens_;
}

double RoutingStats::balanceStatistic(int layer) const {
    const bool sameSelected = std::ranges::count(tokensBySelected_, 0) == numExperts_;
    if (tokens_ == 0 || !sameSelected) return 0;
    const double q = static_cast<double>(assignments_) / tokens_ / numExperts_;
    if (q >= 1) return 0;
    double squares = 0;
    for (int e = 0; e < numExperts_; ++e) {
        const double off = static_cast<double>(count(layer, e)) - q * tokens_;
        squares += off * off;
    }
    return (numExperts_ - 1) / (numExperts_ * q * (1 - q) * tokens_) * squares;
}

ChanceBand RoutingStats::chanceBand(BandScope scope, double confidence) const {
    const auto first = std::ranges::find_if(tokensBySelected_, [](auto n) { return n > 0; });
    const int smallest =
        first == tokensBySelected_.end() ? 1 : static_cast<int>(first - tokensBySelected_.begin());
    return gatescope::chanceBand(tokens_, std::max(1, smallest), numExperts_, scope, confidence);
}

// ---------------------------------------------------------------- RangeStats

RangeStats::RangeStats(const RoutingTrace& trace, Population population)
    : trace_(trace), population_(population), stats_(trace.numLayers(), trace.numExperts()) {}

const RoutingStats& RangeStats::over(int first, int end) {
    end = std::clamp(end, 0, trace_.size());
    first = std::clamp(first, 0, end);
    const int moved = std::abs(first - first_) + std::abs(end - end_);
    if (moved > end - first) {  // less to add up anew than to correct
        stats_.clear();
        apply(first, end, &RoutingStats::add);
    } else {
        // Here the two ranges overlap, or moved would be larger than the new one.
        apply(first, first_, &RoutingStats::add);
        apply(end_, end, &RoutingStats::add);
        apply(first_, first, &RoutingStats::remove);
        apply(end, end_, &RoutingStats::remove);
    }
    first_ = first;
    end_ = end;
    return stats_;
}

void RangeStats::apply(int first, int end, void (RoutingStats::*change)(const RoutingRecord&)) {
    for (int token = first; token < end; ++token) {
        const RoutingRecord* record = trace_.record(token);
        const bool counts = population_ == Population::All ||
                            trace_.generated(token) == (population_ == Population::Generated);
        if (record != nullptr && counts) (stats_.*change)(*record);
    }
}

}  // namespace gatescope
