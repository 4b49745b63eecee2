#pragma once

#include <QTimer>
#include <QWidget>
#include <memory>

class QLabel;
class QLayout;
class QPushButton;
class QTableView;

namespace gatescope {

class EngineBridge;
class Heat;
class HeatTableModel;
class Theme;
struct KnownHeat;

/// How often each expert of the open model was selected in all that was said to it, as it is
/// learnt: a table of layers and experts, coloured against chance; what the hottest would serve;
/// its file. Looks at what is known a few times a second, and only while it is seen. UI thread
/// only.
class HeatPage : public QWidget {
    Q_OBJECT
  public:
    HeatPage(EngineBridge& bridge, const Theme& theme, QWidget* parent = nullptr);

    /// The numbers above the table, or why there are none.
    QString note() const;
    const HeatTableModel& table() const { return *model_; }

  protected:
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;

  private:
    QLayout* makeButtons();
    void look();
    QString noteOf(const KnownHeat& known) const;
    static QString servedOf(const Heat& heat);
    QString folder() const;
    void askToReset();

    EngineBridge& bridge_;
    const Theme& theme_;
    std::shared_ptr<const KnownHeat> shown_;
    QString served_;  ///< what the hottest of shown_ would serve
    HeatTableModel* model_;
    QTableView* view_;
    QLabel* note_;
    QLabel* file_;
    QPushButton* copy_;
    QPushButton* folder_;
    QPushButton* reset_;
    QPushButton* restore_;
    QTimer timer_;
};

}  // namespace gatescope
