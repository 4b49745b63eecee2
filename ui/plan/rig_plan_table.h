#pragma once

#include <QTableWidget>

#include "engine/plan/rig_plan.h"

namespace gatescope {

class Theme;

/// What lies on each device and in the host's memory: a row a place. UI thread only.
class RigPlanTable : public QTableWidget {
    Q_OBJECT
  public:
    explicit RigPlanTable(const Theme& theme, QWidget* parent = nullptr);

    void showPlan(const RigPlan& plan);

  private:
    void addPlace(const RigShare& share);
    void addDisk(const RigPlan& plan);
    void put(int row, int column, const QString& text, bool strong = false);

    const Theme& theme_;
};

}  // namespace gatescope
