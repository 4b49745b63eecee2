#include "ui/conversations/conversation_delegate.h"

#include <QPainter>
#include <QTextLayout>
#include <algorithm>

#include "ui/models/conversation_list_model.h"
#include "ui/theme/theme.h"

namespace gatescope {
namespace {

const ConversationListModel& modelOf(const QModelIndex& index) {
    return *static_cast<const ConversationListModel*>(index.model());
}

}  // namespace

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
    const ConversationRow& row = modelOf(index).row(index.row());
    const int indent = std::min(row.depth, kDeepestIndent) * theme_.space(4);
    if (row.conversation == nullptr)
        paintFolder(
            *painter, box.adjusted(theme_.space(1) + indent, 0, -theme_.space(3), 0), index);
    else
        paintConversation(
            *painter,
            box.adjusted(theme_.space(3) + indent, theme_.space(2), -theme_.space(3), 0),
            index);
    painter->restore();
}

void ConversationDelegate::paintFolder(QPainter& painter,
                                       const QRect& inside,
                                       const QModelIndex& index) const {
    const ConversationRow& row = modelOf(index).row(index.row());
    const int side = theme_.space(4);
    const auto paintIcon = [&](const char* name, int left) {
        theme_.icon(QString::fromLatin1(name))
            .paint(&painter, left, inside.center().y() - side / 2 + 1, side, side);
    };
    paintIcon(row.open ? "down" : "right", inside.left());
    const bool archive = row.kind == ConversationRow::Kind::Archive;
    paintIcon(archive ? "archive" : "folder", inside.left() + side + theme_.space(1));
    const QFont small = theme_.font(FontRole::Tiny);
    const QString count = index.data(ConversationListModel::DetailRole).toString();
    const int countWidth = QFontMetrics(small).horizontalAdvance(count);
    painter.setFont(small);
    painter.setPen(theme_.color(ColorRole::TextFaint));
    painter.drawText(inside, Qt::AlignRight | Qt::AlignVCenter, count);
    const QFont font = theme_.font(FontRole::Body);
    painter.setFont(font);
    painter.setPen(theme_.color(ColorRole::TextMuted));
    const QRect text =
        inside.adjusted(2 * side + theme_.space(3), 0, -countWidth - theme_.space(2), 0);
    painter.drawText(
        text,
        Qt::AlignLeft | Qt::AlignVCenter,
        QFontMetrics(font).elidedText(index.data().toString(), Qt::ElideRight, text.width()));
}

void ConversationDelegate::paintConversation(QPainter& painter,
                                             const QRect& inside,
                                             const QModelIndex& index) const {
    const ConversationSummary& conversation = modelOf(index).at(index.row());
    QRect line = inside;
    if (conversation.pinned) {
        const int side = theme_.space(3);
        theme_.icon(QStringLiteral("pin"))
            .paint(&painter, line.right() - side, line.top() + 2, side, side);
        line.setRight(line.right() - side - theme_.space(1));
    }
    const QFont title = theme_.font(FontRole::Body);
    painter.setFont(title);
    painter.setPen(theme_.color(ColorRole::Text));
    const QFontMetrics metrics(title);
    painter.drawText(line,
                     Qt::AlignLeft | Qt::AlignTop,
                     metrics.elidedText(index.data().toString(), Qt::ElideRight, line.width()));
    const QFont small = theme_.font(FontRole::Tiny);
    painter.setFont(small);
    QRect second = inside.adjusted(0, metrics.height() + 3, 0, 0);
    second.setHeight(QFontMetrics(small).height());
    if (const FoundText* found = modelOf(index).textOf(conversation.id))
        return paintFound(painter, second, *found);
    if (!conversation.draft.empty()) {
        const QString draft = tr("Draft") + QLatin1Char(' ');
        painter.setPen(theme_.color(ColorRole::Accent));
        painter.drawText(second, Qt::AlignLeft | Qt::AlignTop, draft);
        second.setLeft(second.left() + QFontMetrics(small).horizontalAdvance(draft));
    }
    painter.setPen(theme_.color(ColorRole::TextFaint));
    const QString detail = index.data(ConversationListModel::DetailRole).toString();
    painter.drawText(second,
                     Qt::AlignLeft | Qt::AlignTop,
                     QFontMetrics(small).elidedText(detail, Qt::ElideRight, second.width()));
    second.setLeft(second.left() + QFontMetrics(small).horizontalAdvance(detail));
    paintTags(painter, second, index.data(ConversationListModel::TagsRole).toStringList());
}

// From the right edge; what has no room is counted.
void ConversationDelegate::paintTags(QPainter& painter, QRect room, const QStringList& tags) const {
    const QFontMetrics metrics(painter.font());
    const int pad = theme_.space(1) + 1;
    int shown = 0;
    for (const QString& tag : tags) {
        const int left = static_cast<int>(tags.size()) - shown - 1;
        const QString more = left > 0 ? QStringLiteral(" +%1").arg(left) : QString();
        const int free = room.width() - theme_.space(3) - metrics.horizontalAdvance(more);
        const int widest = std::min(free - 2 * pad, theme_.space(24));
        const QString text = metrics.elidedText(tag, Qt::ElideRight, widest);
        if (widest < theme_.space(5)) break;
        const int width = metrics.horizontalAdvance(text) + 2 * pad;
        const QRectF chip(room.right() - width + 1, room.top(), width, room.height());
        painter.setPen(Qt::NoPen);
        painter.setBrush(theme_.color(ColorRole::Hover));
        painter.drawRoundedRect(chip, chip.height() / 2, chip.height() / 2);
        painter.setPen(theme_.color(ColorRole::TextMuted));
        painter.drawText(chip, Qt::AlignCenter, text);
        room.setRight(room.right() - width - theme_.space(1));
        ++shown;
    }
    if (shown > 0 && shown < tags.size()) {
        painter.setPen(theme_.color(ColorRole::TextFaint));
        painter.drawText(
            room, Qt::AlignRight | Qt::AlignTop, QStringLiteral("+%1").arg(tags.size() - shown));
    }
}

void ConversationDelegate::paintFound(QPainter& painter,
                                      const QRect& room,
                                      const FoundText& found) const {
    QTextLayout layout(found.text, painter.font());
    QList<QTextLayout::FormatRange> formats;
    for (const FoundText::Mark& mark : found.marks) {
        QTextCharFormat format;
        format.setForeground(theme_.color(ColorRole::Text));
        format.setBackground(theme_.color(ColorRole::AccentSoft));
        format.setFontWeight(QFont::DemiBold);
        formats.push_back({mark.begin, mark.length, format});
    }
    layout.setFormats(formats);
    QTextOption option;
    option.setWrapMode(QTextOption::NoWrap);
    layout.setTextOption(option);
    layout.beginLayout();
    QTextLine line = layout.createLine();
    layout.endLayout();
    if (!line.isValid()) return;
    painter.setPen(theme_.color(ColorRole::TextMuted));
    painter.save();
    painter.setClipRect(room);
    layout.draw(&painter, room.topLeft());
    painter.restore();
}

QSize ConversationDelegate::sizeHint(const QStyleOptionViewItem& /*option*/,
                                     const QModelIndex& index) const {
    if (heightsFor_ != theme_.scale()) {
        heightsFor_ = theme_.scale();
        titleHeight_ = QFontMetrics(theme_.font(FontRole::Body)).height();
        smallHeight_ = QFontMetrics(theme_.font(FontRole::Tiny)).height();
    }
    if (!modelOf(index).isConversation(index.row()))
        return QSize(theme_.space(20), titleHeight_ + theme_.space(3));
    return QSize(theme_.space(20), titleHeight_ + smallHeight_ + theme_.space(5));
}

void ConversationDelegate::updateEditorGeometry(QWidget* editor,
                                                const QStyleOptionViewItem& option,
                                                const QModelIndex& /*index*/) const {
    editor->setGeometry(option.rect.adjusted(theme_.space(2), 1, -theme_.space(2), -1));
}

}  // namespace gatescope
