#pragma once

#include <QString>
#include <QWidget>
#include <memory>
#include <vector>

#include "engine/routing/statistic_table.h"
#include "ui/view_context.h"

namespace gatescope {

/// One dock of numbers about routing. The window knows them only by this interface, so that a build
/// without Qt Charts (GATESCOPE_CHARTS=OFF, see docs/licences.md) differs by nothing but the
/// absence of those that need it.
class ChartPanel : public QWidget {
  public:
    using QWidget::QWidget;
    virtual QString dockName() const = 0;   ///< id in tours and saved layouts: "load", "entropy"
    virtual QString dockTitle() const = 0;  ///< for people, translated
    /// The numbers drawn, a row a number, under the names that `gatescope-cli analyse` gives them:
    /// what the table view shows and a CSV file holds.
    virtual StatisticTable numbers() const = 0;
};

/// The docks that need nothing but QPainter, in the order the window shows them.
std::vector<std::unique_ptr<ChartPanel>> makeStatisticsPanels(const ViewContext& context);

}  // namespace gatescope
