#pragma once

#include <optional>

#include "engine/routing/coactivation_stats.h"
#include "engine/routing/range_stats.h"
#include "ui/statistics/chart_frame.h"
#include "ui/statistics/expert_grid.h"
#include "ui/statistics/range_follower.h"

class QComboBox;

namespace gatescope {

/// Which experts of the picked layer are selected together: an E x E grid of C(i, j), lift or phi
/// against chance, over the tokens that BranchRouting counts. A click picks the row's expert. UI
/// thread only.
class CoactivationPanel : public ChartFrame {
    Q_OBJECT
  public:
    enum class Measure { Coactivation, Lift, Phi };

    explicit CoactivationPanel(const ViewContext& context);

    QString dockName() const override { return QStringLiteral("coactivation"); }
    QString dockTitle() const override { return tr("Co-activation"); }
    StatisticTable numbers() const override;

    void setMeasure(Measure measure);
    int layer() const { return layer_; }
    ExpertGrid& grid() { return *grid_; }
    /// As drawn. Requires counted().
    Statistic cell(int i, int j) const;
    bool counted() const { return stats_ != nullptr && stats_->tokens() > 0; }

  protected:
    bool count() override;
    void rebuild() override;
    QString describe() const override;
    void paintChart(QPainter& painter, const QRect& area) const override;

  private:
    GridFrame frame() const;
    void sayCell(std::optional<GridPlace> place);

    Measure measure_ = Measure::Coactivation;
    int layer_ = 0;
    std::optional<RangeOf<CoactivationStats>> range_;
    const CoactivationStats* stats_ = nullptr;  ///< of range_
    RangeFollower follower_;
    QString counted_;
    QComboBox* measures_ = nullptr;
    ExpertGrid* grid_ = nullptr;
};

}  // namespace gatescope
