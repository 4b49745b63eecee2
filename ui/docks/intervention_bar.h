#pragma once

#include <QFrame>
#include <QPointer>
#include <QTimer>
#include <vector>

#include "ui/engine_bridge.h"
#include "ui/view_keys.h"

class QButtonGroup;
class QLabel;
class QLineEdit;
class QPushButton;

namespace gatescope {

class FlowLayout;

/// The interventions in force as chips that each take theirs away, how far they reach (this chat or
/// this reply), which tokens they are for (a filter, ScopeFilter), and one button that takes all.
/// Hidden when there are none, so that what stands between a reply and the unchanged model is
/// always seen; only when the last has just been taken away it stays until the next reply, for that
/// to be undone. `x`, Delete and Esc within it clear everything. UI thread only.
class InterventionBar : public QFrame {
    Q_OBJECT
  public:
    explicit InterventionBar(EngineBridge& bridge, QWidget* parent = nullptr);

    /// The chips' texts from left to right, as shown: "ablate 3:5 ×".
    QStringList chipTexts() const;
    /// "2 interventions · clear all".
    QString summary() const;
    /// Gives the focus to where it is written which tokens they are for.
    void editScope();
    /// What is wrong with what is written there; empty: nothing.
    QString scopeProblem() const;

  protected:
    void keyPressEvent(QKeyEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

  private:
    QWidget* makeReach();
    QPushButton* makeStep(const char* name, const QString& title);
    void refreshSteps();
    void setStyleOf(bool any);
    void makeScope();
    void applyScope();
    void showScopeProblem(const QString& problem);
    void refresh();
    void addExpertChips(const InterventionSet& set);
    void addOtherChips(const InterventionSet& set);
    template <class Item, class Meaning>
    void addChips(const QString& kind,
                  const InterventionSet& set,
                  std::vector<Item> InterventionSet::*list,
                  const Meaning& meaning);
    void addChip(const QString& text, const QString& meaning, const InterventionSet& without);
    void apply(const InterventionSet& set);

    EngineBridge& bridge_;
    ViewKeys* keys_;
    FlowLayout* layout_;
    QWidget* reach_;
    QButtonGroup* reaches_;
    QLineEdit* scope_ = nullptr;
    QLabel* problem_ = nullptr;
    QTimer pause_;
    QPushButton* clearAll_;
    QPushButton* undo_;
    QPushButton* redo_;
    QLabel* nothing_;
    bool offersUndo_ = false;  ///< also where nothing is in force
    std::vector<QPushButton*> chips_;
};

}  // namespace gatescope
