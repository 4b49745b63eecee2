#pragma once

#include <QWidget>
#include <optional>

#include "ui/engine_bridge.h"
#include "ui/inspection/bar_table.h"
#include "ui/inspection/inspection_tables.h"
#include "ui/selection.h"
#include "ui/view_context.h"

class QButtonGroup;
class QCheckBox;
class QComboBox;
class QLabel;
class QPushButton;
class QSpinBox;
class QStackedWidget;

namespace gatescope {

class EngineBridge;
class ProvenanceBadge;

/// What happened inside the model when it came to the token picked: which words it weighed, what
/// each layer would have said, which expert and which attention added what to the word's logit, and
/// where a head looked. Computed anew by the engine, when asked for: by its button, or with each
/// token picked while it is told to follow. UI thread only.
class TokenPanel : public QWidget {
    Q_OBJECT
  public:
    enum class Page { Words, Lens, Contributions, Attention };

    explicit TokenPanel(const ViewContext& context, QWidget* parent = nullptr);

    /// As the button does.
    void look();
    /// Of the head at `head` as well.
    void look(AttentionHead head);
    void showPage(Page page);
    /// The token that is shown, and what was found in it; null: nothing yet.
    int shownToken() const { return token_; }
    const TokenInspectionPtr& found() const { return found_; }
    BarTable& table() { return *table_; }
    QString sumLine() const;

  protected:
    void showEvent(QShowEvent* event) override;

  private:
    QWidget* makeHead();
    QWidget* makePages();
    QWidget* makeContributionChoice();
    QWidget* makeHeadChoice();
    void wire();
    std::optional<int> wantedToken() const;
    std::optional<AttentionHead> wantedHead() const;
    void take(int token, const TokenInspectionPtr& found);
    void forget();
    void followIfAsked();
    void refresh();
    void refreshHead();
    void refreshTable();
    void refreshWords();
    void pickRow(int key);
    QString textOf(TokenId token) const;
    bool pageIs(Page page) const { return page_ == page; }

    EngineBridge& bridge_;
    Selection& selection_;
    Theme& theme_;
    int token_ = -1;
    TokenInspectionPtr found_;
    Page page_ = Page::Words;

    QLabel* title_ = nullptr;
    ProvenanceBadge* badge_ = nullptr;
    QPushButton* look_ = nullptr;
    QCheckBox* follow_ = nullptr;
    QButtonGroup* pages_ = nullptr;
    QWidget* contributionChoice_ = nullptr;
    QComboBox* word_ = nullptr;
    QComboBox* against_ = nullptr;
    QWidget* headChoice_ = nullptr;
    QSpinBox* layer_ = nullptr;
    QSpinBox* head_ = nullptr;
    QLabel* line_ = nullptr;
    QStackedWidget* stack_ = nullptr;
    QLabel* empty_ = nullptr;
    BarTable* table_ = nullptr;
};

}  // namespace gatescope
