#pragma once

#include <QScrollArea>

#include "ui/chat/model_preview.h"

class QGridLayout;
class QLabel;

namespace gatescope {

class Theme;
struct MemoryPlan;

/// What a model is and whether it fits, or the sentence that says why it cannot be opened. All of
/// it plain text, as it comes from files. Scrolls by keys and wheel. UI thread only.
class ModelSummaryView : public QScrollArea {
    Q_OBJECT
  public:
    explicit ModelSummaryView(const Theme& theme, QWidget* parent = nullptr);

    void showHint(const QString& sentence);
    void showPreview(const ModelPreview& preview);

  private:
    QGridLayout* startOver();
    void finish(QGridLayout* grid, const QStringList& spoken);
    QLabel* makeLabel(const QString& text, const char* kind) const;
    void addPlanNumbers(QGridLayout* grid, const MemoryPlan& plan) const;
    void addHeading(QGridLayout* grid, const QString& title, const QString& badge) const;

    const Theme& theme_;
};

}  // namespace gatescope
