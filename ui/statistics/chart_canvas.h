#pragma once

#include <QPixmap>
#include <QWidget>

#include "ui/theme/theme.h"

namespace gatescope {

/// A drawing that is painted once into a pixmap and shown from there until it changes, and that can
/// be painted into another picture of any size. UI thread only.
class ChartCanvas : public QWidget {
    Q_OBJECT
  public:
    explicit ChartCanvas(Theme& theme, QWidget* parent = nullptr);

    /// The drawing itself, into `area`; no cursor, no hover.
    virtual void paint(QPainter& painter, const QRect& area) const = 0;

    QSize sizeHint() const override { return {360, 220}; }

  protected:
    /// What is drawn has changed.
    void redraw();
    /// Over the drawing, at every repaint: cursor and hover. Cheap.
    virtual void paintOver(QPainter& /*painter*/) const {}
    void paintEvent(QPaintEvent* event) override;

    Theme& theme_;

  private:
    bool tooLow() const;
    void sayTooLow(QPainter& painter) const;

    QPixmap drawn_;
    bool stale_ = true;
};

}  // namespace gatescope
