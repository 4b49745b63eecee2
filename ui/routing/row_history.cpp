#include "ui/routing/row_history.h"

#include <cmath>
#include <limits>

#include "engine/routing/router_measures.h"
#include "ui/routing/mode_frames.h"

namespace gatescope {
namespace {

/// Of the modes whose rows say the same (rowQuantity()), one.
HeatmapMode kindOf(HeatmapMode mode) {
    return mode == HeatmapMode::Margin || mode == HeatmapMode::Mass ? mode : HeatmapMode::Now;
}

/// RouterMeasures::entropyBits in f32: a jump to another token takes thousands of them, and a line
/// of some pixels shows no more.
float entropyOf(std::span<const float> probs) {
    float bits = 0;
    for (const float p : probs)
        if (p > 0) bits -= p * std::log2(p);
    return bits;
}

float measure(const RoutingRecord& record, int layer, HeatmapMode kind) {
    const auto probs = record.layerProbs(layer);
    if (kind == HeatmapMode::Now) return entropyOf(probs);
    return static_cast<float>(rowValue(kind, measureRouter(probs, record.layerSelected(layer))));
}

}  // namespace

std::vector<float> RowHistory::trail(std::span<const int> tokens,
                                     HeatmapMode mode,
                                     const Shape& shape,
                                     const RecordOf& recordOf) {
    const auto numLayers = static_cast<std::size_t>(shape.numLayers);
    std::vector<float> values(numLayers * tokens.size(), std::numeric_limits<float>::quiet_NaN());
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        const Column* column = columnOf(tokens[i], kindOf(mode), recordOf);
        if (column == nullptr || !(column->shape == shape)) continue;
        for (std::size_t layer = 0; layer < numLayers; ++layer)
            values[layer * tokens.size() + i] = column->values[layer];
    }
    return values;
}

const RowHistory::Column* RowHistory::columnOf(int token,
                                               HeatmapMode kind,
                                               const RecordOf& recordOf) {
    Column& column = columns_[static_cast<std::size_t>(token % kTokens)];
    if (column.token == token && column.kind == kind) return &column;
    const RoutingRecord* record = recordOf(token);
    if (record == nullptr) return nullptr;
    column = {token, kind, {record->numLayers, record->numExperts}, std::move(column.values)};
    column.values.clear();
    for (int layer = 0; layer < record->numLayers; ++layer)
        column.values.push_back(measure(*record, layer, kind));
    return &column;
}

void RowHistory::replacedFrom(int token) {
    for (Column& column : columns_)
        if (column.token >= token) column.token = -1;
}

}  // namespace gatescope
