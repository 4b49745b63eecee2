#pragma once

#include <QTimer>
#include <functional>

#include "ui/engine_bridge.h"
#include "ui/routing/branch_routing.h"
#include "ui/selection.h"
#include "ui/statistics/chart_panel.h"
#include "ui/theme/theme.h"

class QLabel;
class QStackedWidget;
class QTableView;
class QToolButton;

namespace gatescope {

class ElidingLabel;
class ProvenanceBadge;
class StatisticModel;

/// What every dock of statistics has: a line that says in words what is drawn, the drawing, the
/// same numbers as a table that can be sorted, both as files, and a line that says the value under
/// the mouse. Follows the trace at most ten times a second, each dock at a beat of its own; hidden,
/// it does nothing at all. UI thread only.
class ChartFrame : public ChartPanel {
    Q_OBJECT
  public:
    enum class FileKind { Svg, Png, Csv };

    explicit ChartFrame(const ViewContext& context);

    /// Puts on screen whatever changed, without waiting for its turn; for tests and pictures.
    void refreshNow();
    bool upToDate() const { return !stale_; }
    /// How often it has counted or drawn: never while it is hidden.
    int updates() const { return updates_; }
    QString summary() const;
    /// What is said of the place under the mouse or the keyboard's cursor.
    QString valueLine() const;
    void showTable(bool table);
    QTableView& table() { return *table_; }

    /// Writes what is shown; the file is made on a worker thread, then exported() follows or
    /// EngineBridge::errorOccurred says why not. Requires upToDate().
    void exportTo(const QString& file, FileKind kind);

  Q_SIGNALS:
    void exported(const QString& file);

  protected:
    /// Counts on, for a few milliseconds. False while more is left: it is called again soon.
    virtual bool count() { return true; }
    /// Draws what is counted. Called only while visible.
    virtual void rebuild() = 0;
    /// One sentence: what is drawn and its main numbers.
    virtual QString describe() const = 0;
    /// Draws the same into another picture, as lines and text rather than pixels.
    virtual void paintChart(QPainter& painter, const QRect& area) const = 0;
    /// Colours and fonts of what the subclass draws.
    virtual void applyColors() {}
    /// Tokens [firstToken, end) of the trace are new or another branch is shown.
    virtual void traceChanged(int /*firstToken*/) {}
    /// numbers(), of which a view can show some thousands.
    virtual StatisticTable tableRows() const { return numbers(); }
    /// Makes numbers() on any thread, from copies of its own.
    virtual std::function<StatisticTable()> numbersForFile() const;
    /// How the table shows a key; empty: its number.
    virtual QString keyText(std::string_view /*key*/, int /*value*/) const { return {}; }

    void showEvent(QShowEvent* event) override;

    /// The subclass gives these in its constructor; the frame owns them.
    void setDrawing(QWidget* drawing);
    void addOption(QWidget* option);
    /// The table is the drawing: there is nothing to switch to.
    void setTableOnly();

    /// The rows of the table that fit, for paintChart().
    void paintTable(QPainter& painter, const QRect& area) const;
    /// Marks the drawing as out of date; it follows within a tenth of a second if it is visible.
    void invalidate();
    /// The last count() was not the end.
    bool counting() const { return counting_; }
    /// Empty: the hint on what can be done here.
    void sayValue(const QString& value);
    void setHint(const QString& hint);

    EngineBridge& bridge_;
    Selection& selection_;
    BranchRouting& routing_;
    Theme& theme_;

  private:
    void build();
    QWidget* buildActions();
    void connectSources();
    void applyTheme();
    void countOn();
    void fillTable();
    void askWhereToExport(FileKind kind);
    void paintPicture(QPainter& painter, const QSize& size) const;
    QSize pictureSize() const;

    QLabel* summary_ = nullptr;
    ProvenanceBadge* badge_ = nullptr;
    QWidget* options_ = nullptr;
    QWidget* actions_ = nullptr;  ///< badge, table, export: behind the options
    QToolButton* tableButton_ = nullptr;
    QToolButton* exportButton_ = nullptr;
    QStackedWidget* pages_ = nullptr;
    QWidget* drawing_ = nullptr;
    QTableView* table_ = nullptr;
    StatisticModel* model_ = nullptr;
    ElidingLabel* value_ = nullptr;
    QString hint_;
    QTimer pace_;    ///< until the next drawing
    QTimer slices_;  ///< until the next slice of a count
    QString lastFolder_;
    int updates_ = 0;
    bool stale_ = true;
    bool counting_ = false;
    bool tableOnly_ = false;
};

}  // namespace gatescope
