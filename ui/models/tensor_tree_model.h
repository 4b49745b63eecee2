#pragma once

#include <QAbstractItemModel>
#include <vector>

#include "engine/model/weights_assembly.h"

namespace gatescope {

/// One parameter as the tree shows it.
struct TensorRow {
    TensorLayout layout;     ///< as it is kept in memory
    std::size_t tensor = 0;  ///< index in ModelSource::layouts()
};

/// A model's parameters: first those outside the layers, then layer by layer. Two levels, one
/// snapshot. UI thread only.
class TensorTreeModel : public QAbstractItemModel {
    Q_OBJECT
  public:
    enum Column { Name, Shape, Type, Bytes, Place, NumColumns };
    explicit TensorTreeModel(QObject* parent = nullptr) : QAbstractItemModel(parent) {}

    /// `place`: where the plan puts them, for people.
    void setTensors(const std::vector<TensorLayout>& layouts, const QString& place);
    void clear() { setTensors({}, {}); }
    /// Null: a group, or nothing.
    const TensorRow* tensorAt(const QModelIndex& index) const;
    /// Of the tensor of this path; invalid: there is none.
    QModelIndex indexOf(const QString& path) const;

    QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    QModelIndex parent(const QModelIndex& index) const override;
    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

  private:
    struct Group {
        int layer = -1;  ///< -1: outside the layers
        std::vector<TensorRow> rows;
        quint64 bytes = 0;
    };
    QString groupText(const Group& group, int column) const;
    QString tensorText(const TensorRow& row, int column) const;

    std::vector<Group> groups_;
    QString place_;
};

}  // namespace gatescope
