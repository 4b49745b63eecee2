#include "engine/routing/label_stats.h"

#include <algorithm>
#include <limits>

#include "engine/check.h"
#include "engine/routing/information.h"
#include "engine/routing/uniform_routing.h"

namespace gatescope {

LabelStats::LabelStats(int numLayers, int numExperts)
    : numLayers_(numLayers), numExperts_(numExperts) {
    GS_CHECK(numLayers > 0 && numExperts > 0);
}

void LabelStats::clear() {
    tokens_ = 0;
    labels_.clear();
}

std::size_t LabelStats::cell(int layer, int expert) const {
    GS_DCHECK(layer >= 0 && layer < numLayers_ && expert >= 0 && expert < numExperts_);
    return static_cast<std::size_t>(layer) * static_cast<std::size_t>(numExperts_) +
           static_cast<std::size_t>(expert);
}

void LabelStats::accumulate(std::int32_t label, const RoutingRecord& record, int sign) {
    GS_CHECK_EQ(record.numLayers, numLayers_);
    GS_CHECK_EQ(record.numExperts, numExperts_);
    GS_CHECK(record.numSelected > 0);
    if (label == kNoLabel) return;
    GS_CHECK(label >= 0);
    LabelSums& sums = labels_[label];
    if (sums.counts.empty()) {
        sums.counts.assign(cell(numLayers_ - 1, numExperts_ - 1) + 1, 0);
        sums.firsts = sums.counts;
        sums.assignments.assign(static_cast<std::size_t>(numLayers_), 0);
    }
    tokens_ += sign;
    sums.tokens += sign;
    for (int layer = 0; layer < numLayers_; ++layer) {
        const auto selected = record.layerSelected(layer);
        for (const auto expert : selected) sums.counts[cell(layer, expert)] += sign;
        sums.assignments[static_cast<std::size_t>(layer)] +=
            sign * static_cast<std::int64_t>(selected.size());
        sums.firsts[cell(layer, selected[0])] += sign;
    }
    if (sums.tokens == 0) labels_.erase(label);
}

std::vector<std::int32_t> LabelStats::labels() const {
    std::vector<std::int32_t> labels;
    for (const auto& [label, sums] : labels_) labels.push_back(label);
    return labels;
}

std::int64_t LabelStats::tokens(std::int32_t label) const {
    const auto found = labels_.find(label);
    return found == labels_.end() ? 0 : found->second.tokens;
}

Statistic LabelStats::share(std::int32_t label, int layer, int expert) const {
    const auto found = labels_.find(label);
    if (found == labels_.end()) return {.value = {}, .count = 0, .chance = {}, .thin = true};
    const LabelSums& sums = found->second;
    const double rate = static_cast<double>(sums.assignments[static_cast<std::size_t>(layer)]) /
                        static_cast<double>(sums.tokens) / numExperts_;
    return shareStatistic(sums.counts[cell(layer, expert)], sums.tokens, rate);
}

Statistic LabelStats::firstShare(std::int32_t label, int layer, int expert) const {
    const auto found = labels_.find(label);
    if (found == labels_.end()) return {.value = {}, .count = 0, .chance = {}, .thin = true};
    return shareStatistic(
        found->second.firsts[cell(layer, expert)], found->second.tokens, 1.0 / numExperts_);
}

Statistic LabelStats::information(int layer) const {
    std::vector<double> cells;
    eachLabel(layer, [&](std::int32_t, std::int64_t, std::span<const std::int32_t> counts) {
        cells.insert(cells.end(), counts.begin(), counts.end());
    });
    return mutualInformation({cells, static_cast<int>(labels_.size()), numExperts_, tokens_});
}

std::vector<std::int32_t> vocabularyLabels(const TokenIds& ids, VocabularyLabel which) {
    const std::size_t size = ids.input.size();
    GS_CHECK(ids.predictedNext.empty() || ids.predictedNext.size() == size);
    std::vector<std::int32_t> labels(size, kNoLabel);
    switch (which) {
        case VocabularyLabel::Input:
            labels.assign(ids.input.begin(), ids.input.end());
            break;
        case VocabularyLabel::PredictedNext:
            std::ranges::copy(ids.predictedNext, labels.begin());
            break;
        case VocabularyLabel::TrueNext:
            if (size > 0) std::ranges::copy(ids.input.subspan(1), labels.begin());
            break;
    }
    return labels;
}

namespace {

/// A mean over ids, and the mean of what chance would have given them.
class IdMean {
  public:
    void add(double share, double byChance) {
        share_ += share;
        chance_ += byChance;
        ++ids_;
    }
    Statistic statistic() const {
        constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
        Statistic s{.value = {}, .count = ids_, .chance = {}, .thin = ids_ < kThinBelow};
        if (ids_ == 0) return s;
        s.value = share_ / static_cast<double>(ids_);
        s.chance = {chance_ / static_cast<double>(ids_), kUnknown, kUnknown};
        return s;
    }

  private:
    double share_ = 0;
    double chance_ = 0;
    std::int64_t ids_ = 0;
};

}  // namespace

VocabularySpecialisation vocabularySpecialisation(const LabelStats& stats,
                                                  int layer,
                                                  std::int64_t leastTokens) {
    GS_CHECK(leastTokens >= 1);
    std::vector<IdMean> experts(static_cast<std::size_t>(stats.numExperts()));
    IdMean all;
    std::map<std::int64_t, double> chanceOf;  // many ids have the same few counts
    stats.eachLabel(
        layer, [&](std::int32_t, std::int64_t tokens, std::span<const std::int32_t> counts) {
            if (tokens < leastTokens) return;
            const auto favourite = std::ranges::max_element(counts);  // the first of the largest
            const auto [known, isNew] = chanceOf.try_emplace(tokens, 0);
            if (isNew) known->second = chanceFavouriteShare(tokens, stats.numExperts());
            const double share = static_cast<double>(*favourite) / static_cast<double>(tokens);
            experts[static_cast<std::size_t>(favourite - counts.begin())].add(share, known->second);
            all.add(share, known->second);
        });
    VocabularySpecialisation result;
    for (const IdMean& expert : experts) result.experts.push_back(expert.statistic());
    result.layer = all.statistic();
    return result;
}

}  // namespace gatescope
