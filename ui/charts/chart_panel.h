#pragma once

#include <QString>
#include <QWidget>
#include <memory>
#include <vector>

#include "ui/view_context.h"

namespace gatescope {

/// One chart dock. The window knows charts only by this interface, so that a build without Qt
/// Charts (GATESCOPE_CHARTS=OFF, see docs/licences.md) differs by nothing but their absence.
class ChartPanel : public QWidget {
  public:
    using QWidget::QWidget;
    virtual QString dockName() const = 0;   ///< id in tours and saved layouts: "load", "entropy"
    virtual QString dockTitle() const = 0;  ///< for people, translated
    /// The numbers drawn, one row a line, for screen readers and the table view.
    virtual QString asTable() const = 0;
};

/// All charts of this build, in the order the window shows them. Defined by gatescope_ui_charts;
/// the program that links it hands them to MainWindow.
std::vector<std::unique_ptr<ChartPanel>> makeCharts(const ViewContext& context);

}  // namespace gatescope
