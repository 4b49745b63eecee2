#pragma once

#include <QString>
#include <optional>

#include "engine/routing/routing_stats.h"
#include "ui/engine_bridge.h"
#include "ui/routing/branch_routing.h"
#include "ui/routing/fading_mean.h"
#include "ui/routing/heatmap_frame.h"
#include "ui/routing/row_history.h"

namespace gatescope {

/// The frames of the heatmap for the branch shown: of any token, in the modes of a token, and of
/// what BranchRouting counts, in the others. A token's frame is a function of the trace and the
/// token alone, so what a replay shows is what was shown live. UI thread only.
class HeatmapSource {
  public:
    /// Both must outlive it.
    HeatmapSource(EngineBridge& bridge, BranchRouting& routing);

    /// Empty where there is nothing to show. `token`: needs a record.
    HeatmapFrame frame(HeatmapMode mode, std::optional<int> token);

    void setHalfLife(int tokens) { recent_ = FadingMean(tokens); }
    /// Records from `token` on were replaced, or came where there were none.
    void replacedFrom(int token) {
        recent_.replacedFrom(token);
        history_.replacedFrom(token);
    }
    /// Keeps what BranchRouting counts. False, and nothing changes, while it is still counting.
    bool pinBaseline();
    /// For people: "“Rivers” · 204 generated tokens"; empty: none is pinned.
    const QString& baselineName() const { return baselineName_; }

  private:
    HeatmapFrame frameOfToken(HeatmapMode mode, int token);
    HeatmapFrame frameOfRange(HeatmapMode mode);
    void addTrails(HeatmapFrame& frame, std::optional<int> token);
    std::vector<int> latestCounted();
    InterventionSet markedInterventions(std::optional<int> token) const;

    EngineBridge& bridge_;
    BranchRouting& routing_;
    FadingMean recent_{1};
    RowHistory history_;
    std::optional<RoutingStats> baseline_;
    QString baselineName_;
};

}  // namespace gatescope
