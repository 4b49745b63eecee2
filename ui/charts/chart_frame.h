#pragma once

#include <QTimer>

#include "ui/charts/chart_panel.h"
#include "ui/engine_bridge.h"
#include "ui/routing/branch_routing.h"
#include "ui/selection.h"
#include "ui/theme/theme.h"

class QChart;
class QChartView;
class QLabel;
class QPlainTextEdit;
class QStackedWidget;
class QToolButton;
class QValueAxis;

namespace gatescope {

/// What every chart dock has: a line that says in words what is drawn, the chart, and the same
/// numbers as a table. Follows the trace at most ten times a second; hidden, it does nothing at
/// all. UI thread only.
class ChartFrame : public ChartPanel {
    Q_OBJECT
  public:
    explicit ChartFrame(const ViewContext& context);

    /// Puts on screen whatever changed, without waiting for its turn; for tests and pictures.
    void refreshNow();
    bool upToDate() const { return !stale_; }
    QString summary() const;

  protected:
    /// Brings the chart up to date with the session. Called only while visible.
    virtual void rebuild() = 0;
    /// One sentence: what is drawn and its main numbers.
    virtual QString describe() const = 0;
    /// Colours and fonts of what the subclass draws.
    virtual void applyColors() = 0;
    /// Tokens [firstToken, end) of the trace are new or another branch is shown.
    virtual void traceChanged(int /*firstToken*/) {}

    void showEvent(QShowEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;
    /// A click into the plot, in the values of the chart's first series.
    virtual void plotClicked(QPointF /*value*/) {}

    /// Marks the chart as out of date; it follows within a tenth of a second if it is visible.
    void invalidate();
    void styleAxis(QValueAxis& axis, const QColor& labels) const;

    EngineBridge& bridge_;
    Selection& selection_;
    BranchRouting& routing_;
    Theme& theme_;
    QChart* chart_;

  private:
    void build();
    void applyTheme();
    void showTable(bool table);

    QLabel* summary_ = nullptr;
    QToolButton* tableButton_ = nullptr;
    QStackedWidget* pages_ = nullptr;
    QChartView* view_ = nullptr;
    QPlainTextEdit* table_ = nullptr;
    QTimer pace_;
    bool stale_ = true;
};

}  // namespace gatescope
