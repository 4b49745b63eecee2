#pragma once

#include "ui/statistics/chart_frame.h"

class QChart;
class QChartView;
class QValueAxis;

namespace gatescope {

/// A ChartFrame whose drawing is a chart of Qt Charts. UI thread only.
class QtChartFrame : public ChartFrame {
    Q_OBJECT
  public:
    explicit QtChartFrame(const ViewContext& context);

  protected:
    void applyColors() override;
    void paintChart(QPainter& painter, const QRect& area) const override;
    bool eventFilter(QObject* watched, QEvent* event) override;
    /// A click into the plot, in the values of the chart's first series.
    virtual void plotClicked(QPointF /*value*/) {}

    /// Call it in the subclass's constructor: shows the chart under the dock's title.
    void showChart();
    void styleAxis(QValueAxis& axis, const QColor& labels) const;

    QChart* chart_;

  private:
    QChartView* view_;
};

}  // namespace gatescope
