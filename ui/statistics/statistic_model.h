#pragma once

#include <QAbstractTableModel>
#include <functional>
#include <vector>

#include "engine/routing/statistic_table.h"

namespace gatescope {

/// The table twin of a chart: a row a number, with its place, count, chance level and verdict. Text
/// is made only of the cells that are looked at. Sorts by any column; numbers without a value come
/// last. UI thread only.
class StatisticModel : public QAbstractTableModel {
    Q_OBJECT
  public:
    /// How a key is shown: "expert 3", a message, a token's text. Empty text: its number.
    using KeyText = std::function<QString(std::string_view key, int value)>;

    explicit StatisticModel(KeyText keyText, QObject* parent = nullptr);

    /// Keeps the order that was sorted by.
    void setTable(StatisticTable table);
    /// The column is a layer, which is the same in all rows and said above the table.
    bool isLayer(int column) const;
    /// Of the row shown at `row`.
    const StatisticRow& statisticRow(int row) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    void sort(int column, Qt::SortOrder order) override;

  private:
    enum class Column { Key, Name, Value, Excess, Interval, Count, Chance, Verdict };
    struct Place {
        Column column;
        std::size_t key = 0;
    };
    std::vector<Place> columnsOf(const StatisticTable& table) const;
    Place placeOf(int column) const;
    QString text(const StatisticRow& row, Place place) const;
    QString keyTitle(std::string_view key) const;
    void arrange();

    KeyText keyText_;
    StatisticTable table_;
    std::vector<Place> columns_;
    std::vector<std::size_t> order_;  ///< row shown -> row of the table
    int sortColumn_ = -1;             ///< -1: as the table came
    Qt::SortOrder sortOrder_ = Qt::AscendingOrder;
};

}  // namespace gatescope
