#include "ui/routing/row_history.h"

#include <limits>

#include "ui/routing/mode_frames.h"

namespace gatescope {

std::vector<float> RowHistory::trail(std::span<const int> tokens,
                                     HeatmapMode mode,
                                     const Shape& shape,
                                     const RecordOf& recordOf) {
    const auto numLayers = static_cast<std::size_t>(shape.numLayers);
    std::vector<float> values(numLayers * tokens.size(), std::numeric_limits<float>::quiet_NaN());
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        const Column* column = columnOf(tokens[i], recordOf);
        if (column == nullptr || !(column->shape == shape)) continue;
        for (std::size_t layer = 0; layer < numLayers; ++layer)
            values[layer * tokens.size() + i] =
                static_cast<float>(rowValue(mode, column->layers[layer]));
    }
    return values;
}

const RowHistory::Column* RowHistory::columnOf(int token, const RecordOf& recordOf) {
    Column& column = columns_[static_cast<std::size_t>(token % kTokens)];
    if (column.token == token) return &column;
    const RoutingRecord* record = recordOf(token);
    if (record == nullptr) return nullptr;
    column = {token, {record->numLayers, record->numExperts}, std::move(column.layers)};
    column.layers.clear();
    for (int layer = 0; layer < record->numLayers; ++layer)
        column.layers.push_back(
            measureRouter(record->layerProbs(layer), record->layerSelected(layer)));
    return &column;
}

void RowHistory::replacedFrom(int token) {
    for (Column& column : columns_)
        if (column.token >= token) column.token = -1;
}

}  // namespace gatescope
