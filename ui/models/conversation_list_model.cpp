#include "ui/models/conversation_list_model.h"

#include <QDateTime>
#include <QLocale>
#include <QMimeData>
#include <algorithm>

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
           a.messageCount == b.messageCount && a.folder == b.folder && a.tags == b.tags &&
           a.pinned == b.pinned && a.archived == b.archived && a.draft.empty() == b.draft.empty();
}

constexpr QLatin1String kDragged("application/x-gatescope-conversations");

}  // namespace

void ConversationListModel::setConversations(const std::vector<ConversationSummary>& conversations,
                                             const std::vector<std::string>& folders) {
    const bool same = folders == folders_ && conversations.size() == all_.size() &&
                      std::equal(all_.begin(), all_.end(), conversations.begin(), sameRow);
    if (same) return;
    beginResetModel();
    all_ = conversations;
    folders_ = folders;
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

void ConversationListModel::setQuery(const LibraryQuery& query) {
    if (query_ == query) return;
    beginResetModel();
    query_ = query;
    rebuild();
    endResetModel();
}

void ConversationListModel::setHits(std::map<ConversationId, FilterHits> hits) {
    if (hits_.empty() && hits.empty()) return;
    hits_ = std::move(hits);
    if (rowCount() > 0) Q_EMIT dataChanged(index(0), index(rowCount() - 1), {DetailRole});
}

void ConversationListModel::setTexts(std::map<ConversationId, FoundText> texts) {
    if (texts_ == texts) return;
    texts_ = std::move(texts);
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

void ConversationListModel::setOpen(int row, bool open) {
    const ConversationRow line = this->row(row);
    if (line.conversation != nullptr || line.open == open) return;
    beginResetModel();
    if (line.kind == ConversationRow::Kind::Archive)
        archiveOpen_ = open;
    else if (open)
        closed_.erase(line.folder);
    else
        closed_.insert(line.folder);
    rebuild();
    endResetModel();
    Q_EMIT closedFoldersChanged();
}

void ConversationListModel::setClosedFolders(std::set<std::string> closed) {
    beginResetModel();
    closed_ = std::move(closed);
    rebuild();
    endResetModel();
}

void ConversationListModel::rebuild() {
    rows_ = arrangeRows({.conversations = all_,
                         .folders = folders_,
                         .closedFolders = closed_,
                         .archiveOpen = archiveOpen_,
                         .hidden = hidden_,
                         .query = query_,
                         .found = found_});
}

QStringList ConversationListModel::tags() const {
    std::set<QString> tags;
    for (const auto& c : all_)
        for (const auto& tag : c.tags) tags.insert(QString::fromStdString(tag));
    return QStringList(tags.begin(), tags.end());
}

int ConversationListModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

QVariant ConversationListModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    if (!isConversation(index.row())) return folderData(row(index.row()), role);
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
        case Qt::AccessibleDescriptionRole:
            return detailOf(conversation);
        case IdRole:
            return QVariant::fromValue<qint64>(conversation.id);
        case CurrentRole:
            return current_ == conversation.id;
        case TagsRole: {
            QStringList tags;
            for (const auto& tag : conversation.tags)
                tags << visibleLine(QString::fromStdString(tag));
            return tags;
        }
        case DraftRole:
            return !conversation.draft.empty();
        default:
            return {};
    }
}

QVariant ConversationListModel::folderData(const ConversationRow& row, int role) const {
    const bool archive = row.kind == ConversationRow::Kind::Archive;
    const QString name = archive ? tr("Archive") : visibleLine(folderName(row.folder));
    switch (role) {
        case Qt::DisplayRole:
            return name;
        case Qt::ToolTipRole:
            return archive ? name : visibleLine(QString::fromStdString(row.folder));
        case Qt::AccessibleTextRole:
            return row.open ? tr("%1, folder, open, %2 conversations").arg(name).arg(row.count)
                            : tr("%1, folder, closed, %2 conversations").arg(name).arg(row.count);
        case Qt::EditRole:
            return folderName(row.folder);
        case DetailRole:
            return QString::number(row.count);
        case IdRole:
            return QVariant::fromValue<qint64>(0);
        case CurrentRole:
        case DraftRole:
            return false;
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
    if (const FoundText* found = textOf(conversation.id)) return found->text;
    const bool elsewhere = conversation.pinned || found_ || query_.hasConditions();
    const QString folder =
        elsewhere && !conversation.folder.empty()
            ? visibleLine(folderName(conversation.folder)) + QStringLiteral(" · ")
            : QString();
    return folder + whenText(conversation.updatedMs) + QStringLiteral(" · ") +
           (conversation.messageCount == 1 ? tr("1 message")
                                           : tr("%1 messages").arg(conversation.messageCount));
}

const FoundText* ConversationListModel::textOf(ConversationId id) const {
    const auto found = texts_.find(id);
    return found == texts_.end() || found->second.text.isEmpty() ? nullptr : &found->second;
}

Qt::ItemFlags ConversationListModel::flags(const QModelIndex& index) const {
    if (!index.isValid()) return Qt::ItemIsDropEnabled;  // beside the rows: out of all folders
    Qt::ItemFlags flags =
        Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemNeverHasChildren | Qt::ItemIsDropEnabled;
    if (row(index.row()).kind != ConversationRow::Kind::Archive)
        flags |= Qt::ItemIsEditable | Qt::ItemIsDragEnabled;
    return flags;
}

bool ConversationListModel::setData(const QModelIndex& index, const QVariant& value, int role) {
    if (role != Qt::EditRole || !checkIndex(index, CheckIndexOption::IndexIsValid)) return false;
    const QString title = value.toString().simplified();
    if (title.isEmpty() || title == data(index, Qt::EditRole).toString()) return false;
    if (isConversation(index.row())) {
        Q_EMIT renameRequested(at(index.row()).id, title);
        return true;
    }
    const QString from = QString::fromStdString(row(index.row()).folder);
    Q_EMIT folderRenameRequested(from, from.left(from.lastIndexOf(QLatin1Char('/')) + 1) + title);
    return true;
}

std::optional<int> ConversationListModel::rowOf(ConversationId id) const {
    for (int row = 0; row < rowCount(); ++row)
        if (isConversation(row) && at(row).id == id) return row;
    return std::nullopt;
}

std::optional<int> ConversationListModel::rowOfFolder(const std::string& folder) const {
    for (int row = 0; row < rowCount(); ++row)
        if (this->row(row).kind == ConversationRow::Kind::Folder && this->row(row).folder == folder)
            return row;
    return std::nullopt;
}

// ---------------------------------------------------------------- dragging

QStringList ConversationListModel::mimeTypes() const {
    return {kDragged};
}

/// Lines: the id of a conversation, or "/" and the path of a folder.
QMimeData* ConversationListModel::mimeData(const QModelIndexList& indexes) const {
    QStringList lines;
    for (const QModelIndex& index : indexes) {
        const ConversationRow& row = this->row(index.row());
        if (row.conversation != nullptr)
            lines << QString::number(row.conversation->id);
        else if (!row.folder.empty())
            lines << QLatin1Char('/') + QString::fromStdString(row.folder);
    }
    auto* data = new QMimeData;
    data->setData(kDragged, lines.join(QLatin1Char('\n')).toUtf8());
    return data;
}

/// The folder row that a drop would go into; one without a path: out of all folders. Empty: nothing
/// can be dropped there.
std::optional<ConversationRow> ConversationListModel::target(const QModelIndex& onto) const {
    const ConversationRow root{.kind = ConversationRow::Kind::Folder, .folder = {}};
    if (!onto.isValid()) return root;
    const ConversationRow& row = this->row(onto.row());
    if (row.conversation == nullptr) return row;
    if (row.conversation->archived) return std::nullopt;
    ConversationRow folder = root;
    if (row.depth > 0) folder.folder = row.conversation->folder;
    return folder;
}

bool ConversationListModel::canDropMimeData(const QMimeData* data,
                                            Qt::DropAction action,
                                            int /*row*/,
                                            int /*column*/,
                                            const QModelIndex& parent) const {
    return action == Qt::MoveAction && data->hasFormat(kDragged) && target(parent).has_value();
}

bool ConversationListModel::dropMimeData(const QMimeData* data,
                                         Qt::DropAction action,
                                         int /*row*/,
                                         int /*column*/,
                                         const QModelIndex& parent) {
    const auto onto = target(parent);
    if (action != Qt::MoveAction || !onto) return false;
    const QString folder = QString::fromStdString(onto->folder);
    for (const QString& line :
         QString::fromUtf8(data->data(kDragged)).split(QLatin1Char('\n'), Qt::SkipEmptyParts)) {
        if (!line.startsWith(QLatin1Char('/'))) {
            if (onto->kind == ConversationRow::Kind::Archive)
                Q_EMIT archiveRequested(line.toLongLong());
            else
                Q_EMIT moveRequested(line.toLongLong(), folder);
        } else if (onto->kind == ConversationRow::Kind::Folder) {
            const QString from = line.mid(1);
            const QString name = from.mid(from.lastIndexOf(QLatin1Char('/')) + 1);
            const QString to = folder.isEmpty() ? name : folder + QLatin1Char('/') + name;
            const bool intoItself = folder == from || folder.startsWith(from + QLatin1Char('/'));
            if (to != from && !intoItself) Q_EMIT folderRenameRequested(from, to);
        }
    }
    return false;  // nothing is to be taken out: the library says how the list is now
}

}  // namespace gatescope
