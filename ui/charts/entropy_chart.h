#pragma once

#include <vector>

#include "ui/charts/chart_frame.h"

class QLineSeries;

namespace gatescope {

/// How sure the routers were, token by token: entropy (left scale, up to what chance gives) and
/// margin between first and second choice (right scale), of the picked layer or as the mean over
/// layers. Shows prompt and reply; a click picks the token. UI thread only.
class EntropyChart : public ChartFrame {
    Q_OBJECT
  public:
    static constexpr int kMaxPoints = 500;  ///< a line; 1000 in all cost some 4 ms a picture

    explicit EntropyChart(const ViewContext& context);

    QString dockName() const override { return QStringLiteral("entropy"); }
    QString dockTitle() const override { return tr("Entropy and margin"); }
    QString asTable() const override;

    /// One value a token of the trace; NaN where it has not been computed.
    const std::vector<double>& entropyBits() const { return entropyBits_; }
    const std::vector<double>& margins() const { return margins_; }
    int pointsDrawn() const;

  protected:
    void rebuild() override;
    QString describe() const override;
    void applyColors() override;
    void traceChanged(int firstToken) override;
    void plotClicked(QPointF value) override;

  private:
    void measure();
    void drawMarker();
    int shownToken() const;

    std::optional<int> layer_;  ///< empty: mean over layers
    int numExperts_ = 0;
    std::vector<double> entropyBits_;
    std::vector<double> margins_;
    QLineSeries* entropy_ = nullptr;
    QLineSeries* margin_ = nullptr;
    QLineSeries* marker_ = nullptr;
    QValueAxis* tokens_ = nullptr;
    QValueAxis* bits_ = nullptr;
    QValueAxis* marginAxis_ = nullptr;
};

}  // namespace gatescope
