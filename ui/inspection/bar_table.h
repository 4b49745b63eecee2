#pragma once

#include <QList>
#include <QString>
#include <QTableView>
#include <optional>

class QStandardItemModel;

namespace gatescope {

class Theme;

/// A cell of a BarTable: what it says, what it is sorted by, and the bar behind it.
struct BarCell {
    QString text;
    std::optional<double> number;  ///< sorted by, and kept in full for files; none: by the text
    /// -1 to 1: of the cell's width from its left edge; with a row's bars of both signs from its
    /// middle.
    std::optional<double> bar = std::nullopt;
};

struct BarRow {
    QList<BarCell> cells;
    bool marked = false;  ///< the one that is asked about
    int key = -1;         ///< what the table's user knows the row by
};

struct BarColumns {
    QStringList titles;
    int stretch = 0;             ///< the column that takes what room is left
    QList<int> signedBars = {};  ///< those whose bars go both ways
};

/// A table of text and numbers with bars in its cells: read by screen readers, walked by keys,
/// sorted by a click on a title. Bars to the right are blue, to the left orange. UI thread only.
class BarTable : public QTableView {
    Q_OBJECT
  public:
    explicit BarTable(Theme& theme, QWidget* parent = nullptr);

    void setRows(const BarColumns& columns, const QList<BarRow>& rows);
    void clear() { setRows({}, {}); }
    int rowCount() const;
    /// The numbers in full, comma separated, as the table is sorted.
    QString toCsv() const;

  Q_SIGNALS:
    /// A row was clicked, or Enter pressed on it.
    void rowPicked(int key);

  private:
    void applyTheme();

    Theme& theme_;
    QStandardItemModel* model_;
};

}  // namespace gatescope
