#pragma once

#include <QHash>
#include <QIconEngine>
#include <QPointer>

#include "ui/theme/theme.h"

namespace gatescope {

/// Draws one of our SVGs in a colour of the theme that is in force when it is painted. The files
/// are black on nothing; black is replaced before rendering. UI thread only.
class ThemeIconEngine : public QIconEngine {
  public:
    ThemeIconEngine(QPointer<const Theme> theme, QString name, ColorRole role);

    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State state) override;
    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override;
    QIconEngine* clone() const override;

  private:
    QColor color(QIcon::Mode mode) const;
    QPixmap render(const QSize& pixels, const QColor& color);

    QPointer<const Theme> theme_;
    QString name_;
    ColorRole role_;
    QHash<QString, QPixmap> rendered_;  ///< a few sizes in a few colours
};

}  // namespace gatescope
