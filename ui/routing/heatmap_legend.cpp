#include "ui/routing/heatmap_legend.h"

#include <QPainter>
#include <QResizeEvent>
#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <utility>
#include <vector>

#include "ui/language/number_text.h"
#include "ui/routing/change_marks.h"

namespace gatescope {
namespace {

// Parts of the range. The first that has room is written: ends and zero before what lies between.
constexpr std::array kTicks{0.0, 1.0, 0.5, 0.25, 0.1, 0.05};
constexpr std::array kSignedTicks{0.0, -1.0, 1.0, -0.5, 0.5, -0.2, 0.2, -0.1, 0.1, -0.05, 0.05};
constexpr int kBarHeight = 8;
constexpr int kKeySize = 12;

using Key = HeatmapLegend::Key;

void paintKey(QPainter& painter, const Theme& theme, Key key, const QRect& box) {
    const QRect inner = box.adjusted(0, 0, -1, -1);
    const QColor ink = theme.color(ColorRole::Text);
    painter.setPen(QPen(theme.color(ColorRole::BorderStrong), 1));
    painter.setBrush(Qt::NoBrush);
    if (key >= Key::Ablated && key < Key::TopK) painter.drawRect(inner);
    const auto paintChange = [&](const CellChange& change) {
        ChangeMarks marks;
        marks.add(change, inner);
        marks.paint(painter, theme.color(ColorRole::Warning), Qt::transparent);
    };
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
        case Key::Around:
            return paintChange({.excluded = true});
        case Key::Swapped:
            return paintChange({.computedBy = 0});
        case Key::Scaled:
            return paintChange({.factor = 2});
        case Key::Biased:
            return paintChange({.bias = 1});
        case Key::TopK:
            return paintTopK(
                painter, box, theme.color(ColorRole::Warning), theme.color(ColorRole::Sunken), 0);
        case Key::Hatched:
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
};

/// Of a token's choices, or why there are none.
std::vector<Entry> choiceEntries(bool choices, const QString& hatching) {
    std::vector<Entry> entries;
    if (choices)
        entries = {{Key::First, HeatmapLegend::tr("first")},
                   {Key::Later, HeatmapLegend::tr("second")},
                   {Key::Earlier, HeatmapLegend::tr("earlier")}};
    if (!hatching.isEmpty()) entries.push_back({Key::Hatched, hatching});
    return entries;
}

QString textOf(Key key) {
    switch (key) {
        case Key::Ablated:
            return HeatmapLegend::tr("ablated");
        case Key::Around:
            return HeatmapLegend::tr("routed around");
        case Key::Forced:
            return HeatmapLegend::tr("forced");
        case Key::Swapped:
            return HeatmapLegend::tr("swapped");
        case Key::Biased:
            return HeatmapLegend::tr("biased");
        case Key::Scaled:
            return HeatmapLegend::tr("scaled");
        default:
            return HeatmapLegend::tr("top-k");
    }
}

int widthOf(const Entry& entry, const QFontMetrics& metrics, const Theme& theme) {
    return kKeySize + theme.space(1) + metrics.horizontalAdvance(entry.text);
}

QString number(double value) {
    return numberText(value, 'g', 3);
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
    if (map == map_) return;
    map_ = map;
    describe();
    update();
}

void HeatmapLegend::setQuantity(const QString& quantity) {
    if (quantity == quantity_) return;
    quantity_ = quantity;
    describe();
    update();
}

void HeatmapLegend::setChance(std::optional<ChanceBand> chance) {
    if (chance.has_value() != chance_.has_value()) updateGeometry();
    chance_ = chance;
    describe();
    update();
}

void HeatmapLegend::setShowsChoices(bool shows) {
    showsChoices_ = shows;
    update();
}

void HeatmapLegend::setHatching(const QString& meaning) {
    if (meaning == hatching_) return;
    hatching_ = meaning;
    describe();
    update();
}

void HeatmapLegend::setChanges(const HeatmapFrame& frame) {
    std::vector<Key> keys;
    const auto any = [](const std::vector<std::uint8_t>& cells) {
        return std::ranges::any_of(cells, [](std::uint8_t cell) { return cell != 0; });
    };
    const auto some = [&frame](const auto& changed) {
        return std::ranges::any_of(frame.changes, changed);
    };
    if (any(frame.ablated)) keys.push_back(Key::Ablated);
    if (some([](const CellChange& c) { return c.excluded; })) keys.push_back(Key::Around);
    if (any(frame.forced)) keys.push_back(Key::Forced);
    if (some([](const CellChange& c) { return c.computedBy >= 0; })) keys.push_back(Key::Swapped);
    if (some([](const CellChange& c) { return c.bias != 0; })) keys.push_back(Key::Biased);
    if (some([](const CellChange& c) { return c.factor != 1; })) keys.push_back(Key::Scaled);
    if (frame.topK > 0 || !frame.layerTopK.empty()) keys.push_back(Key::TopK);
    if (keys == changes_) return;
    changes_ = std::move(keys);
    updateGeometry();
    describe();
    update();
}

QStringList HeatmapLegend::changeTexts() const {
    QStringList texts;
    for (const Key key : changes_) texts << textOf(key);
    return texts;
}

/// Where each of the changes stands, and how high all are.
std::vector<QPoint> HeatmapLegend::placesOfChanges(int width, int& height) const {
    const QFontMetrics metrics(theme_.font(FontRole::Tiny));
    const int line = metrics.height() + theme_.space(1);
    std::vector<QPoint> places;
    QPoint at(0, 0);
    for (const Key key : changes_) {
        const int wide = widthOf({key, textOf(key)}, metrics, theme_);
        if (at.x() > 0 && at.x() + wide > width) at = {0, at.y() + line};
        places.push_back(at);
        at.rx() += wide + theme_.space(3);
    }
    height = changes_.empty() ? 0 : at.y() + line;
    return places;
}

void HeatmapLegend::resizeEvent(QResizeEvent* event) {
    if (event->oldSize().width() != width() && !changes_.empty()) updateGeometry();
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
    if (map_.power() != 1.0)
        text += tr(", drawn at the power of %1").arg(numberText(map_.power(), 'g', 6));
    if (chance_) text += tr("; by ") + chanceText();
    if (!hatching_.isEmpty()) text += tr("; hatched: ") + hatching_;
    if (!note_.isEmpty()) text += tr("; ") + note_;
    if (!changes_.empty()) text += tr("; changed: ") + changeTexts().join(QStringLiteral(", "));
    setAccessibleDescription(text);
}

QSize HeatmapLegend::sizeHint() const {
    const int line = QFontMetrics(theme_.font(FontRole::Tiny)).height();
    const int note = note_.isEmpty() ? 0 : line + theme_.space(1);
    int changes = 0;
    placesOfChanges(std::max(width(), minimumSizeHint().width()), changes);
    return {theme_.space(56),
            (linesOfScale() + 1) * line + kBarHeight + theme_.space(5) + note + changes};
}

QSize HeatmapLegend::minimumSizeHint() const {
    const QFontMetrics metrics(theme_.font(FontRole::Tiny));
    int width = 0;
    for (const Entry& entry : choiceEntries(true, {}))
        width += widthOf(entry, metrics, theme_) + theme_.space(3);
    const int numbers = linesOfScale() * metrics.height() + kBarHeight + theme_.space(4);
    const int note = note_.isEmpty() ? 0 : metrics.height() + theme_.space(1);
    return {width, numbers + note};
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

void HeatmapLegend::paintEntry(QPainter& painter, Key key, const QString& text, QPoint at) const {
    const QFontMetrics metrics(painter.font());
    const int down = (metrics.height() - kKeySize) / 2;
    paintKey(painter, theme_, key, QRect(at + QPoint(0, down), QSize(kKeySize, kKeySize)));
    painter.setPen(theme_.color(ColorRole::TextMuted));
    painter.drawText(at.x() + kKeySize + theme_.space(1), at.y() + metrics.ascent(), text);
}

// From the lower edge upwards: the note, what was changed, the choices.
void HeatmapLegend::paintKeys(QPainter& painter) const {
    const QFontMetrics metrics(painter.font());
    const int line = metrics.height() + theme_.space(1);
    int y = height() - metrics.height();
    if (!note_.isEmpty()) {
        painter.setPen(theme_.color(ColorRole::TextMuted));
        painter.drawText(
            0, y + metrics.ascent(), metrics.elidedText(note_, Qt::ElideMiddle, width()));
        y -= line;
    }
    const int scaleEnd = linesOfScale() * metrics.height() + kBarHeight + 2 * theme_.space(1);
    int changesHeight = 0;
    const auto places = placesOfChanges(width(), changesHeight);
    y -= changesHeight;
    // A low window: the numbers come first, then what somebody changed.
    const int firstChange = y + line;
    for (std::size_t i = 0; i < changes_.size() && firstChange >= scaleEnd; ++i)
        paintEntry(painter, changes_[i], textOf(changes_[i]), places[i] + QPoint(0, firstChange));
    if (y < scaleEnd) return;
    int x = 0;
    for (const Entry& entry : choiceEntries(showsChoices_, hatching_)) {
        paintEntry(painter, entry.key, entry.text, {x, y});
        x += widthOf(entry, metrics, theme_) + theme_.space(3);
    }
}

}  // namespace gatescope
