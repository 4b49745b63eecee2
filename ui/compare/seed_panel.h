#pragma once

#include <QWidget>

#include "ui/compare/comparison.h"
#include "ui/compare/seed_runs.h"

class QLabel;
class QProgressBar;
class QPushButton;
class QSpinBox;
class QTableWidget;

namespace gatescope {

class ProvenanceBadge;
class Theme;

/// "N seeds" of the dock "compare": the prompt of the chosen pair continued with many seeds, as A
/// and as B, and what differs with its 95 % interval over them. The numbers are those of
/// `gatescope-cli seeds`. Hidden, it begins nothing. UI thread only.
class SeedPanel : public QWidget {
    Q_OBJECT
  public:
    SeedPanel(EngineBridge& bridge,
              const Comparison& comparison,
              const Theme& theme,
              QWidget* parent = nullptr);

    SeedRuns& runs() { return runs_; }
    bool running() const { return runs_.running(); }
    /// What the line beside the button says.
    QString status() const;
    /// What stands in a row and column of the table, as shown.
    QString cell(int row, int column) const;
    /// The pair or what is going on has changed.
    void follow();

  protected:
    void showEvent(QShowEvent* event) override;

  private:
    void build();
    QSpinBox* addNumber(const char* name, const QString& title, int most, int value);
    void buildTable();
    void start();
    void exportCsv();
    void fillTable();
    QString statusText() const;

    EngineBridge& bridge_;
    const Comparison& comparison_;
    const Theme& theme_;
    SeedRuns runs_;
    QSpinBox* seeds_ = nullptr;
    QSpinBox* tokens_ = nullptr;
    QWidget* bar_ = nullptr;
    QPushButton* start_ = nullptr;
    QPushButton* export_ = nullptr;
    QLabel* status_ = nullptr;
    ProvenanceBadge* badge_ = nullptr;
    QProgressBar* progress_ = nullptr;
    QTableWidget* table_ = nullptr;
};

}  // namespace gatescope
