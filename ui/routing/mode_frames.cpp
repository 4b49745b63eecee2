#include "ui/routing/mode_frames.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/check.h"
#include "engine/routing/distributions.h"
#include "engine/routing/statistic.h"

namespace gatescope {
namespace {

ChanceBand levelAlone(double level) {
    constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
    return {level, kUnknown, kUnknown};
}

/// Where two-sided chance of kConfidence ends, in standard deviations.
double bandHalfWidth() {
    return normalQuantile((1 + kConfidence) / 2);
}

/// k/E of a layer, or its mean where tokens differ in k.
double chanceShare(const RoutingStats& stats, int layer) {
    return static_cast<double>(stats.assignments(layer)) / stats.tokens() / stats.numExperts();
}

/// Whether all layers have the same chances.
bool selectAlike(const RoutingStats& stats) {
    for (int layer = 1; layer < stats.numLayers(); ++layer)
        if (stats.assignments(layer) != stats.assignments(0)) return false;
    return true;
}

bool isSelected(std::span<const std::int32_t> selected, int expert) {
    return std::ranges::find(selected, expert) != selected.end();
}

void fillMargins(std::span<float> values,
                 std::span<const float> probs,
                 std::span<const std::int32_t> selected) {
    float bestOutside = 0;  // with k = E nobody can miss selection
    float worstInside = 1;
    for (std::size_t e = 0; e < probs.size(); ++e) {
        if (isSelected(selected, static_cast<int>(e)))
            worstInside = std::min(worstInside, probs[e]);
        else
            bestOutside = std::max(bestOutside, probs[e]);
    }
    for (std::size_t e = 0; e < probs.size(); ++e) {
        const bool inside = isSelected(selected, static_cast<int>(e));
        values[e] = probs[e] - (inside ? bestOutside : worstInside);
    }
}

void setRowScale(HeatmapFrame& frame, double chanceMass) {
    if (frame.mode == HeatmapMode::Margin) {
        frame.rowChance = 0;
    } else if (frame.mode == HeatmapMode::Mass) {
        frame.rowChance = static_cast<float>(chanceMass);
    } else {
        frame.rowLimit = std::max(std::log2(static_cast<float>(frame.numExperts)), 1e-6F);
        frame.rowChance = frame.rowLimit;
    }
}

HeatmapFrame emptyRange(HeatmapMode mode, const RoutingStats& stats) {
    GS_CHECK(stats.tokens() > 0);
    HeatmapFrame frame = emptyFrame(mode, stats.numLayers(), stats.numExperts());
    frame.tokens = stats.tokens();
    frame.thin = stats.tokens() < kThinBelow;
    for (int layer = 0; layer < stats.numLayers(); ++layer)
        frame.rowValues.push_back(static_cast<float>(stats.mean(layer).entropyBits));
    setRowScale(frame, 0);
    return frame;
}

template <class Value>
void fillCells(HeatmapFrame& frame, const Value& valueOf) {
    for (int layer = 0; layer < frame.numLayers; ++layer)
        for (int expert = 0; expert < frame.numExperts; ++expert)
            frame.values[frame.index({{layer}, {expert}})] =
                static_cast<float>(valueOf(layer, expert));
}

}  // namespace

double rowValue(HeatmapMode mode, const RouterMeasures& measures) {
    if (mode == HeatmapMode::Margin) return measures.decisiveMargin;
    return mode == HeatmapMode::Mass ? measures.routedMass : measures.entropyBits;
}

HeatmapFrame tokenFrame(HeatmapMode mode,
                        const RoutingRecord& record,
                        std::span<const RoutingRecordPtr> before) {
    GS_CHECK(isOfToken(mode));
    HeatmapFrame frame = tokenFrame(record, before);
    frame.mode = mode;
    const auto width = static_cast<std::size_t>(record.numExperts);
    for (int layer = 0; layer < record.numLayers; ++layer) {
        const auto probs = record.layerProbs(layer);
        const auto selected = record.layerSelected(layer);
        const auto row = std::span(frame.values).subspan(frame.index({{layer}, {0}}), width);
        if (mode == HeatmapMode::Margin) fillMargins(row, probs, selected);
        if (mode == HeatmapMode::Mass) {
            for (int e = 0; e < record.numExperts; ++e)
                if (!isSelected(selected, e)) row[static_cast<std::size_t>(e)] = 0;
        }
        frame.rowValues.push_back(
            static_cast<float>(rowValue(mode, measureRouter(probs, selected))));
    }
    double selectedByAll = 0;
    for (int layer = 0; layer < record.numLayers; ++layer)
        selectedByAll += record.numSelectedIn(layer);
    setRowScale(frame, selectedByAll / record.numLayers / record.numExperts);
    frame.chance = levelAlone(mode == HeatmapMode::Margin ? 0 : 1.0 / record.numExperts);
    return frame;
}

HeatmapFrame recentFrame(const RoutingRecord& record,
                         std::span<const RoutingRecordPtr> before,
                         std::vector<float> mean) {
    HeatmapFrame frame = tokenFrame(HeatmapMode::Recent, record, before);
    GS_CHECK_EQ(mean.size(), frame.values.size());
    frame.values = std::move(mean);
    return frame;
}

HeatmapFrame rangeFrame(HeatmapMode mode, const RoutingStats& stats) {
    HeatmapFrame frame = emptyRange(mode, stats);
    const double tokens = stats.tokens();
    std::vector<double> rates;
    std::vector<double> deviations;
    for (int layer = 0; layer < stats.numLayers(); ++layer) {
        rates.push_back(chanceShare(stats, layer));
        deviations.push_back(std::sqrt(stats.countVariance(layer)));
    }
    fillCells(frame, [&](int layer, int expert) {
        const double rate = rates[static_cast<std::size_t>(layer)];
        const double deviation = deviations[static_cast<std::size_t>(layer)];
        switch (mode) {
            case HeatmapMode::Mean:
                return stats.importance(layer, expert) / tokens;
            case HeatmapMode::MinusUniform:
                return stats.tokenShare(layer, expert) - rate;
            case HeatmapMode::Z:  // all experts selected by every token: no choice, no deviation
                if (deviation == 0) return 0.0;
                return (static_cast<double>(stats.count(layer, expert)) - tokens * rate) /
                       deviation;
            default:
                GS_CHECK(mode == HeatmapMode::Share);
                return stats.tokenShare(layer, expert);
        }
    });
    // One band is of all layers; where they select differently many, there is only a mean level.
    const double rate = stats.meanSelected() / stats.numExperts();
    const ChanceBand share =
        selectAlike(stats) ? *shareStatistic(0, stats.tokens(), rate).chance : levelAlone(rate);
    if (mode == HeatmapMode::Mean) frame.chance = levelAlone(1.0 / stats.numExperts());
    if (mode == HeatmapMode::Share) frame.chance = share;
    if (mode == HeatmapMode::MinusUniform)
        frame.chance = ChanceBand{0, share.low - rate, share.high - rate};
    if (mode == HeatmapMode::Z) frame.chance = ChanceBand{0, -bandHalfWidth(), bandHalfWidth()};
    return frame;
}

HeatmapFrame baselineFrame(const RoutingStats& stats, const RoutingStats& baseline) {
    GS_CHECK(baseline.tokens() > 0);
    GS_CHECK_EQ(baseline.numLayers(), stats.numLayers());
    GS_CHECK_EQ(baseline.numExperts(), stats.numExperts());
    HeatmapFrame frame = emptyRange(HeatmapMode::MinusBaseline, stats);
    frame.thin = frame.thin || baseline.tokens() < kThinBelow;
    fillCells(frame, [&](int layer, int expert) {
        return stats.tokenShare(layer, expert) - baseline.tokenShare(layer, expert);
    });
    const auto variance = [](const RoutingStats& of) {
        double most = 0;
        for (int layer = 0; layer < of.numLayers(); ++layer)
            most = std::max(most, of.countVariance(layer));
        return most / of.tokens() / of.tokens();
    };
    const double level =  // 0, unless k differs
        (stats.meanSelected() - baseline.meanSelected()) / stats.numExperts();
    const double half = bandHalfWidth() * std::sqrt(variance(stats) + variance(baseline));
    frame.chance = ChanceBand{level, level - half, level + half};
    return frame;
}

}  // namespace gatescope
