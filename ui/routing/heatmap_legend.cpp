#include "ui/routing/heatmap_legend.h"

#include <QPainter>
#include <algorithm>
#include <array>
#include <cmath>

namespace gatescope {
namespace {

constexpr std::array kTicks{0.0, 0.05, 0.1, 0.25, 0.5, 1.0};
constexpr int kBarHeight = 8;
constexpr int kKeySize = 12;

enum class Key { First, Later, Earlier, Ablated, Forced };

void paintKey(QPainter& painter, const Theme& theme, Key key, const QRect& box) {
    const QRect inner = box.adjusted(0, 0, -1, -1);
    const QColor ink = theme.color(ColorRole::Text);
    painter.setPen(QPen(theme.color(ColorRole::BorderStrong), 1));
    painter.setBrush(Qt::NoBrush);
    if (key == Key::Ablated || key == Key::Forced) painter.drawRect(inner);
    switch (key) {
        case Key::First:
            painter.setPen(QPen(ink, 2, Qt::SolidLine, Qt::FlatCap, Qt::MiterJoin));
            painter.drawRect(inner.adjusted(1, 1, 0, 0));
            painter.fillRect(QRect(box.topLeft(), QSize(5, 5)), ink);
            break;
        case Key::Later:
            painter.setPen(QPen(ink, 1));
            painter.drawRect(inner);
            break;
        case Key::Earlier:
            painter.setPen(QPen(theme.color(ColorRole::Token), 1));
            painter.drawRect(inner);
            break;
        case Key::Ablated:
            painter.setPen(QPen(theme.color(ColorRole::Warning), 2));
            painter.drawLine(inner.topLeft() + QPoint(2, 2), inner.bottomRight() - QPoint(1, 1));
            painter.drawLine(inner.bottomLeft() + QPoint(2, -1), inner.topRight() + QPoint(-1, 2));
            break;
        case Key::Forced: {
            const QPointF c = QRectF(box).center();
            const std::array<QPointF, 4> diamond{
                c + QPointF(0, -4), c + QPointF(4, 0), c + QPointF(0, 4), c + QPointF(-4, 0)};
            painter.setPen(Qt::NoPen);
            painter.setBrush(theme.color(ColorRole::Warning));
            painter.drawConvexPolygon(diamond.data(), static_cast<int>(diamond.size()));
            break;
        }
    }
}

struct Entry {
    Key key;
    QString text;
    bool ofChoice;
};

std::array<Entry, 5> legendEntries() {
    return {Entry{Key::First, HeatmapLegend::tr("first"), true},
            Entry{Key::Later, HeatmapLegend::tr("second"), true},
            Entry{Key::Earlier, HeatmapLegend::tr("earlier"), true},
            Entry{Key::Ablated, HeatmapLegend::tr("ablated"), false},
            Entry{Key::Forced, HeatmapLegend::tr("forced"), false}};
}

/// Of signs and words, without what parts one entry from the next.
int widthOfEntries(const QFontMetrics& metrics, const Theme& theme) {
    int width = 0;
    for (const Entry& entry : legendEntries())
        width += kKeySize + theme.space(1) + metrics.horizontalAdvance(entry.text);
    return width;
}

QString number(double value) {
    return QString::number(value, 'g', 3);
}

}  // namespace

HeatmapLegend::HeatmapLegend(Theme& theme, QWidget* parent) : QWidget(parent), theme_(theme) {
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setAccessibleName(tr("Heatmap legend"));
    connect(&theme_, &Theme::changed, this, [this] {
        updateGeometry();
        update();
    });
    describe();
}

void HeatmapLegend::setColorMap(const ColorMap& map) {
    map_ = map;
    describe();
    update();
}

void HeatmapLegend::setQuantity(const QString& quantity) {
    quantity_ = quantity;
    describe();
    update();
}

void HeatmapLegend::setChance(std::optional<double> chance) {
    chance_ = chance;
    describe();
    update();
}

void HeatmapLegend::setShowsChoices(bool shows) {
    showsChoices_ = shows;
    update();
}

void HeatmapLegend::describe() {
    QString text = tr("Colour: %1, %2 map, from 0 to 1").arg(quantity_, colorMapTitle(map_.kind()));
    if (map_.power() != 1.0) text += tr(", drawn at the power of %1").arg(map_.power());
    if (chance_) text += tr("; by chance %1").arg(number(*chance_));
    setAccessibleDescription(text);
}

QSize HeatmapLegend::sizeHint() const {
    const int line = QFontMetrics(theme_.font(FontRole::Tiny)).height();
    return {theme_.space(56), 3 * line + kBarHeight + theme_.space(6)};
}

QSize HeatmapLegend::minimumSizeHint() const {
    const QFontMetrics metrics(theme_.font(FontRole::Tiny));
    return {widthOfEntries(metrics, theme_) + 5 * theme_.space(1), sizeHint().height()};
}

void HeatmapLegend::paintEvent(QPaintEvent* /*event*/) {
    QPainter painter(this);
    painter.setFont(theme_.font(FontRole::Tiny));
    paintScale(painter);
    paintKeys(painter);
}

void HeatmapLegend::paintScale(QPainter& painter) const {
    const QFontMetrics metrics(painter.font());
    const int line = metrics.height();
    painter.setPen(theme_.color(ColorRole::TextMuted));
    painter.drawText(QRect(0, 0, width(), line), Qt::AlignLeft | Qt::AlignVCenter, quantity_);
    if (chance_) {
        painter.drawText(QRect(0, 0, width(), line),
                         Qt::AlignRight | Qt::AlignVCenter,
                         tr("▾ chance %1").arg(number(*chance_)));
    }
    const QRect bar(0, line + theme_.space(1), width(), kBarHeight);
    const double span = bar.width() - 1;
    QImage colors(bar.width(), 1, QImage::Format_RGB32);
    for (int x = 0; x < bar.width(); ++x) {
        // The bar is even in map position, so a value sits where the power puts it.
        const double value = std::pow(x / span, 1.0 / map_.power());
        colors.setPixel(x, 0, map_.color(static_cast<float>(value)));
    }
    painter.drawImage(bar, colors);
    painter.setPen(theme_.color(ColorRole::TextFaint));
    int free = -1;
    for (const double tick : kTicks) {
        const int x = static_cast<int>(std::lround(map_.position(tick) * span));
        const QString label = number(tick);
        const int labelWidth = metrics.horizontalAdvance(label);
        const int left = std::clamp(x - labelWidth / 2, 0, width() - labelWidth);
        if (left <= free) continue;  // a linear scale has no room for the small ticks
        painter.drawLine(x, bar.bottom() + 1, x, bar.bottom() + 3);
        painter.drawText(left, bar.bottom() + 3 + metrics.ascent(), label);
        free = left + labelWidth + theme_.space(2);
    }
    if (chance_) {
        const double x = map_.position(*chance_) * span;
        const double top = bar.top() - 1.0;
        const std::array<QPointF, 3> mark{
            QPointF(x, top + 5), QPointF(x - 4, top - 1), QPointF(x + 4, top - 1)};
        painter.setPen(theme_.color(ColorRole::Sunken));
        painter.setBrush(theme_.color(ColorRole::Text));
        painter.drawConvexPolygon(mark.data(), static_cast<int>(mark.size()));
        painter.setBrush(Qt::NoBrush);
    }
}

void HeatmapLegend::paintKeys(QPainter& painter) const {
    const QFontMetrics metrics(painter.font());
    const auto entries = legendEntries();
    const int gap = std::clamp((width() - widthOfEntries(metrics, theme_)) / int(entries.size()),
                               theme_.space(1),
                               theme_.space(3));
    int x = 0;
    const int y = height() - metrics.height();
    for (const Entry& entry : entries) {
        if (entry.ofChoice && !showsChoices_) continue;
        paintKey(painter,
                 theme_,
                 entry.key,
                 QRect(x, y + (metrics.height() - kKeySize) / 2, kKeySize, kKeySize));
        x += kKeySize + theme_.space(1);
        painter.setPen(theme_.color(ColorRole::TextMuted));
        painter.drawText(x, y + metrics.ascent(), entry.text);
        x += metrics.horizontalAdvance(entry.text) + gap;
    }
}

}  // namespace gatescope
