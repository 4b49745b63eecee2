#include "ui/statistics/sankey_view.h"

#include <QMouseEvent>
#include <QPainter>
#include <algorithm>
#include <numeric>

#include "ui/statistics/chance_color.h"

namespace gatescope {
namespace {

constexpr double kNodeWidth = 10;

std::size_t cellOf(const SankeyFrame& frame, int from, int to) {
    return static_cast<std::size_t>(from * frame.experts + to);
}

QPainterPath bandPath(const QRectF& left, const QRectF& right) {
    const double middle = (left.right() + right.left()) / 2;
    QPainterPath path(left.topRight());
    path.cubicTo({middle, left.top()}, {middle, right.top()}, right.topLeft());
    path.lineTo(right.bottomLeft());
    path.cubicTo({middle, right.bottom()}, {middle, left.bottom()}, left.bottomRight());
    path.closeSubpath();
    return path;
}

/// Bars of one side, one below the other.
std::vector<QRectF> stacked(const std::vector<double>& amounts,
                            const QRectF& side,
                            double scale,
                            double gap) {
    std::vector<QRectF> bars;
    double top = side.top();
    for (const double amount : amounts) {
        bars.emplace_back(side.left(), top, side.width(), amount * scale);
        top += amount * scale + gap;
    }
    return bars;
}

/// The part of a bar that the next band takes.
QRectF takeFrom(QRectF& rest, double height) {
    QRectF part = rest;
    part.setHeight(height);
    rest.setTop(part.bottom());
    return part;
}

}  // namespace

double SankeyFrame::total() const {
    return std::accumulate(amounts.begin(), amounts.end(), 0.0);
}

// ---------------------------------------------------------------- SankeyLayout

SankeyLayout SankeyLayout::of(const SankeyFrame& frame, const QRectF& room) {
    SankeyLayout layout;
    const double total = frame.total();
    if (frame.experts == 0 || total <= 0 || room.height() < frame.experts) return layout;
    const double gap = std::min(4.0, room.height() / (6.0 * frame.experts));
    layout.pixelsAUnit = (room.height() - gap * (frame.experts - 1)) / total;
    std::vector<double> fromSums(static_cast<std::size_t>(frame.experts));
    std::vector<double> toSums(fromSums.size());
    for (int i = 0; i < frame.experts; ++i)
        for (int j = 0; j < frame.experts; ++j) {
            fromSums[static_cast<std::size_t>(i)] += frame.amounts[cellOf(frame, i, j)];
            toSums[static_cast<std::size_t>(j)] += frame.amounts[cellOf(frame, i, j)];
        }
    const QRectF left(room.topLeft(), QSizeF(kNodeWidth, room.height()));
    const QRectF right(room.right() - kNodeWidth, room.top(), kNodeWidth, room.height());
    layout.from = stacked(fromSums, left, layout.pixelsAUnit, gap);
    layout.to = stacked(toSums, right, layout.pixelsAUnit, gap);

    std::vector<QRectF> fromRest = layout.from;
    std::vector<QRectF> toRest = layout.to;
    for (int i = 0; i < frame.experts; ++i)
        for (int j = 0; j < frame.experts; ++j) {
            const double amount = frame.amounts[cellOf(frame, i, j)];
            if (amount <= 0) continue;
            const double height = amount * layout.pixelsAUnit;
            layout.bands.push_back(
                {{i, j},
                 bandPath(takeFrom(fromRest[static_cast<std::size_t>(i)], height),
                          takeFrom(toRest[static_cast<std::size_t>(j)], height))});
        }
    std::ranges::stable_sort(layout.bands, std::greater<>(), [&](const Band& band) {
        return frame.amounts[cellOf(frame, band.place.row, band.place.column)];
    });
    for (std::size_t band = kMostBands; band < layout.bands.size(); ++band) {
        const GridPlace place = layout.bands[band].place;
        layout.amountLeftOut += frame.amounts[cellOf(frame, place.row, place.column)];
    }
    if (layout.bands.size() > kMostBands) layout.bands.resize(kMostBands);
    return layout;
}

std::optional<std::size_t> SankeyLayout::bandAt(QPointF at) const {
    for (std::size_t band = bands.size(); band-- > 0;)  // the small ones lie on top
        if (bands[band].path.contains(at)) return band;
    return std::nullopt;
}

// ---------------------------------------------------------------- SankeyView

SankeyView::SankeyView(Theme& theme, QWidget* parent) : ChartCanvas(theme, parent) {
    setMouseTracking(true);
}

void SankeyView::setFrame(SankeyFrame frame) {
    frame_ = std::move(frame);
    shown_ = layoutIn(rect());
    if (hovered_ && *hovered_ >= shown_.bands.size()) hovered_.reset();
    redraw();
}

SankeyLayout SankeyView::layoutIn(const QRect& area) const {
    const QFontMetrics metrics(theme_.font(FontRole::Tiny));
    const int side = metrics.horizontalAdvance(QStringLiteral("00")) + theme_.space(2);
    const int line = metrics.height();
    return SankeyLayout::of(
        frame_,
        QRectF(area.adjusted(side, line + theme_.space(1), -side, -line - theme_.space(2))));
}

QColor SankeyView::bandColor(Verdict verdict) const {
    QColor color = theme_.color(ColorRole::TextFaint);
    if (verdict == Verdict::Above || verdict == Verdict::Below)
        color = chanceColor(verdict == Verdict::Above ? 0.6 : -0.6);  // seen on dark and light
    color.setAlpha(verdict == Verdict::Above || verdict == Verdict::Below ? 170 : 60);
    return color;
}

Verdict SankeyView::verdict(GridPlace place) const {
    return frame_.verdicts[cellOf(frame_, place.row, place.column)];
}

void SankeyView::paint(QPainter& painter, const QRect& area) const {
    const SankeyLayout layout = layoutIn(area);
    if (layout.from.empty()) return;
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    for (const SankeyLayout::Band& band : layout.bands) {
        painter.setBrush(bandColor(verdict(band.place)));
        painter.drawPath(band.path);
    }
    painter.setBrush(theme_.color(ColorRole::TextMuted));
    for (const auto* side : {&layout.from, &layout.to})
        for (const QRectF& bar : *side) painter.drawRect(bar);
    painter.setRenderHint(QPainter::Antialiasing, false);

    painter.setFont(theme_.font(FontRole::Tiny));
    const QFontMetrics metrics = painter.fontMetrics();
    const int line = metrics.height();
    painter.setPen(theme_.color(ColorRole::TextMuted));
    painter.drawText(QRect(area.left(), area.top(), area.width(), line),
                     Qt::AlignLeft,
                     tr("layer %1").arg(frame_.fromLayer));
    painter.drawText(QRect(area.left(), area.top(), area.width(), line),
                     Qt::AlignRight,
                     tr("layer %1").arg(frame_.toLayer));
    painter.setPen(theme_.color(ColorRole::TextFaint));
    const auto label = [&](const std::vector<QRectF>& bars, bool left) {
        double free = -1;
        for (std::size_t expert = 0; expert < bars.size(); ++expert) {
            const QRectF& bar = bars[expert];
            const double top = bar.center().y() - line / 2.0;
            if (bar.height() < 2 || top < free) continue;  // no room for a number
            free = top + line - 2;
            const QRectF box(
                left ? area.left() : bar.right() + theme_.space(1),
                top,
                left ? bar.left() - area.left() - theme_.space(1) : area.right() - bar.right(),
                line);
            painter.drawText(box,
                             Qt::AlignVCenter | (left ? Qt::AlignRight : Qt::AlignLeft),
                             QString::number(expert));
        }
    };
    label(layout.from, true);
    label(layout.to, false);

    QString legend = tr("orange: more than chance gives, blue: less, grey: within its 95 % band");
    if (layout.amountLeftOut > 0)
        legend += tr(" · thin bands left out: %1")
                      .arg(percentText(layout.amountLeftOut / frame_.total()));
    painter.drawText(QRect(area.left(), area.bottom() - line, area.width(), line),
                     Qt::AlignLeft,
                     metrics.elidedText(legend, Qt::ElideRight, area.width()));
}

void SankeyView::paintOver(QPainter& painter) const {
    if (!hovered_ || *hovered_ >= shown_.bands.size()) return;
    const SankeyLayout::Band& band = shown_.bands[*hovered_];
    painter.setRenderHint(QPainter::Antialiasing);
    QColor color = bandColor(verdict(band.place));
    color.setAlpha(255);
    painter.setPen(QPen(theme_.color(ColorRole::Text), 1));
    painter.setBrush(color);
    painter.drawPath(band.path);
}

void SankeyView::hover(std::optional<std::size_t> band) {
    if (hovered_ == band) return;
    hovered_ = band;
    Q_EMIT bandHovered(band ? std::optional(shown_.bands[*band].place) : std::nullopt);
    update();
}

void SankeyView::mouseMoveEvent(QMouseEvent* event) {
    hover(shown_.bandAt(event->position()));
}

void SankeyView::leaveEvent(QEvent* /*event*/) {
    hover(std::nullopt);
}

void SankeyView::resizeEvent(QResizeEvent* /*event*/) {
    hovered_.reset();
    shown_ = layoutIn(rect());
}

void SankeyView::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return;
    const QPointF at = event->position();
    const auto nodeAt = [&at](const std::vector<QRectF>& bars) {
        const auto hit = std::ranges::find_if(
            bars, [&at](const QRectF& bar) { return bar.adjusted(-20, 0, 20, 0).contains(at); });
        return hit == bars.end() ? std::optional<int>()
                                 : std::optional(static_cast<int>(hit - bars.begin()));
    };
    if (const auto node = nodeAt(shown_.from)) return Q_EMIT nodePicked(true, *node);
    if (const auto node = nodeAt(shown_.to)) return Q_EMIT nodePicked(false, *node);
    const auto band = shown_.bandAt(at);
    if (!band) return;
    const GridPlace place = shown_.bands[*band].place;
    const bool fromSide = at.x() < width() / 2.0;
    Q_EMIT nodePicked(fromSide, fromSide ? place.row : place.column);
}

}  // namespace gatescope
