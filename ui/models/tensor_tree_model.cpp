#include "ui/models/tensor_tree_model.h"

#include <algorithm>

#include "ui/chat/visible_text.h"

namespace gatescope {
namespace {

// An index's internal id: 0 for a group, else 1 + the group that its tensor belongs to.
constexpr quintptr kGroupId = 0;

quint64 bytesOf(const TensorLayout& layout) {
    return layout.dataBytes() + layout.scaleBytes();
}

/// What follows the layer in "transformer/decoder_layer_3/moe/linear/w".
QString shortName(const TensorSlot& slot) {
    const QString path = QString::fromStdString(slot.path);
    if (slot.layer < 0) return path;
    const auto layer = path.indexOf(QLatin1String("decoder_layer_"));
    const auto slash = layer < 0 ? -1 : path.indexOf(QLatin1Char('/'), layer);
    return slash < 0 ? path : path.mid(slash + 1);
}

}  // namespace

void TensorTreeModel::setTensors(const std::vector<TensorLayout>& layouts, const QString& place) {
    beginResetModel();
    groups_.clear();
    place_ = place;
    for (std::size_t i = 0; i < layouts.size(); ++i) {
        const int layer = layouts[i].slot.layer;
        auto group = std::ranges::find(groups_, layer, &Group::layer);
        if (group == groups_.end()) group = groups_.insert(group, Group{layer, {}, 0});
        group->rows.push_back({layouts[i], i});
        group->bytes += bytesOf(layouts[i]);
    }
    std::ranges::sort(groups_, {}, &Group::layer);
    endResetModel();
}

const TensorRow* TensorTreeModel::tensorAt(const QModelIndex& index) const {
    if (!index.isValid() || index.internalId() == kGroupId) return nullptr;
    return &groups_[index.internalId() - 1].rows[static_cast<std::size_t>(index.row())];
}

QModelIndex TensorTreeModel::indexOf(const QString& path) const {
    const std::string wanted = path.toStdString();
    const auto isIt = [&](const TensorRow& row) { return row.layout.slot.path == wanted; };
    for (std::size_t group = 0; group < groups_.size(); ++group) {
        const auto& rows = groups_[group].rows;
        const auto found = std::ranges::find_if(rows, isIt);
        if (found == rows.end()) continue;
        return createIndex(static_cast<int>(found - rows.begin()), 0, group + 1);
    }
    return {};
}

QModelIndex TensorTreeModel::index(int row, int column, const QModelIndex& parent) const {
    if (!hasIndex(row, column, parent)) return {};
    return createIndex(
        row, column, parent.isValid() ? static_cast<quintptr>(parent.row()) + 1 : kGroupId);
}

QModelIndex TensorTreeModel::parent(const QModelIndex& index) const {
    if (!index.isValid() || index.internalId() == kGroupId) return {};
    return createIndex(static_cast<int>(index.internalId() - 1), 0, kGroupId);
}

int TensorTreeModel::rowCount(const QModelIndex& parent) const {
    if (!parent.isValid()) return static_cast<int>(groups_.size());
    if (parent.internalId() != kGroupId || parent.column() > 0) return 0;
    return static_cast<int>(groups_[static_cast<std::size_t>(parent.row())].rows.size());
}

int TensorTreeModel::columnCount(const QModelIndex& /*parent*/) const {
    return NumColumns;
}

QString TensorTreeModel::groupText(const Group& group, int column) const {
    if (column == Name)
        return group.layer < 0 ? tr("Outside the layers") : tr("Layer %1").arg(group.layer);
    if (column == Bytes) return QString::fromStdString(bytesText(group.bytes));
    return column == Place ? place_ : QString();
}

QString TensorTreeModel::tensorText(const TensorRow& row, int column) const {
    switch (column) {
        case Name:
            return visibleLine(shortName(row.layout.slot));
        case Shape:
            return QString::fromStdString(shapeText(row.layout.slot.shape));
        case Type:
            return QString::fromLatin1(name(row.layout.dtype).data(),
                                       static_cast<qsizetype>(name(row.layout.dtype).size()));
        case Bytes:
            return QString::fromStdString(bytesText(bytesOf(row.layout)));
        default:
            return place_;
    }
}

QVariant TensorTreeModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid()) return {};
    if (role == Qt::TextAlignmentRole && index.column() == Bytes)
        return QVariant(Qt::AlignRight | Qt::AlignVCenter);
    if (role != Qt::DisplayRole && role != Qt::ToolTipRole) return {};
    const TensorRow* row = tensorAt(index);
    if (row == nullptr)
        return groupText(groups_[static_cast<std::size_t>(index.row())], index.column());
    if (role == Qt::ToolTipRole && index.column() == Name)
        return visibleLine(QString::fromStdString(row->layout.slot.path));
    return tensorText(*row, index.column());
}

QVariant TensorTreeModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
    switch (section) {
        case Name:
            return tr("Parameter");
        case Shape:
            return tr("Shape");
        case Type:
            return tr("Kept as");
        case Bytes:
            return tr("Bytes");
        default:
            return tr("Place");
    }
}

}  // namespace gatescope
