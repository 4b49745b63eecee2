#pragma once

#include <QApplication>
#include <QDockWidget>
#include <QEvent>

#include "ui/main_window.h"
#include "ui/routing/branch_routing.h"
#include "ui/routing/heatmap_panel.h"
#include "ui/routing/heatmap_widget.h"
#include "ui/routing/waterfall_panel.h"
#include "ui/routing/waterfall_view.h"
#include "ui/statistics/chart_frame.h"

namespace gatescope::test {

/// What a window's docks have done so far: none of it may grow while they are hidden.
struct DockWork {
    int chartUpdates = 0;      ///< counts and drawings of the docks of statistics
    int waterfallColumns = 0;  ///< tokens taken into the waterfall
    int heatmapCells = 0;      ///< of the frame that is shown
    bool branchCounted = false;
    friend bool operator==(const DockWork&, const DockWork&) = default;
};

inline DockWork workOf(MainWindow& window) {
    DockWork work;
    for (const ChartFrame* chart : window.findChildren<ChartFrame*>())
        work.chartUpdates += chart->updates();
    work.waterfallColumns = window.waterfall().view().pyramid().columns();
    work.heatmapCells = static_cast<int>(window.heatmap().heatmap().frame().values.size());
    work.branchCounted = window.routing().begun();
    return work;
}

/// Paint events of docks and of all that is in them, whichever window they are of.
class DockPaints : public QObject {
  public:
    DockPaints() { qApp->installEventFilter(this); }
    int count = 0;
    bool eventFilter(QObject* watched, QEvent* event) override {
        if (event->type() == QEvent::Paint)
            for (const QObject* at = watched; at != nullptr; at = at->parent())
                if (qobject_cast<const QDockWidget*>(at) != nullptr) {
                    ++count;
                    break;
                }
        return QObject::eventFilter(watched, event);
    }
};

inline void hideAllDocks(MainWindow& window) {
    for (QDockWidget* dock : window.findChildren<QDockWidget*>()) dock->hide();
}

}  // namespace gatescope::test
