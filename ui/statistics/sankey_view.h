#pragma once

#include <QPainterPath>
#include <optional>
#include <vector>

#include "ui/statistics/chart_canvas.h"
#include "ui/statistics/expert_grid.h"
#include "ui/statistics/statistic_text.h"

namespace gatescope {

/// What a SankeyView shows: how much goes from each expert of a layer to each of another.
struct SankeyFrame {
    int experts = 0;
    std::vector<double> amounts;    ///< [experts, experts], from x to
    std::vector<Verdict> verdicts;  ///< the same places
    int fromLayer = 0;
    int toLayer = 0;
    double total() const;
};

/// Where its parts lie: a value. Bands keep the order of the experts on both sides, so that they
/// cross as little as the numbers allow.
struct SankeyLayout {
    /// More bands cannot be told apart; the smaller ones are left out, and said to be.
    static constexpr int kMostBands = 256;
    struct Band {
        GridPlace place;  ///< row: from, column: to
        QPainterPath path;
    };
    std::vector<QRectF> from;  ///< [experts] node bars; empty ones have no height
    std::vector<QRectF> to;
    std::vector<Band> bands;   ///< the largest first
    double amountLeftOut = 0;  ///< of the bands beyond kMostBands
    double pixelsAUnit = 0;
    static SankeyLayout of(const SankeyFrame& frame, const QRectF& room);
    std::optional<std::size_t> bandAt(QPointF at) const;
};

/// The flow of tokens between the experts of two layers: bands as thick as what goes that way,
/// orange where it is more and blue where it is less than chance gives, grey within its band. UI
/// thread only.
class SankeyView : public ChartCanvas {
    Q_OBJECT
  public:
    explicit SankeyView(Theme& theme, QWidget* parent = nullptr);

    void setFrame(SankeyFrame frame);
    const SankeyFrame& frame() const { return frame_; }
    SankeyLayout layoutIn(const QRect& area) const;
    void paint(QPainter& painter, const QRect& area) const override;

  Q_SIGNALS:
    void bandHovered(std::optional<gatescope::GridPlace> place);
    /// A node, or the nearer end of a band.
    void nodePicked(bool fromSide, int expert);

  protected:
    void paintOver(QPainter& painter) const override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

  private:
    QColor bandColor(Verdict verdict) const;
    Verdict verdict(GridPlace place) const;
    void hover(std::optional<std::size_t> band);

    SankeyFrame frame_;
    SankeyLayout shown_;  ///< for the mouse
    std::optional<std::size_t> hovered_;
};

}  // namespace gatescope
