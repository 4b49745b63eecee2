#include "ui/conversations/conversation_delegate.h"

#include <QPainter>

#include "ui/models/conversation_list_model.h"
#include "ui/theme/theme.h"

namespace gatescope {

void ConversationDelegate::paint(QPainter* painter,
                                 const QStyleOptionViewItem& option,
                                 const QModelIndex& index) const {
    const bool current = index.data(ConversationListModel::CurrentRole).toBool();
    const QRect box = option.rect.adjusted(theme_.space(2), 1, -theme_.space(2), -1);
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(Qt::NoPen);
    if (current || (option.state & QStyle::State_MouseOver)) {
        painter->setBrush(theme_.color(current ? ColorRole::AccentSoft : ColorRole::Hover));
        painter->drawRoundedRect(box, theme_.radius(), theme_.radius());
    }
    if ((option.state & QStyle::State_HasFocus) && (option.state & QStyle::State_Selected)) {
        painter->setBrush(Qt::NoBrush);
        painter->setPen(theme_.color(ColorRole::Accent));
        painter->drawRoundedRect(
            QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), theme_.radius(), theme_.radius());
    }
    const QRect inside = box.adjusted(theme_.space(3), theme_.space(2), -theme_.space(3), 0);
    const QFont title = theme_.font(FontRole::Body);
    painter->setFont(title);
    painter->setPen(theme_.color(ColorRole::Text));
    const QFontMetrics metrics(title);
    painter->drawText(inside,
                      Qt::AlignLeft | Qt::AlignTop,
                      metrics.elidedText(index.data().toString(), Qt::ElideRight, inside.width()));
    painter->setFont(theme_.font(FontRole::Tiny));
    painter->setPen(theme_.color(ColorRole::TextFaint));
    painter->drawText(inside.adjusted(0, metrics.height() + 3, 0, 0),
                      Qt::AlignLeft | Qt::AlignTop,
                      index.data(ConversationListModel::DetailRole).toString());
    painter->restore();
}

QSize ConversationDelegate::sizeHint(const QStyleOptionViewItem& /*option*/,
                                     const QModelIndex& /*index*/) const {
    const int lines = QFontMetrics(theme_.font(FontRole::Body)).height() +
                      QFontMetrics(theme_.font(FontRole::Tiny)).height();
    return QSize(theme_.space(20), lines + theme_.space(5));
}

void ConversationDelegate::updateEditorGeometry(QWidget* editor,
                                                const QStyleOptionViewItem& option,
                                                const QModelIndex& /*index*/) const {
    editor->setGeometry(option.rect.adjusted(theme_.space(2), 1, -theme_.space(2), -1));
}

}  // namespace gatescope
