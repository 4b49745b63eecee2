#pragma once

#include <QStringList>
#include <QWidget>

#include "ui/compare/expert_search.h"
#include "ui/view_context.h"

class QLabel;
class QPlainTextEdit;
class QProgressBar;
class QPushButton;
class QSortFilterProxyModel;
class QTableView;

namespace gatescope {

class ContrastModel;
class ProvenanceBadge;

/// The dock "find": two sets of prompts, and which experts tell them apart, best first; a click in
/// a row steers its expert. UI thread only.
class FindPanel : public QWidget {
    Q_OBJECT
  public:
    explicit FindPanel(const ViewContext& context, QWidget* parent = nullptr);

    const ExpertSearch& search() const { return search_; }
    /// As the button does, with one prompt a line in each field.
    void find(const QStringList& promptsA, const QStringList& promptsB);

  private:
    void build();
    QWidget* buildPrompts();
    QWidget* buildBar();
    void buildTable();
    void connectParts();
    void load(int side);
    void exportCsv();
    void start();
    void steer(const QModelIndex& index);
    void updateBar();

    EngineBridge& bridge_;
    Selection& selection_;
    Theme& theme_;
    ExpertSearch search_;
    QPlainTextEdit* fields_[2] = {};
    QPushButton* loads_[2] = {};
    QPushButton* start_ = nullptr;
    QPushButton* export_ = nullptr;
    QLabel* status_ = nullptr;
    QProgressBar* progress_ = nullptr;
    ProvenanceBadge* badge_ = nullptr;
    ContrastModel* model_ = nullptr;
    QSortFilterProxyModel* sorted_ = nullptr;
    QTableView* table_ = nullptr;
};

}  // namespace gatescope
