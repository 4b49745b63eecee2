#pragma once

#include <QAbstractListModel>

#include "ui/versions/version_rows.h"

namespace gatescope {

/// Every message of a conversation as a row; each names itself for a screen reader. UI thread only.
class VersionListModel : public QAbstractListModel {
    Q_OBJECT
  public:
    using QAbstractListModel::QAbstractListModel;

    void setRows(std::vector<VersionRow> rows);
    const VersionRow& row(int index) const { return rows_[static_cast<std::size_t>(index)]; }
    /// The row of a message; -1: none.
    int rowOf(MessageId id) const;
    /// The one that is shown last; -1: none.
    int lastShown() const;
    /// The nearest row above or below in the same place: another version of the message, else of
    /// the first one above it that has versions.
    int otherVersion(int index, int step) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    /// "reply, version 2 of 3, 120 tokens, reached the token limit, 14:05".
    QString detail(int index) const;

  private:
    std::vector<VersionRow> rows_;
};

}  // namespace gatescope
