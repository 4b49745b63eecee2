#include "engine/routing/transition_stats.h"

#include <algorithm>

#include "engine/check.h"
#include "engine/routing/information.h"

namespace gatescope {

TransitionStats::TransitionStats(int from, int to, int numExperts)
    : from_(from), to_(to), numExperts_(numExperts) {
    GS_CHECK(from >= 0 && to >= 0 && numExperts > 0);
    clear();
}

void TransitionStats::clear() {
    const auto experts = static_cast<std::size_t>(numExperts_);
    tokens_ = assignments_ = 0;
    firsts_.assign(experts * experts, 0);
    selected_.assign(experts * experts, 0);
    fromFirsts_.assign(experts, 0);
    fromSelected_.assign(experts, 0);
    masses_.assign(experts * experts, {});
    fromMass_.assign(experts, {});
}

std::size_t TransitionStats::cell(int i, int j) const {
    GS_DCHECK(i >= 0 && i < numExperts_ && j >= 0 && j < numExperts_);
    return static_cast<std::size_t>(i) * static_cast<std::size_t>(numExperts_) +
           static_cast<std::size_t>(j);
}

void TransitionStats::accumulate(const RoutingRecord& record, int sign) {
    GS_CHECK(from_ < record.numLayers && to_ < record.numLayers && record.numSelected > 0);
    GS_CHECK_EQ(record.numExperts, numExperts_);
    tokens_ += sign;
    const auto a = record.layerSelected(from_);
    const auto b = record.layerSelected(to_);
    assignments_ += sign * static_cast<std::int64_t>(b.size());
    firsts_[cell(a[0], b[0])] += sign;
    fromFirsts_[static_cast<std::size_t>(a[0])] += sign;
    for (const auto i : a) {
        fromSelected_[static_cast<std::size_t>(i)] += sign;
        for (const auto j : b) selected_[cell(i, j)] += sign;
    }
    const auto p = record.layerProbs(from_);
    const auto q = record.layerProbs(to_);
    for (std::size_t i = 0; i < p.size(); ++i) {
        fromMass_[i].accumulate(p[i], sign);
        for (std::size_t j = 0; j < q.size(); ++j)
            masses_[i * q.size() + j].accumulate(static_cast<double>(p[i]) * q[j], sign);
    }
}

Statistic TransitionStats::first(int i, int j) const {
    return bands_.share(
        firstCount(i, j), fromFirsts_[static_cast<std::size_t>(i)], 1.0 / numExperts_);
}

Statistic TransitionStats::selected(int i, int j) const {
    const double rate = tokens_ == 0 ? 0
                                     : static_cast<double>(assignments_) /
                                           static_cast<double>(tokens_) / numExperts_;
    return bands_.share(selectedCount(i, j), fromSelected_[static_cast<std::size_t>(i)], rate);
}

Statistic TransitionStats::mass(int i, int j) const {
    const double level = 1.0 / numExperts_;
    Statistic s{.value = {},
                .count = tokens_,
                .chance = ChanceBand{level, level, level},
                .thin = tokens_ < kThinBelow};
    const double row = fromMass_[static_cast<std::size_t>(i)].value();
    if (row > 0) s.value = masses_[cell(i, j)].value() / row;
    return s;
}

Statistic TransitionStats::firstInformation() const {
    const std::vector<double> cells(firsts_.begin(), firsts_.end());
    return mutualInformation({cells, numExperts_, numExperts_, tokens_});
}

Statistic TransitionStats::massInformation() const {
    std::vector<double> cells(masses_.size());
    std::ranges::transform(masses_, cells.begin(), [](const ExactSum& sum) { return sum.value(); });
    return mutualInformation({cells, numExperts_, numExperts_, tokens_});
}

}  // namespace gatescope
