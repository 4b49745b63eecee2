#pragma once

#include <QStringList>
#include <QWidget>
#include <optional>
#include <vector>

#include "engine/plan/loaded_plan.h"
#include "ui/newest_answer.h"

class QLabel;
class QTableWidget;

namespace gatescope {

class EngineBridge;
class Theme;
struct GenerationFinished;

/// What was predicted of the open model beside what is measured: tokens a second of the last reply,
/// and the memory of each device. Looks once a reply has ended, and only while it is seen; the
/// machine's read rate is measured once, for about a second, by a worker. UI thread only.
class PlanCheck : public QWidget {
    Q_OBJECT
  public:
    PlanCheck(EngineBridge& bridge, const Theme& theme, QWidget* parent = nullptr);

    /// Tokens a second; 0: not known (yet).
    double predicted() const { return predicted_; }
    double measured() const { return measured_; }

  protected:
    void showEvent(QShowEvent* event) override;

  private:
    struct Wish {
        LoadedModel model;
    };
    struct Answer {
        double tokensPerS = 0;
        std::vector<MemoryUse> memory;
        QString error;
    };
    static Answer answerTo(const Wish& wish);
    void ask();
    void land(const Answer& answer);
    void showRow(int row, const QStringList& cells);

    EngineBridge& bridge_;
    const Theme& theme_;
    NewestAnswer<Wish, Answer> worker_;
    double predicted_ = 0;
    double measured_ = 0;
    bool stale_ = false;  ///< a reply has ended since the last look
    QLabel* note_;
    QTableWidget* table_;
};

}  // namespace gatescope
