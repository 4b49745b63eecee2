#include "ui/docks/heat_table_model.h"

#include <QColor>
#include <algorithm>

#include "engine/offload/heat.h"
#include "ui/language/number_text.h"
#include "ui/routing/color_map.h"

namespace gatescope {
void HeatTableModel::setHeat(const Heat* heat) {
    const int layers = heat != nullptr ? heat->origin().numLayers : 0;
    const int experts = heat != nullptr ? heat->origin().numExperts : 0;
    const bool sameShape = layers == layers_ && experts == experts_;
    if (!sameShape) beginResetModel();
    layers_ = layers;
    experts_ = experts;
    shares_.assign(static_cast<std::size_t>(layers) * static_cast<std::size_t>(experts), 0.0);
    if (heat != nullptr) {
        const auto counts = heat->counts();
        for (std::size_t begin = 0; begin < counts.size();
             begin += static_cast<std::size_t>(experts)) {
            double sum = 0;
            for (int e = 0; e < experts; ++e) sum += counts[begin + static_cast<std::size_t>(e)];
            for (std::size_t cell = begin;
                 sum > 0 && cell < begin + static_cast<std::size_t>(experts);
                 ++cell)
                shares_[cell] = counts[cell] / sum;
        }
        const double chance = 1.0 / experts;
        scale_ = {.low = 0, .chance = chance, .high = std::min(1.0, 4 * chance)};
    }
    if (!sameShape) return endResetModel();
    if (layers > 0) Q_EMIT dataChanged(index(0, 0), index(layers - 1, experts - 1));
}

double HeatTableModel::share(int layer, int expert) const {
    return shares_[static_cast<std::size_t>(layer) * static_cast<std::size_t>(experts_) +
                   static_cast<std::size_t>(expert)];
}

int HeatTableModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : layers_;
}

int HeatTableModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : experts_;
}

QVariant HeatTableModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid()) return {};
    const double part = share(index.row(), index.column());
    switch (role) {
        case Qt::DisplayRole:
            return numberText(100 * part, 'f', 1);
        case Qt::ToolTipRole:
        case Qt::AccessibleTextRole:
            return tr("Layer %1, expert %2: %3 % of the selections, by chance %4 %")
                .arg(index.row())
                .arg(index.column())
                .arg(numberText(100 * part, 'f', 2), numberText(100 * scale_.chance, 'f', 2));
        case Qt::TextAlignmentRole:
            return int(Qt::AlignCenter);
        case Qt::BackgroundRole:
            return chanceColor(scale_.position(part));
        case Qt::ForegroundRole:
            return QColor(needsDarkInk(chanceColor(scale_.position(part)).rgb()) ? Qt::black
                                                                                 : Qt::white);
        default:
            return {};
    }
}

QVariant HeatTableModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (role != Qt::DisplayRole) return QAbstractTableModel::headerData(section, orientation, role);
    return orientation == Qt::Vertical ? tr("layer %1").arg(section) : tr("E%1").arg(section);
}

}  // namespace gatescope
