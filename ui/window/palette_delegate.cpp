#include "ui/window/palette_delegate.h"

#include <QPainter>

#include "ui/theme/theme.h"
#include "ui/window/palette_model.h"

namespace gatescope {

int PaletteDelegate::rowHeight() const {
    return QFontMetrics(theme_.font(FontRole::Body)).height() + theme_.space(4);
}

int PaletteDelegate::headingHeight() const {
    return QFontMetrics(theme_.font(FontRole::Tiny)).height() + theme_.space(3);
}

QSize PaletteDelegate::sizeHint(const QStyleOptionViewItem& /*option*/,
                                const QModelIndex& index) const {
    const bool heads = !index.data(PaletteModel::HeadingRole).toString().isEmpty();
    return {theme_.space(40), rowHeight() + (heads ? headingHeight() : 0)};
}

/// From the right edge of `room`, one box for each stroke; gives what is left of the room.
QRect PaletteDelegate::paintKeys(QPainter& painter, QRect room, const QString& keys) const {
    if (keys.isEmpty()) return room;
    painter.setFont(theme_.font(FontRole::Tiny));
    const QFontMetrics metrics(painter.font());
    const int high = metrics.height() + theme_.space(1);
    QStringList strokes = keys.split(QStringLiteral(", "));
    for (auto stroke = strokes.crbegin(); stroke != strokes.crend(); ++stroke) {
        const int wide = std::max(high, metrics.horizontalAdvance(*stroke) + theme_.space(3));
        const QRect box(room.right() - wide, room.center().y() - high / 2, wide, high);
        painter.setPen(theme_.color(ColorRole::BorderStrong));
        painter.setBrush(theme_.color(ColorRole::Surface));
        painter.drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4);
        painter.setPen(theme_.color(ColorRole::TextMuted));
        painter.drawText(box, Qt::AlignCenter, *stroke);
        room.setRight(box.left() - theme_.space(1));
    }
    return room;
}

/// Runs of letters that matched in bold; gives where the title ends.
int PaletteDelegate::paintTitle(QPainter& painter,
                                const QRect& room,
                                const QModelIndex& index) const {
    const QFont plain = theme_.font(FontRole::Body);
    QFont bold = plain;
    bold.setWeight(QFont::Bold);
    const auto matched = index.data(PaletteModel::PositionsRole).value<QList<int>>();
    const QString title =
        QFontMetrics(bold).elidedText(index.data().toString(), Qt::ElideRight, room.width());
    const bool enabled = index.data(PaletteModel::EnabledRole).toBool();
    const QColor ink = theme_.color(enabled ? ColorRole::Text : ColorRole::TextFaint);
    const QColor found = enabled ? theme_.color(ColorRole::Accent) : ink;
    int x = room.left();
    for (int begin = 0; begin < title.size();) {
        const bool isMatch = matched.contains(begin);
        int end = begin + 1;
        while (end < title.size() && matched.contains(end) == isMatch) ++end;
        const QString run = title.mid(begin, end - begin);
        painter.setFont(isMatch ? bold : plain);
        painter.setPen(isMatch ? found : ink);
        painter.drawText(
            QRect(x, room.top(), room.right() - x + 1, room.height()), Qt::AlignVCenter, run);
        x += QFontMetrics(painter.font()).horizontalAdvance(run);
        begin = end;
    }
    return x;
}

void PaletteDelegate::paint(QPainter* painter,
                            const QStyleOptionViewItem& option,
                            const QModelIndex& index) const {
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    QRect row = option.rect.adjusted(theme_.space(2), 0, -theme_.space(2), 0);
    const QString heading = index.data(PaletteModel::HeadingRole).toString();
    if (!heading.isEmpty()) {
        painter->setFont(theme_.font(FontRole::Tiny));
        painter->setPen(theme_.color(ColorRole::TextFaint));
        painter->drawText(
            row.adjusted(theme_.space(2), theme_.space(1), 0, 0)
                .intersected(QRect(row.topLeft(), QSize(row.width(), headingHeight()))),
            Qt::AlignVCenter,
            heading);
        row.setTop(row.top() + headingHeight());
    }
    const bool current = option.state & QStyle::State_Selected;
    if (current) {
        painter->setPen(theme_.isHighContrast() ? QPen(theme_.color(ColorRole::Accent), 2)
                                                : QPen(Qt::NoPen));
        painter->setBrush(theme_.color(ColorRole::AccentSoft));
        painter->drawRoundedRect(
            QRectF(row).adjusted(1, 1, -1, -1), theme_.radius(), theme_.radius());
    }
    const int iconSize = theme_.space(4);
    QRect inside = row.adjusted(theme_.space(2), 0, -theme_.space(2), 0);
    const QRect iconBox(inside.left(), row.center().y() - iconSize / 2 + 1, iconSize, iconSize);
    if (index.data(PaletteModel::CheckedRole).toBool()) {
        painter->setPen(theme_.color(ColorRole::Accent));
        painter->setFont(theme_.font(FontRole::Body));
        painter->drawText(iconBox, Qt::AlignCenter, QStringLiteral("✓"));
    } else {
        const bool enabled = index.data(PaletteModel::EnabledRole).toBool();
        index.data(Qt::DecorationRole)
            .value<QIcon>()
            .paint(painter, iconBox, Qt::AlignCenter, enabled ? QIcon::Normal : QIcon::Disabled);
    }
    inside.setLeft(iconBox.right() + theme_.space(2));
    inside = paintKeys(*painter, inside, index.data(PaletteModel::KeysRole).toString());
    const int titleEnd = paintTitle(*painter, inside, index);
    const QString whyNot = index.data(PaletteModel::WhyNotRole).toString();
    const QString second =
        whyNot.isEmpty() ? index.data(PaletteModel::WhereRole).toString() : whyNot;
    inside.setLeft(titleEnd + theme_.space(3));
    painter->setFont(theme_.font(FontRole::Small));
    painter->setPen(theme_.color(whyNot.isEmpty() ? ColorRole::TextFaint : ColorRole::Warning));
    const QFontMetrics metrics(painter->font());
    if (inside.width() > theme_.space(8))
        painter->drawText(
            inside, Qt::AlignVCenter, metrics.elidedText(second, Qt::ElideRight, inside.width()));
    painter->restore();
}

}  // namespace gatescope
