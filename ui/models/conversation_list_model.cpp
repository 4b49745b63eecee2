#include "ui/models/conversation_list_model.h"

#include <QDateTime>
#include <QLocale>

#include "ui/chat/visible_text.h"

namespace gatescope {
namespace {

// Shown only; order comes from the library.
QString whenText(std::int64_t ms) {
    const QDateTime then = QDateTime::fromMSecsSinceEpoch(ms);
    const qint64 days = then.date().daysTo(QDate::currentDate());
    if (days == 0) return then.toString(QStringLiteral("HH:mm"));
    if (days == 1) return ConversationListModel::tr("yesterday");
    return QLocale().toString(then.date(), QLocale::ShortFormat);
}

bool sameRow(const ConversationSummary& a, const ConversationSummary& b) {
    return a.id == b.id && a.title == b.title && a.updatedMs == b.updatedMs &&
           a.messageCount == b.messageCount;
}

}  // namespace

void ConversationListModel::setConversations(std::vector<ConversationSummary> conversations) {
    const bool same = conversations.size() == all_.size() &&
                      std::equal(all_.begin(), all_.end(), conversations.begin(), sameRow);
    if (same) return;
    beginResetModel();
    all_ = std::move(conversations);
    rebuild();
    endResetModel();
}

void ConversationListModel::setFound(std::optional<std::set<ConversationId>> found) {
    if (found_ == found) return;
    beginResetModel();
    found_ = std::move(found);
    rebuild();
    endResetModel();
}

void ConversationListModel::setHits(std::map<ConversationId, FilterHits> hits) {
    if (hits_.empty() && hits.empty()) return;
    hits_ = std::move(hits);
    if (rowCount() > 0) Q_EMIT dataChanged(index(0), index(rowCount() - 1), {DetailRole});
}

void ConversationListModel::setHidden(std::optional<ConversationId> hidden) {
    if (hidden_ == hidden) return;
    beginResetModel();
    hidden_ = hidden;
    rebuild();
    endResetModel();
}

void ConversationListModel::setCurrent(std::optional<ConversationId> current) {
    if (current_ == current) return;
    current_ = current;
    if (rowCount() > 0) Q_EMIT dataChanged(index(0), index(rowCount() - 1), {CurrentRole});
}

void ConversationListModel::rebuild() {
    shown_.clear();
    for (const ConversationSummary& conversation : all_)
        if (conversation.id != hidden_ && (!found_ || found_->contains(conversation.id)))
            shown_.push_back(&conversation);
}

int ConversationListModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(shown_.size());
}

QVariant ConversationListModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const ConversationSummary& conversation = at(index.row());
    const QString title = QString::fromStdString(conversation.title);
    switch (role) {
        case Qt::DisplayRole:
        case Qt::ToolTipRole:
        case Qt::AccessibleTextRole:
            return title.isEmpty() ? tr("Untitled") : visibleLine(title);
        case Qt::EditRole:
            return title;
        case DetailRole:
            return detailOf(conversation);
        case IdRole:
            return QVariant::fromValue<qint64>(conversation.id);
        case CurrentRole:
            return current_ == conversation.id;
        default:
            return {};
    }
}

QString ConversationListModel::detailOf(const ConversationSummary& conversation) const {
    if (const auto hits = hits_.find(conversation.id); hits != hits_.end()) {
        const QLocale locale;
        return tr("%1 of %2 tokens")
            .arg(locale.toString(hits->second.matches), locale.toString(hits->second.tokens));
    }
    return whenText(conversation.updatedMs) + QStringLiteral(" · ") +
           (conversation.messageCount == 1 ? tr("1 message")
                                           : tr("%1 messages").arg(conversation.messageCount));
}

Qt::ItemFlags ConversationListModel::flags(const QModelIndex& index) const {
    if (!index.isValid()) return Qt::NoItemFlags;
    return Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsEditable | Qt::ItemNeverHasChildren;
}

bool ConversationListModel::setData(const QModelIndex& index, const QVariant& value, int role) {
    if (role != Qt::EditRole || !checkIndex(index, CheckIndexOption::IndexIsValid)) return false;
    const QString title = value.toString().simplified();
    if (title.isEmpty() || title == data(index, Qt::EditRole).toString()) return false;
    Q_EMIT renameRequested(at(index.row()).id, title);
    return true;
}

std::optional<int> ConversationListModel::rowOf(ConversationId id) const {
    for (int row = 0; row < rowCount(); ++row)
        if (at(row).id == id) return row;
    return std::nullopt;
}

}  // namespace gatescope
