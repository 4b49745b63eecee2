#pragma once

#include <QStringList>
#include <QTableWidget>
#include <cstdint>
#include <vector>

namespace gatescope {

class Theme;
struct MemoryPlan;

/// A kind of memory, and its bytes on each device of a plan.
struct PlanRow {
    QString kind;
    std::vector<std::uint64_t> bytes;  ///< [MemoryPlan::devices]
};

/// A memory plan in numbers: the same before a model is loaded, in the dialog that opens it, and
/// afterwards, in the dock "model". The last rows are what is needed, which is the sum of those
/// before it, and what was free.
std::vector<PlanRow> planRows(const MemoryPlan& plan);

/// Why the plan is as it is, and what it leaves out, a sentence each, for people.
QStringList planSentences(const MemoryPlan& plan);

/// planRows() as a table, a column a device. UI thread only.
class PlanTable : public QTableWidget {
    Q_OBJECT
  public:
    explicit PlanTable(const Theme& theme, QWidget* parent = nullptr);

    void showPlan(const MemoryPlan& plan);
    void clearPlan();

  private:
    void put(int row, int column, std::uint64_t bytes, bool strong);

    const Theme& theme_;
};

}  // namespace gatescope
