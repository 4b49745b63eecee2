#include "ui/statistics/contrast_bars.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <algorithm>
#include <cmath>

#include "ui/language/number_text.h"

namespace gatescope {
namespace {

constexpr double kDifferenceStep = 0.05;

double upTo(double value, double step) {
    return std::max(step, std::ceil(value / step - 1e-9) * step);
}

QString percent(double share) {
    return QStringLiteral("%1\u00a0%").arg(numberText(100 * share, 'g', 3));
}

}  // namespace

ContrastBars::Scales ContrastBars::Scales::of(const Frame& frame) {
    const double shareStep = frame.chance > 0 ? frame.chance : 1;
    Scales scales{2 * shareStep, kDifferenceStep};
    for (const Contrast& c : frame.experts) {
        const double shareA = static_cast<double>(c.countA) / static_cast<double>(c.tokensA);
        const double shareB = static_cast<double>(c.countB) / static_cast<double>(c.tokensB);
        scales.share = std::max(scales.share, upTo(std::max(shareA, shareB), shareStep));
        scales.difference =
            std::max(scales.difference, upTo(std::max(-c.low, c.high), kDifferenceStep));
    }
    return scales;
}

ContrastBars::ContrastBars(Theme& theme, QWidget* parent) : ChartCanvas(theme, parent) {
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
}

void ContrastBars::setFrame(Frame frame) {
    frame_ = std::move(frame);
    if (hovered_ && *hovered_ >= static_cast<int>(frame_.experts.size())) hover(std::nullopt);
    redraw();
}

void ContrastBars::setPicked(std::optional<int> expert) {
    picked_ = expert;
    update();
}

// ---------------------------------------------------------------- geometry

ContrastBars::Parts ContrastBars::partsOf(const QRect& area) const {
    const QFontMetrics metrics(theme_.font(FontRole::Tiny));
    const int line = metrics.height();
    const int left = metrics.horizontalAdvance(QStringLiteral("−100 %")) + theme_.space(2);
    QRect legend(area.left(), area.top(), area.width(), 2 * line);
    const QRect numbers(area.left() + left, area.bottom() - line + 1, area.width() - left, line);
    const int top = legend.bottom() + theme_.space(2);
    const int room = numbers.top() - top - theme_.space(4);
    const QRect shares(area.left() + left, top, area.width() - left, room * 11 / 20);
    const QRect differences(
        shares.left(), shares.bottom() + theme_.space(3), shares.width(), room - shares.height());
    return {legend, shares, differences, numbers};
}

QRectF ContrastBars::column(const QRect& part, int expert) const {
    const double width =
        static_cast<double>(part.width()) / static_cast<double>(frame_.experts.size());
    return {part.left() + expert * width,
            static_cast<double>(part.top()),
            width,
            static_cast<double>(part.height())};
}

std::optional<int> ContrastBars::expertAt(QPoint at) const {
    if (frame_.experts.empty()) return std::nullopt;
    const Parts parts = partsOf(rect());
    if (at.x() < parts.shares.left() || at.y() < parts.shares.top()) return std::nullopt;
    const auto count = static_cast<int>(frame_.experts.size());
    const int expert = (at.x() - parts.shares.left()) * count / parts.shares.width();
    return expert < count ? std::optional(expert) : std::nullopt;
}

// ---------------------------------------------------------------- painting

void ContrastBars::paint(QPainter& painter, const QRect& area) const {
    if (frame_.experts.empty()) return;
    const Parts parts = partsOf(area);
    const Scales scales = Scales::of(frame_);
    painter.setFont(theme_.font(FontRole::Tiny));
    paintLegend(painter, parts.legend);
    for (const QRect& part : {parts.shares, parts.differences})
        painter.fillRect(part, theme_.color(ColorRole::Sunken));
    paintShares(painter, parts.shares, scales.share);
    paintDifferences(painter, parts.differences, scales.difference);
    painter.setPen(theme_.color(ColorRole::TextFaint));
    const auto count = static_cast<int>(frame_.experts.size());
    const int step = count > 16 ? 8 : 1;
    for (int expert = 0; expert < count; expert += step) {
        const QRectF box = column(parts.numbers, expert).adjusted(-10, 0, 10, 0);
        painter.drawText(box, Qt::AlignCenter, QString::number(expert));
    }
}

void ContrastBars::paintScale(QPainter& painter, const QRect& part, double value, double y) const {
    painter.setPen(theme_.color(ColorRole::TextFaint));
    const int line = painter.fontMetrics().height();
    const QRectF box(part.left() - 100, y - line / 2.0, 100 - theme_.space(1), line);
    QString text = percent(value);
    if (value < 0) text.replace(QLatin1Char('-'), QStringLiteral("−"));
    painter.drawText(box, Qt::AlignRight | Qt::AlignVCenter, text);
}

void ContrastBars::paintShares(QPainter& painter, const QRect& part, double most) const {
    const auto y = [&](double share) { return part.bottom() + 1 - share / most * part.height(); };
    const QColor accent = theme_.color(ColorRole::Accent);
    for (int expert = 0; expert < static_cast<int>(frame_.experts.size()); ++expert) {
        const Contrast& c = frame_.experts[static_cast<std::size_t>(expert)];
        const QRectF place = column(part, expert);
        const double width = std::max(1.0, place.width() * 0.36);
        const double shareA = static_cast<double>(c.countA) / static_cast<double>(c.tokensA);
        const double shareB = static_cast<double>(c.countB) / static_cast<double>(c.tokensB);
        const double middle = place.center().x();
        const QRectF pinned(middle - width, y(shareB), width, part.bottom() + 1 - y(shareB));
        const QRectF now(middle, y(shareA), width, part.bottom() + 1 - y(shareA));
        painter.setPen(QPen(theme_.color(ColorRole::TextFaint), 1));
        painter.setBrush(theme_.color(ColorRole::Border));
        painter.drawRect(pinned);
        painter.setPen(Qt::NoPen);
        painter.setBrush(accent);
        painter.drawRect(now);
    }
    painter.setPen(QPen(theme_.color(ColorRole::Text), 1, Qt::DashLine));
    painter.drawLine(QPointF(part.left(), y(frame_.chance)),
                     QPointF(part.right(), y(frame_.chance)));
    paintScale(painter, part, most, y(most) + painter.fontMetrics().height() / 3.0);
    paintScale(painter, part, 0, y(0) - painter.fontMetrics().height() / 3.0);
}

void ContrastBars::paintDifferences(QPainter& painter, const QRect& part, double most) const {
    const double middle = part.center().y();
    const auto y = [&](double difference) {
        return middle - difference / most * part.height() / 2;
    };
    painter.setPen(QPen(theme_.color(ColorRole::TextFaint), 1));
    painter.drawLine(QPointF(part.left(), middle), QPointF(part.right(), middle));
    painter.setRenderHint(QPainter::Antialiasing);
    for (int expert = 0; expert < static_cast<int>(frame_.experts.size()); ++expert) {
        const Contrast& c = frame_.experts[static_cast<std::size_t>(expert)];
        const double x = column(part, expert).center().x();
        const bool stands = c.stands() && !c.thin;
        const QColor color = theme_.color(stands ? ColorRole::Token : ColorRole::TextFaint);
        painter.setPen(QPen(color, stands ? 2 : 1, c.thin ? Qt::DotLine : Qt::SolidLine));
        painter.drawLine(QPointF(x, y(c.low)), QPointF(x, y(c.high)));
        const double dot = std::clamp(column(part, expert).width() / 6, 1.5, 4.0);
        painter.setPen(QPen(color, 1));
        painter.setBrush(stands ? color : theme_.color(ColorRole::Sunken));
        painter.drawEllipse(QPointF(x, y(c.difference)), dot, dot);
    }
    painter.setRenderHint(QPainter::Antialiasing, false);
    paintScale(painter, part, most, y(most) + painter.fontMetrics().height() / 3.0);
    paintScale(painter, part, 0, y(0));
    paintScale(painter, part, -most, y(-most) - painter.fontMetrics().height() / 3.0);
}

void ContrastBars::paintLegend(QPainter& painter, const QRect& area) const {
    const QFontMetrics metrics = painter.fontMetrics();
    const int line = metrics.height();
    int y = area.top();
    const auto entry = [&](const QColor& fill, const QColor& edge, const QString& text) {
        painter.setPen(edge);
        painter.setBrush(fill);
        painter.drawRect(QRect(area.left(), y + line / 2 - 4, 8, 8));
        painter.setPen(theme_.color(ColorRole::TextMuted));
        const QRect room(area.left() + theme_.space(4), y, area.width() - theme_.space(4), line);
        painter.drawText(room,
                         Qt::AlignLeft | Qt::AlignVCenter,
                         metrics.elidedText(text, Qt::ElideRight, room.width()));
        y += line;
    };
    entry(theme_.color(ColorRole::Border),
          theme_.color(ColorRole::TextFaint),
          tr("pinned: %1").arg(frame_.pinnedTitle));
    entry(theme_.color(ColorRole::Accent),
          theme_.color(ColorRole::Accent),
          tr("now: %1").arg(frame_.nowTitle));
}

void ContrastBars::paintOver(QPainter& painter) const {
    if (frame_.experts.empty()) return;
    const Parts parts = partsOf(rect());
    painter.setBrush(Qt::NoBrush);
    const auto outline = [&](std::optional<int> expert, ColorRole color) {
        if (!expert || *expert >= static_cast<int>(frame_.experts.size())) return;
        painter.setPen(QPen(theme_.color(color), 1));
        QRectF box = column(parts.shares, *expert);
        box.setBottom(parts.differences.bottom());
        painter.drawRect(box);
    };
    outline(picked_, ColorRole::Accent);
    outline(hovered_, ColorRole::Text);
}

// ---------------------------------------------------------------- mouse and keys

void ContrastBars::hover(std::optional<int> expert) {
    if (hovered_ == expert) return;
    hovered_ = expert;
    Q_EMIT expertHovered(expert);
    update();
}

void ContrastBars::mouseMoveEvent(QMouseEvent* event) {
    hover(expertAt(event->position().toPoint()));
}

void ContrastBars::mousePressEvent(QMouseEvent* event) {
    const auto expert = expertAt(event->position().toPoint());
    if (expert && event->button() == Qt::LeftButton) Q_EMIT expertPicked(*expert);
}

void ContrastBars::leaveEvent(QEvent* /*event*/) {
    if (!hasFocus()) hover(std::nullopt);
}

void ContrastBars::keyPressEvent(QKeyEvent* event) {
    const auto count = static_cast<int>(frame_.experts.size());
    const bool picks = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    if (picks && hovered_) return Q_EMIT expertPicked(*hovered_);
    const int step = event->key() == Qt::Key_Left ? -1 : event->key() == Qt::Key_Right ? 1 : 0;
    if (step == 0 || count == 0) return ChartCanvas::keyPressEvent(event);
    hover(hovered_ ? std::clamp(*hovered_ + step, 0, count - 1) : 0);
}

}  // namespace gatescope
