#pragma once

#include <QAbstractListModel>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "engine/store/library_filter.h"
#include "ui/models/conversation_rows.h"

namespace gatescope {

/// Where the words of a search stand in a conversation: a piece of its text on one line.
struct FoundText {
    QString text;
    struct Mark {
        int begin = 0;
        int length = 0;
        friend bool operator==(const Mark&, const Mark&) = default;
    };
    std::vector<Mark> marks;  ///< of the words, in `text`
    MessageId message = 0;    ///< 0: its title has them
    friend bool operator==(const FoundText&, const FoundText&) = default;
};

/// The conversations of the library as rows, as arrangeRows() says: those that are pinned, folders,
/// the others, the archive. Holds one snapshot; a query narrows it to what was found, and a row can
/// be hidden while its removal can still be undone. Conversations are moved by dragging them onto a
/// folder. UI thread only.
class ConversationListModel : public QAbstractListModel {
    Q_OBJECT
  public:
    enum Roles {
        IdRole = Qt::UserRole + 1,  ///< 0: a folder or the archive
        DetailRole,
        CurrentRole,
        TagsRole,
        DraftRole,  ///< something typed is not sent
    };
    explicit ConversationListModel(QObject* parent = nullptr) : QAbstractListModel(parent) {}

    void setConversations(const std::vector<ConversationSummary>& conversations,
                          const std::vector<std::string>& folders = {});
    /// What a filter found in each of these, said in their second line; empty: no filter.
    void setHits(std::map<ConversationId, FilterHits> hits);
    /// Empty: all are shown.
    void setFound(std::optional<std::set<ConversationId>> found);
    /// What stands in the second line of those that were found by their text.
    void setTexts(std::map<ConversationId, FoundText> texts);
    void setQuery(const LibraryQuery& query);
    void setHidden(std::optional<ConversationId> hidden);
    void setCurrent(std::optional<ConversationId> current);
    /// Opens or closes a folder, or the archive. Does nothing for a conversation.
    void setOpen(int row, bool open);
    void setClosedFolders(std::set<std::string> closed);
    const std::set<std::string>& closedFolders() const { return closed_; }
    /// Of all conversations, each once, sorted.
    QStringList tags() const;

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    /// EditRole renames: the row changes when the library has been told, see renameRequested() and
    /// folderRenameRequested().
    bool setData(const QModelIndex& index, const QVariant& value, int role) override;
    Qt::DropActions supportedDropActions() const override { return Qt::MoveAction; }
    QStringList mimeTypes() const override;
    QMimeData* mimeData(const QModelIndexList& indexes) const override;
    bool canDropMimeData(const QMimeData* data,
                         Qt::DropAction action,
                         int row,
                         int column,
                         const QModelIndex& parent) const override;
    /// What was dragged goes into the folder that it is dropped on, or that the row it is dropped
    /// on is in; see moveRequested() and folderRenameRequested().
    bool dropMimeData(const QMimeData* data,
                      Qt::DropAction action,
                      int row,
                      int column,
                      const QModelIndex& parent) override;

    const ConversationRow& row(int row) const { return rows_[static_cast<std::size_t>(row)]; }
    bool isConversation(int row) const { return this->row(row).conversation != nullptr; }
    /// Requires isConversation(row).
    const ConversationSummary& at(int row) const { return *this->row(row).conversation; }
    std::optional<int> rowOf(ConversationId id) const;
    std::optional<int> rowOfFolder(const std::string& folder) const;
    /// Empty: it was not found by its text.
    const FoundText* textOf(ConversationId id) const;

  Q_SIGNALS:
    void renameRequested(qint64 id, const QString& title);
    /// Both are whole paths.
    void folderRenameRequested(const QString& from, const QString& to);
    void moveRequested(qint64 id, const QString& folder);
    void archiveRequested(qint64 id);
    void closedFoldersChanged();

  private:
    void rebuild();
    QString detailOf(const ConversationSummary& conversation) const;
    QVariant folderData(const ConversationRow& row, int role) const;
    std::optional<ConversationRow> target(const QModelIndex& onto) const;

    std::vector<ConversationSummary> all_;
    std::vector<std::string> folders_;
    std::set<std::string> closed_;
    bool archiveOpen_ = false;
    LibraryQuery query_;
    std::vector<ConversationRow> rows_;
    std::optional<std::set<ConversationId>> found_;
    std::map<ConversationId, FilterHits> hits_;
    std::map<ConversationId, FoundText> texts_;
    std::optional<ConversationId> hidden_;
    std::optional<ConversationId> current_;
};

}  // namespace gatescope
