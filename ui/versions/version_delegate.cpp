#include "ui/versions/version_delegate.h"

#include <QPainter>
#include <QPainterPath>
#include <algorithm>

#include "ui/theme/theme.h"
#include "ui/versions/version_list_model.h"

namespace gatescope {
namespace {

constexpr int kMostLanes = 12;  ///< further in they share one
constexpr qreal kThin = 1.2;
constexpr qreal kThick = 2.6;

}  // namespace

qreal VersionDelegate::laneX(int lane, const QRect& row) const {
    return row.left() + theme_.space(5) + std::min(lane, kMostLanes) * theme_.space(5);
}

void VersionDelegate::paintLines(QPainter& painter, const QRect& row, int index) const {
    const VersionRow& at = model_.row(index);
    const auto pen = [this](bool shown) {
        return QPen(theme_.color(shown ? ColorRole::Accent : ColorRole::BorderStrong),
                    shown ? kThick : kThin,
                    Qt::SolidLine,
                    Qt::FlatCap);
    };
    const qreal middle = row.center().y() + 0.5;
    const qreal top = row.top();
    const qreal bottom = row.bottom() + 1;
    const auto vertical = [&](int lane, qreal from, qreal to, bool shown) {
        painter.setPen(pen(shown));
        painter.drawLine(QPointF(laneX(lane, row), from), QPointF(laneX(lane, row), to));
    };
    const auto leads = [&at](int lane) {
        return std::ranges::find(at.shownPassing, lane) != at.shownPassing.end();
    };
    for (const int lane : at.passing) vertical(lane, top, bottom, leads(lane));
    if (at.parent >= 0 && model_.row(at.parent).lane == at.lane) {
        vertical(at.lane, top, middle, at.shown);
    } else if (at.parent >= 0) {  // turns off to its own lane
        const qreal x = laneX(at.lane - 1, row);
        QPainterPath turn(QPointF(x, top));
        turn.quadTo(QPointF(x, middle), QPointF(laneX(at.lane, row), middle));
        painter.setPen(pen(at.shown));
        painter.drawPath(turn);
    }
    const bool goesOn = index + 1 < model_.rowCount() && model_.row(index + 1).parent == index;
    if (goesOn) vertical(at.lane, middle, bottom, at.shownBelow);
}

void VersionDelegate::paintDot(QPainter& painter, const QRect& row, int index) const {
    const VersionRow& at = model_.row(index);
    const QColor color = theme_.color(at.shown ? ColorRole::Accent : ColorRole::BorderStrong);
    const qreal size = theme_.space(1) + 1;
    const QPointF middle(laneX(at.lane, row), row.center().y() + 0.5);
    painter.setPen(QPen(color, kThin + 0.4));
    painter.setBrush(at.shown ? color : theme_.color(ColorRole::Surface));
    if (at.message.role == Role::User)
        painter.drawRect(QRectF(middle - QPointF(size, size), QSizeF(2 * size, 2 * size)));
    else
        painter.drawEllipse(middle, size, size);
}

void VersionDelegate::paint(QPainter* painter,
                            const QStyleOptionViewItem& option,
                            const QModelIndex& index) const {
    const VersionRow& at = model_.row(index.row());
    const bool selected = option.state & QStyle::State_Selected;
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    const QRect box = option.rect.adjusted(theme_.space(1), 1, -theme_.space(1), -1);
    painter->setPen(Qt::NoPen);
    if (selected || (option.state & QStyle::State_MouseOver)) {
        painter->setBrush(theme_.color(selected ? ColorRole::AccentSoft : ColorRole::Hover));
        painter->drawRoundedRect(box, theme_.radius(), theme_.radius());
    }
    if (selected && (option.state & QStyle::State_HasFocus)) {
        painter->setBrush(Qt::NoBrush);
        painter->setPen(theme_.color(ColorRole::Accent));
        painter->drawRoundedRect(
            QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), theme_.radius(), theme_.radius());
    }
    paintLines(*painter, option.rect, index.row());
    paintDot(*painter, option.rect, index.row());

    QRect inside = box.adjusted(0, theme_.space(1), -theme_.space(3), 0);
    inside.setLeft(qRound(laneX(at.lane, option.rect)) + theme_.space(4));
    const QFont words = theme_.font(at.shown ? FontRole::Strong : FontRole::Body);
    painter->setFont(words);
    painter->setPen(theme_.color(ColorRole::Text));
    const QFontMetrics metrics(words);
    painter->drawText(inside,
                      Qt::AlignLeft | Qt::AlignTop,
                      metrics.elidedText(index.data().toString(), Qt::ElideRight, inside.width()));
    const QFont small = theme_.font(FontRole::Tiny);
    painter->setFont(small);
    painter->setPen(theme_.color(ColorRole::TextMuted));
    painter->drawText(
        inside.adjusted(0, metrics.height() + 2, 0, 0),
        Qt::AlignLeft | Qt::AlignTop,
        QFontMetrics(small).elidedText(model_.detail(index.row()), Qt::ElideRight, inside.width()));
    painter->restore();
}

QSize VersionDelegate::sizeHint(const QStyleOptionViewItem& /*option*/,
                                const QModelIndex& /*index*/) const {
    const int lines = QFontMetrics(theme_.font(FontRole::Strong)).height() +
                      QFontMetrics(theme_.font(FontRole::Tiny)).height();
    return QSize(theme_.space(40), lines + theme_.space(3));
}

}  // namespace gatescope
