#include "ui/statistics/statistic_model.h"

#include <QLocale>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "ui/statistics/statistic_text.h"

namespace gatescope {
namespace {

double lowest(Qt::SortOrder order) {
    const double far = std::numeric_limits<double>::infinity();
    return order == Qt::AscendingOrder ? far : -far;  // without a value: last either way
}

std::optional<double> excessOf(const Statistic& s) {
    if (!s.value || !s.chance) return std::nullopt;
    return *s.value - s.chance->level;
}

}  // namespace

StatisticModel::StatisticModel(KeyText keyText, QObject* parent)
    : QAbstractTableModel(parent), keyText_(std::move(keyText)) {}

std::vector<StatisticModel::Place> StatisticModel::columnsOf(const StatisticTable& table) const {
    const auto any = [&table](const auto& is) { return std::ranges::any_of(table.rows, is); };
    std::vector<Place> columns;
    for (std::size_t key = 0; key < table.keys.size(); ++key) columns.push_back({Column::Key, key});
    if (any([&table](const StatisticRow& row) { return row.name != table.rows[0].name; }))
        columns.push_back({Column::Name});
    columns.push_back({Column::Value});
    const auto excess = [](const StatisticRow& row) {
        return row.statistic.chance && !row.interval && !hasBand(*row.statistic.chance);
    };
    if (any(excess)) columns.push_back({Column::Excess});
    if (any([](const StatisticRow& row) { return row.interval.has_value(); }))
        columns.push_back({Column::Interval});
    for (const Column column : {Column::Count, Column::Chance, Column::Verdict})
        columns.push_back({column});
    return columns;
}

bool StatisticModel::isLayer(int column) const {
    const Place place = placeOf(column);
    if (place.column != Column::Key) return false;
    return table_.keys[place.key] == "layer" || table_.keys[place.key] == "to_layer";
}

void StatisticModel::setTable(StatisticTable table) {
    const bool sameShape = table.keys == table_.keys && table.rows.size() == table_.rows.size();
    if (!sameShape) beginResetModel();
    table_ = std::move(table);
    std::vector<Place> columns = columnsOf(table_);
    const bool sameColumns = columns.size() == columns_.size();
    if (sameShape && !sameColumns) beginResetModel();
    columns_ = std::move(columns);
    arrange();
    if (!sameShape || !sameColumns) {
        endResetModel();
    } else if (rowCount() > 0) {
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
        Q_EMIT headerDataChanged(Qt::Horizontal, 0, columnCount() - 1);
    }
}

const StatisticRow& StatisticModel::statisticRow(int row) const {
    return table_.rows[order_[static_cast<std::size_t>(row)]];
}

int StatisticModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(table_.rows.size());
}

int StatisticModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(columns_.size());
}

StatisticModel::Place StatisticModel::placeOf(int column) const {
    return columns_[static_cast<std::size_t>(column)];
}

QString StatisticModel::keyTitle(std::string_view key) const {
    if (key == "layer") return tr("layer");
    if (key == "to_layer") return tr("to layer");
    if (key == "expert") return tr("expert");
    if (key == "to_expert") return tr("to expert");
    if (key == "with") return tr("with expert");
    if (key == "token") return tr("token");
    if (key == "to_token") return tr("looks at");
    if (key == "head") return tr("head");
    if (key == "token_id") return tr("token id");
    if (key == "domain") return tr("label");
    return QString::fromUtf8(key.data(), static_cast<qsizetype>(key.size()));
}

QString StatisticModel::text(const StatisticRow& row, Place place) const {
    const Statistic& s = row.statistic;
    switch (place.column) {
        case Column::Key: {
            const QString shown = keyText_(table_.keys[place.key], row.keys[place.key]);
            return shown.isEmpty() ? QString::number(row.keys[place.key]) : shown;
        }
        case Column::Name:
            return statisticTitle(row.name);
        case Column::Value:
            return valueText(row.name, s.value);
        case Column::Excess:
            return s.chance ? valueText(row.name, excessOf(s)) : QString();
        case Column::Interval:
            return row.interval ? tr("%1 to %2")
                                      .arg(valueText(row.name, row.interval->low),
                                           valueText(row.name, row.interval->high))
                                : QString();
        case Column::Count:
            return QLocale().toString(static_cast<qint64>(s.count));
        case Column::Chance:
            if (!s.chance) return QStringLiteral("–");
            if (!hasBand(*s.chance)) return valueText(row.name, s.chance->level);
            return tr("%1 (%2 to %3)")
                .arg(valueText(row.name, s.chance->level),
                     valueText(row.name, s.chance->low),
                     valueText(row.name, s.chance->high));
        case Column::Verdict:
            if (row.interval && s.value && !s.thin)
                return row.interval->low > 0 || row.interval->high < 0 ? tr("stands out")
                                                                       : tr("may be luck");
            return verdictText(verdictOf(s));
    }
    return {};
}

QVariant StatisticModel::data(const QModelIndex& index, int role) const {
    const Place place = placeOf(index.column());
    if (role == Qt::DisplayRole) return text(statisticRow(index.row()), place);
    const bool word = place.column == Column::Name || place.column == Column::Verdict;
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(Qt::AlignVCenter | (word ? Qt::AlignLeft : Qt::AlignRight));
    return {};
}

QVariant StatisticModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal) return {};
    const Place place = placeOf(section);
    if (role == Qt::TextAlignmentRole) return data(index(0, section), Qt::TextAlignmentRole);
    if (role != Qt::DisplayRole) return {};
    switch (place.column) {
        case Column::Key:
            return keyTitle(table_.keys[place.key]);
        case Column::Name:
            return tr("statistic");
        case Column::Value:
            return table_.rows.empty() || placeOf(section - 1).column == Column::Name
                       ? tr("value")
                       : statisticTitle(table_.rows[0].name);
        case Column::Excess:
            return tr("less chance");
        case Column::Interval:
            return tr("95 % interval");
        case Column::Count:
            return tr("observations");
        case Column::Chance:
            return tr("by chance");
        case Column::Verdict:
            return tr("verdict");
    }
    return {};
}

void StatisticModel::sort(int column, Qt::SortOrder order) {
    sortColumn_ = column;
    sortOrder_ = order;
    Q_EMIT layoutAboutToBeChanged();
    arrange();
    Q_EMIT layoutChanged();
}

void StatisticModel::arrange() {
    order_.resize(table_.rows.size());
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    if (sortColumn_ < 0 || sortColumn_ >= static_cast<int>(columns_.size())) return;
    const Place place = placeOf(sortColumn_);
    const auto rank = [&](std::size_t row) -> double {
        const StatisticRow& r = table_.rows[row];
        const Statistic& s = r.statistic;
        switch (place.column) {
            case Column::Key:
                return r.keys[place.key];
            case Column::Name:
                return static_cast<double>(r.name.empty() ? 0 : r.name.front());
            case Column::Value:
                return s.value.value_or(lowest(sortOrder_));
            case Column::Excess:
                return excessOf(s).value_or(lowest(sortOrder_));
            case Column::Interval:
                return r.interval ? r.interval->low : lowest(sortOrder_);
            case Column::Count:
                return static_cast<double>(s.count);
            case Column::Chance:
                return s.chance ? s.chance->level : lowest(sortOrder_);
            case Column::Verdict:
                return static_cast<double>(verdictOf(s));
        }
        return 0;
    };
    std::vector<double> ranks(table_.rows.size());
    for (std::size_t row = 0; row < ranks.size(); ++row) ranks[row] = rank(row);
    std::ranges::stable_sort(order_, [&](std::size_t a, std::size_t b) {
        return sortOrder_ == Qt::AscendingOrder ? ranks[a] < ranks[b] : ranks[a] > ranks[b];
    });
}

}  // namespace gatescope
