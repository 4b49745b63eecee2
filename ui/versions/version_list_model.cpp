#include "ui/versions/version_list_model.h"

#include <QDateTime>
#include <QLocale>
#include <utility>

#include "ui/chat/visible_text.h"

namespace gatescope {
namespace {

QString endOf(const MessageOutline& message) {
    if (message.state == MessageState::Streaming) return VersionListModel::tr("being written");
    if (message.finishReason == FinishReason::Failed) return VersionListModel::tr("failed");
    if (message.state == MessageState::Interrupted) return VersionListModel::tr("interrupted");
    if (message.finishReason == FinishReason::MaxTokens)
        return VersionListModel::tr("reached the token limit");
    if (message.finishReason == FinishReason::ContextFull)
        return VersionListModel::tr("the context is full");
    if (message.finishReason == FinishReason::Stopped) return VersionListModel::tr("stopped");
    return {};
}

QString timeOf(const MessageOutline& message) {
    const QDateTime when = QDateTime::fromMSecsSinceEpoch(message.createdMs);
    const bool today = when.date() == QDate::currentDate();
    return today ? QLocale().toString(when.time(), QLocale::ShortFormat)
                 : QLocale().toString(when, QLocale::ShortFormat);
}

}  // namespace

void VersionListModel::setRows(std::vector<VersionRow> rows) {
    beginResetModel();
    rows_ = std::move(rows);
    endResetModel();
}

int VersionListModel::rowOf(MessageId id) const {
    for (std::size_t i = 0; i < rows_.size(); ++i)
        if (rows_[i].message.id == id) return static_cast<int>(i);
    return -1;
}

int VersionListModel::lastShown() const {
    for (int i = rowCount() - 1; i >= 0; --i)
        if (row(i).shown) return i;
    return -1;
}

int VersionListModel::otherVersion(int index, int step) const {
    for (int at = index; at >= 0; at = row(at).parent) {
        const VersionRow& from = row(at);
        if (from.versions == 1) continue;
        for (int i = 0; i < rowCount(); ++i)
            if (row(i).parent == from.parent && row(i).message.role == from.message.role &&
                row(i).version == from.version + step)
                return i;
        return -1;
    }
    return -1;
}

int VersionListModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

QVariant VersionListModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid() || index.row() >= rowCount()) return {};
    const VersionRow& at = row(index.row());
    const QString words =
        visibleLine(QString::fromStdString(at.message.opening).simplified().left(120));
    switch (role) {
        case Qt::DisplayRole:
            return words.isEmpty() ? tr("(no text)") : words;
        case Qt::AccessibleTextRole:
            return tr("%1: %2%3")
                .arg(detail(index.row()), words, at.shown ? tr(", shown") : QString());
        default:
            return {};
    }
}

QString VersionListModel::detail(int index) const {
    const VersionRow& at = row(index);
    QStringList parts{at.message.role == Role::User ? tr("you") : tr("reply")};
    if (at.versions > 1) parts << tr("version %1 of %2").arg(at.version + 1).arg(at.versions);
    if (at.message.tokens == 1)
        parts << tr("1 token");
    else if (at.message.tokens > 0)
        parts << tr("%1 tokens").arg(at.message.tokens);
    if (const QString end = endOf(at.message); !end.isEmpty()) parts << end;
    parts << timeOf(at.message);
    return parts.join(QStringLiteral(" · "));
}

}  // namespace gatescope
