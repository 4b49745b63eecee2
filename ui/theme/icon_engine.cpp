#include "ui/theme/icon_engine.h"

#include <QFile>
#include <QPainter>
#include <QSvgRenderer>

#include "engine/check.h"

namespace gatescope {

ThemeIconEngine::ThemeIconEngine(QPointer<const Theme> theme, QString name, ColorRole role)
    : theme_(std::move(theme)), name_(std::move(name)), role_(role) {}

QColor ThemeIconEngine::color(QIcon::Mode mode) const {
    if (!theme_) return Qt::gray;
    if (mode == QIcon::Disabled) return theme_->color(ColorRole::BorderStrong);
    return theme_->color(role_);
}

QPixmap ThemeIconEngine::render(const QSize& pixels, const QColor& color) {
    const QString key = QStringLiteral("%1x%2 %3")
                            .arg(pixels.width())
                            .arg(pixels.height())
                            .arg(color.name(QColor::HexArgb));
    const auto known = rendered_.constFind(key);
    if (known != rendered_.constEnd()) return *known;

    if (pixels.isEmpty()) return {};  // a button squeezed to nothing
    QFile file(QStringLiteral(":/gatescope/icons/%1.svg").arg(name_));
    const bool opened = file.open(QIODevice::ReadOnly);
    GS_CHECK(opened);  // the name of an icon that does not exist
    QByteArray svg = file.readAll();
    svg.replace("#000", color.name().toLatin1());
    QPixmap pixmap(pixels);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    QSvgRenderer(svg).render(&painter, QRectF(QPointF(0, 0), QSizeF(pixels)));
    painter.end();
    rendered_.insert(key, pixmap);
    return pixmap;
}

void ThemeIconEngine::paint(QPainter* painter,
                            const QRect& rect,
                            QIcon::Mode mode,
                            QIcon::State /*state*/) {
    const qreal ratio = painter->device()->devicePixelRatioF();
    QPixmap pixmap = render((QSizeF(rect.size()) * ratio).toSize(), color(mode));
    pixmap.setDevicePixelRatio(ratio);
    painter->drawPixmap(rect.topLeft(), pixmap);
}

QPixmap ThemeIconEngine::pixmap(const QSize& size, QIcon::Mode mode, QIcon::State /*state*/) {
    return render(size, color(mode));
}

QIconEngine* ThemeIconEngine::clone() const {
    return new ThemeIconEngine(theme_, name_, role_);
}

}  // namespace gatescope
