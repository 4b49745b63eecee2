#pragma once

#include <QWidget>

#include "ui/routing/color_map.h"
#include "ui/routing/replay.h"
#include "ui/view_context.h"

class QBoxLayout;
class QComboBox;
class QLabel;

namespace gatescope {

class ProvenanceBadge;
class Theme;
class WaterfallView;

/// The waterfall of the conversation with what it needs to be read: the value under the cursor, the
/// order of rows, the colours with their numbers, the badge that says where they come from, and the
/// row that scrubs and plays, which alone is left in a low window. UI thread only.
class WaterfallPanel : public QWidget {
    Q_OBJECT
  public:
    explicit WaterfallPanel(const ViewContext& context, QWidget* parent = nullptr);

    WaterfallView& view() { return *view_; }
    Replay& replay() { return replay_; }
    /// Of the drawing and of the key to it.
    void setColorMap(ColorMapKind kind);
    QString valueLine() const;

  protected:
    void resizeEvent(QResizeEvent* event) override;
    void showEvent(QShowEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

  private:
    QWidget* makeHeader();
    void wire(const ViewContext& context);
    void refreshValue();
    void fitWindow();

    EngineBridge& bridge_;
    Theme& theme_;
    Replay replay_;
    WaterfallView* view_ = nullptr;
    QBoxLayout* header_ = nullptr;
    QLabel* value_ = nullptr;
    QComboBox* orders_ = nullptr;
    ProvenanceBadge* badge_ = nullptr;
    QWidget* key_ = nullptr;
};

}  // namespace gatescope
