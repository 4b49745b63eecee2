#pragma once

#include <array>
#include <optional>
#include <vector>

#include "ui/charts/qt_chart_frame.h"

class QAreaSeries;
class QLineSeries;

namespace gatescope {

/// How sure the routers were, token by token: entropy (left scale, up to what chance gives), margin
/// between first and second choice and routed mass (right scale), of the picked layer or as the
/// mean over layers. Which lines are drawn is a choice. Shows prompt and reply, with the range that
/// is picked as a band; a click picks the token. UI thread only.
class EntropyChart : public QtChartFrame {
    Q_OBJECT
  public:
    static constexpr int kMaxPoints = 999;         ///< of all lines: they cost some 4 ms a picture
    static constexpr int kMostTableTokens = 1000;  ///< the newest; the file has all

    enum Line { Entropy, Margin, Mass };
    static constexpr int kLines = 3;

    explicit EntropyChart(const ViewContext& context);

    QString dockName() const override { return QStringLiteral("entropy"); }
    QString dockTitle() const override { return tr("Entropy"); }
    StatisticTable numbers() const override;

    /// One value a token of the trace, as far as computed; NaN where the token has no routing.
    const std::vector<double>& values(Line line) const {
        return values_[static_cast<std::size_t>(line)];
    }
    int pointsDrawn() const;  ///< of all lines
    void setLineShown(Line line, bool shown);
    /// Tokens on the time axis: the range picked, or all.
    void setZoomed(bool zoomed);
    TokenRange shownTokens() const;

  protected:
    bool count() override;
    void rebuild() override;
    QString describe() const override;
    void applyColors() override;
    void traceChanged(int firstToken) override;
    void plotClicked(QPointF value) override;
    StatisticTable tableRows() const override;
    std::function<StatisticTable()> numbersForFile() const override;

  private:
    struct Measured {
        std::array<std::vector<double>, kLines> values;  ///< one a token of those copied
        std::optional<int> layer;
        int numExperts = 0;
        double numSelected = 0;
        StatisticTable rows(TokenRange tokens) const;
    };
    /// Of these tokens.
    Measured copyOf(TokenRange tokens) const;
    void buildAxes();
    void buildSeries();
    void buildOptions();
    void drawLines();
    void drawRange();
    void drawMarker();
    int measured() const { return static_cast<int>(values_[Entropy].size()); }
    int shownToken() const;
    ColorRole colorOf(int line) const;

    std::optional<int> layer_;  ///< empty: mean over layers
    int numExperts_ = 0;
    double numSelected_ = 0;  ///< k of the layer, or its mean over the layers
    std::array<std::vector<double>, kLines> values_;
    bool zoomed_ = false;
    std::array<QLineSeries*, kLines> lines_{};
    std::array<QToolButton*, kLines> switches_{};
    QToolButton* zoom_ = nullptr;
    QLineSeries* marker_ = nullptr;
    QLineSeries* chanceMass_ = nullptr;
    QLineSeries* rangeLow_ = nullptr;
    QLineSeries* rangeHigh_ = nullptr;
    QAreaSeries* rangeArea_ = nullptr;
    QValueAxis* tokens_ = nullptr;
    QValueAxis* bits_ = nullptr;
    QValueAxis* shares_ = nullptr;
};

}  // namespace gatescope
