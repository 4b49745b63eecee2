#pragma once

#include <QDialog>
#include <QTimer>

#include "ui/plan/rig_planner.h"

class QComboBox;
class QDoubleSpinBox;
class QFormLayout;
class QLabel;
class QPushButton;
class QSpinBox;

namespace gatescope {

class RigPlanTable;
class Theme;

/// Where a model would lie on a rig of many devices, and how fast it would answer there: predicted
/// from bytes and rates (docs/scaling.md), for this machine or one that a file describes. Every
/// wish that is changed is planned anew. Nothing is loaded by it. UI thread only.
class RigPlanDialog : public QDialog {
    Q_OBJECT
  public:
    RigPlanDialog(const Theme& theme, const QString& model, QWidget* parent = nullptr);

    void setRigFile(const QString& file);  ///< empty: this machine

  private:
    void addWishes(QFormLayout* form);
    void chooseRig();
    void expectPlan();
    void askForPlan();
    void showAnswer(const RigPlanAnswer& answer);
    QString sentencesOf(const RigPlan& plan, const QStringList& remarks) const;

    const Theme& theme_;
    const QString model_;
    QString rigFile_;
    QLabel* title_;
    QLabel* speed_;
    QLabel* shape_;
    RigPlanTable* table_;
    QLabel* reasons_;
    QPushButton* rig_;
    QComboBox* type_;
    QComboBox* cache_;
    QSpinBox* context_;
    QSpinBox* devices_;
    QComboBox* ranks_;
    QDoubleSpinBox* host_;
    QTimer pause_;  ///< of the changes
    RigPlanner planner_;
};

}  // namespace gatescope
