#pragma once

#include <QWidget>
#include <optional>

#include "ui/compare/comparison.h"
#include "ui/compare/run_choices.h"
#include "ui/view_context.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QProgressBar;
class QPushButton;
class QSplitter;
class QStackedWidget;

namespace gatescope {

class AlignedText;
class DifferenceMap;
class ProvenanceBadge;
class SeedPanel;

/// The dock "compare": two runs, aligned by token, with the difference of their routing. Runs the
/// last reply again with its seed, with or without interventions, and opens the comparison of both.
/// Hidden, it reads nothing. UI thread only.
class ComparePanel : public QWidget {
    Q_OBJECT
  public:
    explicit ComparePanel(const ViewContext& context, QWidget* parent = nullptr);

    Comparison& comparison() { return comparison_; }
    const Comparison& comparison() const { return comparison_; }
    const DifferenceMap& map() const { return *map_; }
    RunChoices& choices() { return choices_; }
    SeedPanel& seeds() { return *seeds_; }

    /// Compares versions `a` and `b` of the last reply, from 1. Empty, or why not.
    QString compareVersions(int a, int b);
    /// Runs the last reply again: without interventions if it had some, else with those in force.
    /// Empty, or why not.
    QString rerun();
    /// What was asked for is not there yet: reading, running or counting.
    bool busy() const;
    /// What the comparison says, in sentences.
    QString summary() const;

  protected:
    void showEvent(QShowEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

  private:
    void build();
    QWidget* buildHead();
    QWidget* buildButtons();
    QWidget* buildPrompts();
    void connectParts();
    void follow();
    void choicesChanged();
    void fill(QComboBox& box, const std::optional<RunChoices::Choice>& chosen);
    void choose(std::optional<RunChoices::Choice> a, std::optional<RunChoices::Choice> b);
    std::optional<RunChoices::Choice> find(RunChoices::Kind kind, qint64 id) const;
    void loadChosen();
    void showRuns();
    void showDifference();
    void updateHead();
    std::optional<InterventionSet> rerunSet(QString* whyNot) const;
    void pickColumn(int column);
    void showSelectedToken();

    EngineBridge& bridge_;
    Selection& selection_;
    Theme& theme_;
    RunChoices choices_;
    Comparison comparison_;
    std::optional<RunChoices::Choice> a_;
    std::optional<RunChoices::Choice> b_;
    bool chosenByHand_ = false;
    bool stale_ = true;           ///< something changed while nobody looked
    bool reading_ = false;        ///< choices are on their way
    bool loading_ = false;        ///< runs are on their way
    std::optional<int> rerunOf_;  ///< version that is being run again
    quint64 loads_ = 0;

    QLabel* sides_[2] = {};
    QComboBox* boxes_[2] = {};
    QWidget* buttons_ = nullptr;
    ProvenanceBadge* badge_ = nullptr;
    QPushButton* rerun_ = nullptr;
    QPushButton* measure_ = nullptr;
    QPushButton* promptsButton_ = nullptr;
    QPushButton* recordingButton_ = nullptr;
    QPushButton* seedsButton_ = nullptr;
    SeedPanel* seeds_ = nullptr;
    QWidget* prompts_ = nullptr;
    QLineEdit* promptFields_[2] = {};
    QPushButton* runPrompts_ = nullptr;
    QProgressBar* progress_ = nullptr;
    QLabel* summary_ = nullptr;
    QLabel* empty_ = nullptr;
    QStackedWidget* pages_ = nullptr;
    QSplitter* body_ = nullptr;
    AlignedText* text_ = nullptr;
    DifferenceMap* map_ = nullptr;
};

}  // namespace gatescope
