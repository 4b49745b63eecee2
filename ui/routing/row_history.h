#pragma once

#include <array>
#include <functional>
#include <span>
#include <vector>

#include "engine/routing/routing_record.h"
#include "ui/routing/heatmap_mode.h"

namespace gatescope {

/// The number beside a row of the heatmap (rowQuantity()) for one token after the other. Measures a
/// token once as long as it is among the last ones, so that a step to the next token costs
/// O(layers * experts). What it gives depends on the records alone, never on how a token was
/// reached. Used by one thread.
class RowHistory {
  public:
    static constexpr int kTokens = 32;  ///< how far a trail goes back
    using RecordOf = std::function<const RoutingRecord*(int token)>;
    struct Shape {
        int numLayers = 0;
        int numExperts = 0;
        friend bool operator==(const Shape&, const Shape&) = default;
    };

    /// [numLayers, tokens]; NaN where a token is not computed, or is of another shape.
    std::vector<float> trail(std::span<const int> tokens,
                             HeatmapMode mode,
                             const Shape& shape,
                             const RecordOf& recordOf);
    /// Records from `token` on were replaced, or came where there were none.
    void replacedFrom(int token);

  private:
    struct Column {
        int token = -1;                       ///< -1: nothing measured
        HeatmapMode kind = HeatmapMode::Now;  ///< one of those whose rows say the same
        Shape shape;
        std::vector<float> values;  ///< [numLayers]
    };
    const Column* columnOf(int token, HeatmapMode kind, const RecordOf& recordOf);

    std::array<Column, kTokens> columns_;  ///< by token
};

}  // namespace gatescope
