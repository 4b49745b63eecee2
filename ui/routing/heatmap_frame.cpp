#include "ui/routing/heatmap_frame.h"

#include <QCoreApplication>
#include <QLocale>
#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/check.h"
#include "ui/language/number_text.h"

namespace gatescope {
namespace {

struct HeatmapFrameText {
    Q_DECLARE_TR_FUNCTIONS(HeatmapFrame)
};

void addGlow(HeatmapFrame& frame, const RoutingRecord& record, float strength) {
    for (int layer = 0; layer < record.numLayers; ++layer) {
        for (const std::int32_t expert : record.layerSelected(layer)) {
            float& glow = frame.glow[frame.index({{layer}, {expert}})];
            glow = std::max(glow, strength);
        }
    }
}

QString ordinal(int choice) {
    switch (choice) {
        case 1:
            return HeatmapFrameText::tr("first choice");
        case 2:
            return HeatmapFrameText::tr("second choice");
        default:
            return HeatmapFrameText::tr("choice %1").arg(choice);
    }
}

QString describeTrail(const HeatmapFrame& frame, LayerId layer) {
    float low = std::numeric_limits<float>::infinity();
    float high = -low;
    int count = 0;
    for (const float value : frame.trailOf(layer.value)) {
        if (std::isnan(value)) continue;
        low = std::min(low, value);
        high = std::max(high, value);
        ++count;
    }
    if (count < 2) return {};
    return QStringLiteral(" · ") + HeatmapFrameText::tr("%1 to %2 over the last %3 tokens")
                                       .arg(numberText(static_cast<double>(low), 'f', 2))
                                       .arg(numberText(static_cast<double>(high), 'f', 2))
                                       .arg(count);
}

}  // namespace

HeatmapFrame emptyFrame(HeatmapMode mode, int numLayers, int numExperts) {
    HeatmapFrame frame;
    frame.mode = mode;
    frame.numLayers = numLayers;
    frame.numExperts = numExperts;
    const auto cells = static_cast<std::size_t>(numLayers) * static_cast<std::size_t>(numExperts);
    frame.values.resize(cells);
    frame.choice.resize(cells);
    frame.gates.resize(cells);
    frame.glow.resize(cells);
    frame.ablated.resize(cells);
    frame.forced.resize(cells);
    return frame;
}

HeatmapFrame tokenFrame(const RoutingRecord& record, std::span<const RoutingRecordPtr> before) {
    HeatmapFrame frame = emptyFrame(HeatmapMode::Now, record.numLayers, record.numExperts);
    GS_CHECK_EQ(frame.values.size(), record.probs.size());
    frame.values = record.probs;
    for (int layer = 0; layer < record.numLayers; ++layer) {
        const auto selected = record.layerSelected(layer);
        const auto gates = record.layerGates(layer);
        for (std::size_t k = 0; k < selected.size(); ++k) {
            const std::size_t cell = frame.index({{layer}, {selected[k]}});
            frame.choice[cell] = static_cast<std::uint8_t>(k + 1);
            frame.gates[cell] = gates[k];
        }
    }
    const auto recent = before.last(std::min<std::size_t>(before.size(), kGlowTokens));
    for (std::size_t i = 0; i < recent.size(); ++i) {
        const RoutingRecord* past = recent[i].get();
        if (past == nullptr || past->numLayers != record.numLayers ||
            past->numExperts != record.numExperts) {
            continue;
        }
        const double age = static_cast<double>(recent.size() - 1 - i);
        addGlow(frame, *past, static_cast<float>(std::exp2(-age / kGlowHalfLife)));
    }
    return frame;
}

void markInterventions(HeatmapFrame& frame, const InterventionSet& interventions) {
    for (const ExpertSite site : interventions.ablate) {
        if (frame.contains(site)) frame.ablated[frame.index(site)] = 1;
    }
    for (const ExpertSite site : interventions.force) {
        if (frame.contains(site)) frame.forced[frame.index(site)] = 1;
    }
    frame.topK = interventions.topK;
    for (const LayerTopK& layers : interventions.layerTopK)
        if (layers.last.value < frame.numLayers) frame.layerTopK.push_back(layers);
    frame.changes = cellChanges(interventions, frame.numLayers, frame.numExperts);
}

QString describeCell(const HeatmapFrame& frame, ExpertSite site) {
    const std::size_t cell = frame.index(site);
    const QString dot = QStringLiteral(" · ");
    QString line =
        HeatmapFrameText::tr("layer %1 expert %2").arg(site.layer.value).arg(site.expert.value);
    line += dot + valueText(frame.mode, frame.values[cell]);
    if (!frame.singleToken())
        line += dot + HeatmapFrameText::tr("of %1 tokens").arg(QLocale().toString(frame.tokens));
    if (frame.choice[cell] > 0) {
        line += dot + HeatmapFrameText::tr("gate %1").arg(
                          numberText(static_cast<double>(frame.gates[cell]), 'f', 3));
        line += dot + ordinal(frame.choice[cell]);
    } else if (frame.singleToken()) {
        line += dot + HeatmapFrameText::tr("not selected");
    }
    if (frame.ablated[cell] != 0) line += dot + HeatmapFrameText::tr("ablated");
    if (frame.forced[cell] != 0) line += dot + HeatmapFrameText::tr("forced");
    if (!frame.changes.empty() && frame.changes[cell] != CellChange{})
        line += dot + describe(frame.changes[cell]);
    for (const LayerTopK& layers : frame.layerTopK)
        if (layers.first <= site.layer && site.layer <= layers.last)
            line += dot + HeatmapFrameText::tr("top %1 in this layer").arg(layers.topK);
    return line;
}

QString describeRow(const HeatmapFrame& frame, LayerId layer) {
    if (frame.rowValues.empty()) return {};
    QString line = rowText(frame.mode, frame.rowValues[static_cast<std::size_t>(layer.value)]);
    if (!frame.singleToken()) line = HeatmapFrameText::tr("mean %1").arg(line);
    return line + describeTrail(frame, layer);
}

}  // namespace gatescope
