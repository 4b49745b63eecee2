#include "ui/charts/qt_chart_frame.h"

#include <QChart>
#include <QChartView>
#include <QMouseEvent>
#include <QValueAxis>

namespace gatescope {

QtChartFrame::QtChartFrame(const ViewContext& context)
    : ChartFrame(context), chart_(new QChart), view_(new QChartView(chart_)) {
    chart_->setLocalizeNumbers(true);
    chart_->setAnimationOptions(QChart::NoAnimation);
    chart_->setBackgroundVisible(false);
    chart_->setMargins(QMargins(0, 0, 0, 0));
    chart_->legend()->hide();
    view_->setFrameShape(QFrame::NoFrame);
    view_->setBackgroundBrush(Qt::NoBrush);
    view_->setRenderHint(QPainter::Antialiasing);
    view_->setMinimumHeight(theme_.space(6));
    view_->viewport()->installEventFilter(this);
}

void QtChartFrame::showChart() {
    setDrawing(view_);
}

void QtChartFrame::applyColors() {
    chart_->setPlotAreaBackgroundBrush(theme_.color(ColorRole::Sunken));
    chart_->setPlotAreaBackgroundVisible(true);
}

void QtChartFrame::styleAxis(QValueAxis& axis, const QColor& labels) const {
    axis.setTruncateLabels(false);  // "..." says nothing, and there is always room for a number
    axis.setLabelsFont(theme_.font(FontRole::Tiny));
    axis.setLabelsColor(labels);
    axis.setGridLineColor(theme_.color(ColorRole::Border));
    axis.setLinePenColor(theme_.color(ColorRole::Border));
}

void QtChartFrame::paintChart(QPainter& painter, const QRect& area) const {
    painter.setRenderHint(QPainter::Antialiasing);
    view_->scene()->render(&painter, area, view_->sceneRect(), Qt::KeepAspectRatio);
}

bool QtChartFrame::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() == QEvent::MouseButtonPress && !chart_->series().isEmpty()) {
        const QPointF at = static_cast<QMouseEvent*>(event)->position();
        if (chart_->plotArea().contains(at)) plotClicked(chart_->mapToValue(at));
    }
    return ChartFrame::eventFilter(watched, event);
}

}  // namespace gatescope
