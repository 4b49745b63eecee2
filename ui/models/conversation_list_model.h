#pragma once

#include <QAbstractListModel>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "engine/store/conversation.h"
#include "engine/store/library_filter.h"

namespace gatescope {

/// The conversations of the library as rows, last used first. Holds one snapshot; a search narrows
/// it to what was found, and a row can be hidden while its removal can still be undone. UI thread
/// only.
class ConversationListModel : public QAbstractListModel {
    Q_OBJECT
  public:
    enum Roles { IdRole = Qt::UserRole + 1, DetailRole, CurrentRole };
    explicit ConversationListModel(QObject* parent = nullptr) : QAbstractListModel(parent) {}

    void setConversations(std::vector<ConversationSummary> conversations);
    /// What a filter found in each of these, said in their second line; empty: no filter.
    void setHits(std::map<ConversationId, FilterHits> hits);
    /// Empty: all are shown.
    void setFound(std::optional<std::set<ConversationId>> found);
    void setHidden(std::optional<ConversationId> hidden);
    void setCurrent(std::optional<ConversationId> current);

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    /// EditRole renames: the row changes when the library has been told, see renameRequested().
    bool setData(const QModelIndex& index, const QVariant& value, int role) override;

    const ConversationSummary& at(int row) const { return *shown_[static_cast<std::size_t>(row)]; }
    std::optional<int> rowOf(ConversationId id) const;

  Q_SIGNALS:
    void renameRequested(qint64 id, const QString& title);

  private:
    void rebuild();
    QString detailOf(const ConversationSummary& conversation) const;

    std::vector<ConversationSummary> all_;
    std::vector<const ConversationSummary*> shown_;
    std::optional<std::set<ConversationId>> found_;
    std::map<ConversationId, FilterHits> hits_;
    std::optional<ConversationId> hidden_;
    std::optional<ConversationId> current_;
};

}  // namespace gatescope
