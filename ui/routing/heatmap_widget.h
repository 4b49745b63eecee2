#pragma once

#include <QImage>
#include <QPixmap>
#include <QWidget>
#include <array>
#include <optional>
#include <vector>

#include "ui/routing/change_marks.h"
#include "ui/routing/color_map.h"
#include "ui/routing/heatmap_frame.h"
#include "ui/routing/heatmap_geometry.h"
#include "ui/routing/row_trails.h"
#include "ui/theme/theme.h"
#include "ui/view_keys.h"

namespace gatescope {

/// Layers x experts, painted from one image of a pixel a cell. Colour says the value; shape says
/// the rest: a thick frame with a filled corner is the first choice, a thin frame a later one
/// (dashed when its probability is below kWeakChoice), a cross an ablated expert, a diamond a
/// forced one, and a soft outline a choice of the tokens before. Cells that stand on too few tokens
/// are hatched instead of coloured. Beside each row is its trail (row_trails.h), unless the widget
/// is too narrow. Several cells are brushed with Ctrl + click, Shift + click and Shift + arrows,
/// for one menu. Reports the cell under the mouse, the picked cell and the wish for its menu;
/// changes nothing by itself. Exposes an accessible table with a named cell for each expert. UI
/// thread only.
class HeatmapWidget : public QWidget {
    Q_OBJECT
  public:
    static constexpr float kWeakChoice = 0.15F;

    explicit HeatmapWidget(Theme& theme, QWidget* parent = nullptr);

    void setFrame(HeatmapFrame frame);
    const HeatmapFrame& frame() const { return frame_; }
    void setColorMap(const ColorMap& map);
    const ColorMap& colorMap() const { return map_; }
    void setPickedSite(std::optional<ExpertSite> site);
    std::optional<ExpertSite> pickedSite() const { return picked_; }
    /// What a menu on `site` acts on: all that are brushed if it is one of them, else it alone.
    std::vector<ExpertSite> sitesWith(ExpertSite site) const;
    std::optional<ExpertSite> hoveredSite() const { return hovered_; }
    /// The mouse is over this cell in another view.
    void setHintedSite(std::optional<ExpertSite> site);
    const HeatmapGeometry& geometryOfCells() const { return geometry_; }
    const RowTrails& trails() const { return shapes_.trails; }

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

  Q_SIGNALS:
    void siteHovered(std::optional<gatescope::ExpertSite> site);
    void sitePicked(gatescope::ExpertSite site);
    /// `at` is a global position beside the cell.
    void menuRequested(gatescope::ExpertSite site, const QPoint& at);
    void clearInterventionsRequested();
    /// The mode behind (1) and before (-1) the one shown.
    void modeStepRequested(int step);

  protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;

  private:
    /// Lines and shapes of one picture, sorted by pen so that painting switches pens a few times
    /// only.
    struct Shapes {
        std::array<std::vector<QRect>, 4> glow;  ///< by falling strength
        std::vector<QRectF> first;
        std::vector<QRectF> weakFirst;
        std::vector<QRectF> later;
        std::vector<QRectF> weakLater;
        std::vector<QRectF> innerLines;  ///< part a frame from a cell of its own colour
        std::vector<QRect> corners;
        std::vector<QLineF> crosses;
        std::vector<QRect> forced;
        ChangeMarks changes;
        RowTrails trails;
    };

    void addKeys();
    void describeKeys();
    void relayout();
    void rebuildImage();
    void rebuildShapes();
    void addChoice(const QRect& cell, int choice, bool weak);
    void addTrails();
    bool smallCells() const;
    void rebuildGround();
    void paintLayerMarks(QPainter& painter) const;
    void rebuildDigits();
    QMargins labelMargins() const;
    bool showsTrails() const;
    QRect trailBox(int layer) const;
    void paintCells(QPainter& painter) const;
    void paintHatching(QPainter& painter) const;
    void paintShapes(QPainter& painter) const;
    void paintInterventions(QPainter& painter) const;
    void paintDigits(QPainter& painter) const;
    void paintCursor(QPainter& painter) const;
    void hover(std::optional<ExpertSite> site);
    void pick(ExpertSite site);
    void walk(int layers, int experts, bool brush);
    void brushTo(ExpertSite site);
    void toggleBrush(ExpertSite site);
    ExpertSite startSite() const;
    void openMenu();

    Theme& theme_;
    ViewKeys* keys_;
    HeatmapFrame frame_;
    ColorMap map_;
    HeatmapGeometry geometry_;
    QImage image_;    ///< [numLayers, numExperts] pixels
    QPixmap ground_;  ///< background, labels
    /// ".00" to "1.0" in light and dark ink; empty where cells are too small for numbers.
    std::array<std::vector<QPixmap>, 2> digits_;
    Shapes shapes_;
    std::optional<ExpertSite> picked_;
    std::vector<ExpertSite> brushed_;   ///< rising; empty: the picked cell alone
    std::optional<ExpertSite> anchor_;  ///< where a rectangle of them began
    std::optional<ExpertSite> hovered_;
    std::optional<ExpertSite> hinted_;
};

}  // namespace gatescope
