#pragma once

#include <optional>

#include "engine/routing/range_stats.h"
#include "engine/routing/transition_stats.h"
#include "ui/statistics/chart_frame.h"
#include "ui/statistics/expert_grid.h"
#include "ui/statistics/range_follower.h"

class QButtonGroup;
class QComboBox;
class QSpinBox;
class QStackedWidget;

namespace gatescope {

class SankeyView;

/// Where the tokens of an expert go in another layer, as a grid or as a flow: from the picked layer
/// to the next, or between any two. Beside it what the first choices of one layer tell of the
/// other's, with what luck alone would give. A click picks an expert. UI thread only.
class TransitionPanel : public ChartFrame {
    Q_OBJECT
  public:
    enum class Measure { First, Selected, Mass };
    enum class View { Grid, Flow };

    explicit TransitionPanel(const ViewContext& context);

    QString dockName() const override { return QStringLiteral("transitions"); }
    QString dockTitle() const override { return tr("Transitions"); }
    StatisticTable numbers() const override;

    void setMeasure(Measure measure);
    void setView(View view);
    void setLayers(int from, int to);
    int from() const { return from_; }
    int to() const { return to_; }
    ExpertGrid& grid() { return *grid_; }
    SankeyView& flow() { return *flow_; }
    /// As drawn. Requires counted().
    Statistic cell(int i, int j) const;
    bool counted() const { return stats_ != nullptr && stats_->tokens() > 0; }

  protected:
    bool count() override;
    void rebuild() override;
    QString describe() const override;
    void paintChart(QPainter& painter, const QRect& area) const override;

  private:
    void buildOptions();
    QSpinBox* makeLayerBox(const QString& prefix, const QString& name);
    void followPickedLayer();
    void forget();
    void limitLayers(int numLayers);
    double amount(int i, int j) const;
    void fillGrid();
    void fillFlow();
    void sayCell(std::optional<GridPlace> place);

    Measure measure_ = Measure::First;
    View view_ = View::Grid;
    int from_ = 0;
    int to_ = 1;
    std::optional<RangeOf<TransitionStats>> range_;
    const TransitionStats* stats_ = nullptr;  ///< of range_
    int numExperts_ = 0;
    bool followsLater_ = false;
    RangeFollower follower_;
    QString counted_;
    QSpinBox* fromBox_ = nullptr;
    QSpinBox* toBox_ = nullptr;
    QComboBox* measures_ = nullptr;
    QButtonGroup* views_ = nullptr;
    QStackedWidget* drawings_ = nullptr;
    ExpertGrid* grid_ = nullptr;
    SankeyView* flow_ = nullptr;
};

}  // namespace gatescope
