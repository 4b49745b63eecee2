#pragma once

#include <QStringList>
#include <limits>
#include <optional>
#include <vector>

#include "ui/statistics/chance_color.h"
#include "ui/statistics/chart_canvas.h"

namespace gatescope {

struct GridPlace {
    int row = 0;
    int column = 0;
    friend bool operator==(const GridPlace&, const GridPlace&) = default;
};

/// What an ExpertGrid shows: a value.
struct GridFrame {
    struct Cell {
        double value = std::numeric_limits<double>::quiet_NaN();  ///< NaN: left out
        bool within = false;   ///< the band that chance keeps: pale, as it may be luck
        bool thin = false;     ///< hatched: too few observations to be coloured
        bool outside = false;  ///< of the band that chance keeps: marked in its corner
    };
    int rows = 0;
    int columns = 0;
    std::vector<Cell> cells;  ///< [rows, columns]
    ChanceScale scale;
    QString rowTitle;       ///< "of the tokens that selected"
    QString columnTitle;    ///< "selected too"
    QStringList rowLabels;  ///< [rows]; columns are numbered
    /// As the cells and the legend write a value. Requires no state.
    QString (*text)(double value) = nullptr;
    bool empty() const { return rows == 0 || columns == 0; }
    /// `position` of a cell's value on the scale, a third of it where it may be luck.
    double colorPosition(const Cell& cell) const;
    const Cell& cell(GridPlace place) const {
        return cells[static_cast<std::size_t>(place.row * columns + place.column)];
    }
};

/// Where cells lie: a value, for painting and for the mouse alike.
struct GridGeometry {
    QRect grid;  ///< rows * cellHeight x columns * cellWidth
    int rows = 0;
    int columns = 0;
    int cellWidth = 1;
    int cellHeight = 1;

    /// The largest cells, at most twice as wide as high, that fit into `room`.
    static GridGeometry fitted(int rows, int columns, const QRect& room);
    QRect cellRect(GridPlace place) const;
    std::optional<GridPlace> placeAt(QPoint at) const;
};

/// A matrix over experts: colour is the distance from chance, pale where that may be luck; a corner
/// mark says "outside the band that chance keeps", hatching says "too few observations". Mouse and
/// arrow keys go from cell to cell; a click or Enter picks. The legend below carries the numbers of
/// the scale. UI thread only.
class ExpertGrid : public ChartCanvas {
    Q_OBJECT
  public:
    explicit ExpertGrid(Theme& theme, QWidget* parent = nullptr);

    void setFrame(GridFrame frame);
    const GridFrame& frame() const { return frame_; }
    void setPicked(std::optional<GridPlace> place);
    GridGeometry geometryIn(const QRect& area) const;
    std::optional<GridPlace> cursor() const { return cursor_; }

    void paint(QPainter& painter, const QRect& area) const override;

  Q_SIGNALS:
    /// Empty: the mouse left the cells.
    void cellHovered(std::optional<gatescope::GridPlace> place);
    void cellPicked(gatescope::GridPlace place);

  protected:
    void paintOver(QPainter& painter) const override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

  private:
    void hover(std::optional<GridPlace> place);
    void paintCells(QPainter& painter, const GridGeometry& geometry) const;
    void paintNumbers(QPainter& painter, const GridGeometry& geometry) const;
    void paintLabels(QPainter& painter, const GridGeometry& geometry, const QRect& area) const;
    void paintLegend(QPainter& painter, const QRect& area) const;
    /// Where the larger cells remain: below them, or beside them in a wide and low area.
    bool legendBeside(const QRect& area) const;
    GridGeometry geometryWith(const QRect& area, bool legendBeside) const;
    int legendHeight() const;
    int headHeight() const;
    int labelWidth() const;
    QString labelOf(int row) const;

    GridFrame frame_;
    std::optional<GridPlace> cursor_;  ///< under the mouse, or where the arrow keys went
    std::optional<GridPlace> picked_;
};

}  // namespace gatescope
