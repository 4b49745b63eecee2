#pragma once

#include <QWidget>

#include "ui/chat/token_tint.h"
#include "ui/theme/tint_palette.h"

namespace gatescope {

class Theme;

/// What the tints of the chat mean: the scale with its numbers, or the experts' colours with
/// theirs, and what chance would give. UI thread only.
class TintLegend : public QWidget {
    Q_OBJECT
  public:
    explicit TintLegend(Theme& theme, QWidget* parent = nullptr);

    void setTint(TintQuantity quantity, const RouterSizes& sizes);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

  protected:
    void paintEvent(QPaintEvent* event) override;

  private:
    void describe();
    void paintExperts(QPainter& painter) const;
    void paintScale(QPainter& painter) const;
    QString chanceText() const;

    Theme& theme_;
    TintPalette palette_;
    TintQuantity quantity_ = TintQuantity::None;
    RouterSizes sizes_;
};

}  // namespace gatescope
