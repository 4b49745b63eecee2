#include "ui/routing/heatmap_legend.h"

#include <QPainter>
#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <vector>

#include "engine/routing/statistic.h"

namespace gatescope {
namespace {

// Parts of the range. The first that has room is written: ends and zero before what lies between.
constexpr std::array kTicks{0.0, 1.0, 0.5, 0.25, 0.1, 0.05};
constexpr std::array kSignedTicks{0.0, -1.0, 1.0, -0.5, 0.5, -0.2, 0.2, -0.1, 0.1, -0.05, 0.05};
constexpr int kBarHeight = 8;
constexpr int kKeySize = 12;

enum class Key { First, Later, Earlier, Ablated, Forced, Thin };

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
        case Key::Thin:
            painter.drawRect(inner);
            for (int x = 3; x < 2 * inner.width(); x += 4) {
                const int cut = std::max(0, x - inner.width());
                painter.drawLine(inner.left() + cut,
                                 inner.top() + std::min(x, inner.height()),
                                 inner.left() + std::min(x, inner.width()),
                                 inner.top() + cut);
            }
            break;
    }
}

struct Entry {
    Key key;
    QString text;
    bool ofChoice;
};

std::array<Entry, 6> legendEntries() {
    return {Entry{Key::First, HeatmapLegend::tr("first"), true},
            Entry{Key::Later, HeatmapLegend::tr("second"), true},
            Entry{Key::Earlier, HeatmapLegend::tr("earlier"), true},
            Entry{Key::Ablated, HeatmapLegend::tr("ablated"), false},
            Entry{Key::Forced, HeatmapLegend::tr("forced"), false},
            Entry{Key::Thin, HeatmapLegend::tr("fewer than %1 tokens").arg(kThinBelow), false}};
}

/// Of signs and words, without what parts one entry from the next.
int widthOfEntries(const QFontMetrics& metrics, const Theme& theme) {
    int width = 0;
    for (const Entry& entry : legendEntries())
        if (entry.key != Key::Thin)  // never beside those of choices, and shorter than they are
            width += kKeySize + theme.space(1) + metrics.horizontalAdvance(entry.text);
    return width;
}

QString number(double value) {
    return QString::number(value, 'g', 3);
}

}  // namespace

HeatmapLegend::HeatmapLegend(Theme& theme, QWidget* parent) : QWidget(parent), theme_(theme) {
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Maximum);
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

void HeatmapLegend::setChance(std::optional<ChanceBand> chance) {
    chance_ = chance;
    describe();
    update();
}

void HeatmapLegend::setShowsChoices(bool shows) {
    showsChoices_ = shows;
    update();
}

void HeatmapLegend::setThin(bool thin) {
    thin_ = thin;
    update();
}

void HeatmapLegend::setNote(const QString& note) {
    if (note == note_) return;
    note_ = note;
    setToolTip(note);
    updateGeometry();
    describe();
    update();
}

QString HeatmapLegend::chanceText() const {
    if (!chance_) return {};
    const QString level = tr("chance %1").arg(number(chance_->level));
    if (std::isnan(chance_->low)) return level;
    return tr("%1 · 95 % of cells within %2 to %3")
        .arg(level, number(chance_->low), number(chance_->high));
}

void HeatmapLegend::describe() {
    QString text = tr("Colour: %1, %2 map, from %3 to %4")
                       .arg(quantity_,
                            colorMapTitle(map_.kind()),
                            number(map_.valueAt(0)),
                            number(map_.valueAt(1)));
    if (map_.power() != 1.0) text += tr(", drawn at the power of %1").arg(map_.power());
    if (chance_) text += tr("; by ") + chanceText();
    if (!note_.isEmpty()) text += tr("; ") + note_;
    setAccessibleDescription(text);
}

QSize HeatmapLegend::sizeHint() const {
    const int line = QFontMetrics(theme_.font(FontRole::Tiny)).height();
    const int note = note_.isEmpty() ? 0 : line + theme_.space(1);
    return {theme_.space(56), 4 * line + kBarHeight + theme_.space(5) + note};
}

QSize HeatmapLegend::minimumSizeHint() const {
    const QFontMetrics metrics(theme_.font(FontRole::Tiny));
    return {widthOfEntries(metrics, theme_) + 5 * theme_.space(1),
            sizeHint().height() - metrics.height() - theme_.space(1)};
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
    painter.drawText(QRect(0, 0, width(), line),
                     Qt::AlignLeft | Qt::AlignVCenter,
                     metrics.elidedText(quantity_, Qt::ElideRight, width()));
    const QRect bar(0, line + theme_.space(1), width(), kBarHeight);
    QImage colors(bar.width(), 1, QImage::Format_RGB32);
    for (int x = 0; x < bar.width(); ++x) {
        // The bar is even in map position, so a value sits where the power puts it.
        const double at = static_cast<double>(x) / std::max(1, bar.width() - 1);
        colors.setPixel(x, 0, map_.color(static_cast<float>(map_.valueAt(at))));
    }
    painter.drawImage(bar, colors);
    paintTicks(painter, bar);
    paintChance(painter, bar);
}

void HeatmapLegend::paintTicks(QPainter& painter, const QRect& bar) const {
    const QFontMetrics metrics(painter.font());
    painter.setPen(theme_.color(ColorRole::TextFaint));
    const std::span<const double> ticks =
        map_.hasSign() ? std::span<const double>(kSignedTicks) : std::span<const double>(kTicks);
    const bool cut = map_.limit() != 1;  // shares end where the scale does
    std::vector<QRect> taken;
    for (const double part : ticks) {
        const double value = part * map_.limit();
        const int x = static_cast<int>(std::lround(map_.position(value) * (bar.width() - 1)));
        QString label = number(value);
        if (cut && part == 1) label.prepend(QStringLiteral("≥ "));
        if (cut && part == -1) label.prepend(QStringLiteral("≤ "));
        const int labelWidth = metrics.horizontalAdvance(label);
        const int left = std::clamp(x - labelWidth / 2, 0, std::max(0, width() - labelWidth));
        const QRect place(left, bar.bottom(), labelWidth + theme_.space(2), 1);
        const bool free = std::ranges::none_of(
            taken, [&place](const QRect& other) { return other.intersects(place); });
        if (!free) continue;  // a linear scale has no room for the small ticks
        taken.push_back(place);
        painter.drawLine(x, bar.bottom() + 1, x, bar.bottom() + 3);
        painter.drawText(left, bar.bottom() + 3 + metrics.ascent(), label);
    }
}

void HeatmapLegend::paintChance(QPainter& painter, const QRect& bar) const {
    if (!chance_) return;
    const auto xOf = [&](double value) { return map_.position(value) * (bar.width() - 1); };
    if (!std::isnan(chance_->low)) {
        const QRectF band(QPointF(xOf(chance_->low), bar.top() - 2),
                          QPointF(xOf(chance_->high) + 1, bar.top()));
        painter.fillRect(band, theme_.color(ColorRole::Text));
    }
    const double top = bar.top() - 1.0;
    const double x = xOf(chance_->level);
    const std::array<QPointF, 3> mark{
        QPointF(x, top + 5), QPointF(x - 4, top - 1), QPointF(x + 4, top - 1)};
    painter.setPen(theme_.color(ColorRole::Sunken));
    painter.setBrush(theme_.color(ColorRole::Text));
    painter.drawConvexPolygon(mark.data(), static_cast<int>(mark.size()));
    painter.setBrush(Qt::NoBrush);
    const QFontMetrics metrics(painter.font());
    const QRect line(
        0, bar.bottom() + 3 + metrics.height() + theme_.space(1), width(), metrics.height());
    painter.setPen(theme_.color(ColorRole::TextMuted));
    painter.drawText(
        line,
        Qt::AlignLeft | Qt::AlignVCenter,
        metrics.elidedText(QStringLiteral("▾ ") + chanceText(), Qt::ElideRight, line.width()));
}

void HeatmapLegend::paintKeys(QPainter& painter) const {
    const QFontMetrics metrics(painter.font());
    const auto entries = legendEntries();
    const int gap = std::clamp((width() - widthOfEntries(metrics, theme_)) / int(entries.size()),
                               theme_.space(1),
                               theme_.space(3));
    int x = 0;
    int y = height() - metrics.height();
    if (!note_.isEmpty()) {
        painter.setPen(theme_.color(ColorRole::TextMuted));
        painter.drawText(
            0, y + metrics.ascent(), metrics.elidedText(note_, Qt::ElideMiddle, width()));
        y -= metrics.height() + theme_.space(1);
    }
    const int scaleEnd = 3 * metrics.height() + kBarHeight + 2 * theme_.space(1);
    if (y < scaleEnd) return;  // a low window: the numbers come first
    for (const Entry& entry : entries) {
        if (entry.ofChoice && !showsChoices_) continue;
        if (entry.key == Key::Thin && !thin_) continue;
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
