#pragma once

#include <QString>
#include <optional>
#include <vector>

#include "engine/routing/run_comparison.h"
#include "ui/statistics/chart_canvas.h"

namespace gatescope {

/// Two runs or ranges beside each other: above, what share of each one's tokens selected an expert;
/// below, the difference with Newcombe's interval around zero. What stands out is drawn filled.
/// UI thread only.
class ContrastBars : public ChartCanvas {
    Q_OBJECT
  public:
    struct Frame {
        std::vector<Contrast> experts;  ///< of one layer, by expert: A is now, B is pinned
        double chance = 0;              ///< k/E
        QString nowTitle;
        QString pinnedTitle;
    };
    /// The values at the ends of both scales: in steps, so that they rest while bars move.
    struct Scales {
        double share = 1;
        double difference = 1;
        static Scales of(const Frame& frame);
    };

    explicit ContrastBars(Theme& theme, QWidget* parent = nullptr);

    void setFrame(Frame frame);
    const Frame& frame() const { return frame_; }
    void setPicked(std::optional<int> expert);
    std::optional<int> expertAt(QPoint at) const;
    void paint(QPainter& painter, const QRect& area) const override;

  Q_SIGNALS:
    void expertHovered(std::optional<int> expert);
    void expertPicked(int expert);

  protected:
    void paintOver(QPainter& painter) const override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

  private:
    struct Parts {
        QRect legend;
        QRect shares;
        QRect differences;
        QRect numbers;
    };
    Parts partsOf(const QRect& area) const;
    QRectF column(const QRect& part, int expert) const;
    void hover(std::optional<int> expert);
    void paintShares(QPainter& painter, const QRect& part, double most) const;
    void paintDifferences(QPainter& painter, const QRect& part, double most) const;
    void paintScale(QPainter& painter, const QRect& part, double value, double y) const;
    void paintLegend(QPainter& painter, const QRect& area) const;

    Frame frame_;
    std::optional<int> hovered_;
    std::optional<int> picked_;
};

}  // namespace gatescope
