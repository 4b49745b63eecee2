#pragma once

#include <QStringList>
#include <memory>
#include <optional>

#include "ui/inspection/attention_bins.h"
#include "ui/routing/color_map.h"
#include "ui/statistics/chart_canvas.h"

namespace gatescope {

/// Where tokens lie: a value, for painting and for the mouse alike. Rows are tokens [firstQuery,
/// end), columns tokens [0, end); one may have several pixels, or several one pixel.
struct AttentionGeometry {
    QRect map;
    int firstQuery = 0;
    int end = 0;

    /// The largest map in `room` whose cells are at most twice as wide as high.
    static AttentionGeometry fitted(const AttentionMap& of, const QRect& room);
    int rows() const { return end - firstQuery; }
    QRect rowRect(int query) const;
    QRect cellRect(AttentionPlace place) const;
    TokenRange queriesAt(int y) const;
    TokenRange keysAt(int x) const;
};

/// The lower triangle of a head's attention: a row a token that looks, a column a token looked at,
/// the colour the weight. The legend below has the numbers of the colours and what looking evenly
/// would give. Mouse and arrow keys go from pair to pair; a click or Enter picks the token that
/// looks. UI thread only.
class AttentionMapView : public ChartCanvas {
    Q_OBJECT
  public:
    explicit AttentionMapView(Theme& theme, QWidget* parent = nullptr);

    /// `words` [end]: the tokens' texts, for rows that are high enough; may be empty.
    void setBins(std::shared_ptr<const AttentionBins> bins, QStringList words);
    /// More of the bins has been counted.
    void binsGrew() { redraw(); }
    void setPicked(std::optional<int> query);
    std::optional<AttentionPlace> cursor() const { return cursor_; }
    /// Requires bins.
    AttentionGeometry geometryIn(const QRect& area) const;
    const ColorMap& colors() const { return colors_; }
    void setColorMap(ColorMapKind kind);
    /// The legend of a drawing so many pixels wide has its texts below the colours, not beside.
    bool legendStacked(int width) const;

    void paint(QPainter& painter, const QRect& area) const override;

  Q_SIGNALS:
    /// Empty: the mouse left the map.
    void placeHovered(std::optional<gatescope::AttentionPlace> place);
    void queryPicked(int query);

  protected:
    void paintOver(QPainter& painter) const override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

  private:
    std::optional<AttentionPlace> placeAt(QPoint at) const;
    void hover(std::optional<AttentionPlace> place);
    void paintWeights(QPainter& painter, const AttentionGeometry& geometry) const;
    void paintLabels(QPainter& painter, const AttentionGeometry& geometry, const QRect& area) const;
    void paintLegend(QPainter& painter, const QRect& area) const;
    QStringList legendTexts() const;
    int legendTextWidth() const;
    int lineHeight() const;
    int labelWidth() const;

    std::shared_ptr<const AttentionBins> bins_;
    QStringList words_;
    ColorMap colors_;
    std::optional<AttentionPlace> cursor_;
    std::optional<int> picked_;
};

}  // namespace gatescope
