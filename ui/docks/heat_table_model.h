#pragma once

#include <QAbstractTableModel>
#include <vector>

#include "ui/statistics/chance_color.h"

namespace gatescope {

class Heat;

/// A heat as a table: a row a layer, a column an expert, in each cell the expert's part of the
/// layer's selections in percent, coloured against chance. UI thread only.
class HeatTableModel : public QAbstractTableModel {
    Q_OBJECT
  public:
    using QAbstractTableModel::QAbstractTableModel;

    /// Null: none.
    void setHeat(const Heat* heat);
    /// 0 to 1; requires a cell of the table.
    double share(int layer, int expert) const;
    /// Chance is one expert in all of a layer; from four times that on the colour is full.
    const ChanceScale& scale() const { return scale_; }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

  private:
    int layers_ = 0;
    int experts_ = 0;
    std::vector<double> shares_;  ///< [layers_, experts_]
    ChanceScale scale_;
};

}  // namespace gatescope
