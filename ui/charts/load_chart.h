#pragma once

#include <optional>
#include <vector>

#include "engine/routing/chance_band.h"
#include "ui/charts/qt_chart_frame.h"

class QAreaSeries;
class QBarSet;
class QLineSeries;

namespace gatescope {

/// Expert load of the picked layer, or of all layers when no cell is picked: share of the
/// selections over the tokens that BranchRouting counts, against what uniform routing gives (line)
/// and the band that holds all experts together in 95 of 100 such runs. Bars outside the band are
/// coloured apart. UI thread only.
class LoadChart : public QtChartFrame {
    Q_OBJECT
  public:
    explicit LoadChart(const ViewContext& context);

    QString dockName() const override { return QStringLiteral("load"); }
    QString dockTitle() const override { return tr("Load"); }
    StatisticTable numbers() const override;

    const std::vector<double>& shares() const { return shares_; }  ///< [numExperts] as drawn
    /// Of an expert, as drawn: how often it was selected, of all selections.
    std::int64_t count(int expert) const { return counts_[static_cast<std::size_t>(expert)]; }
    const ChanceBand& band() const { return band_; }
    std::optional<int> layer() const { return layer_; }  ///< empty: all layers together

  protected:
    void rebuild() override;
    QString describe() const override;
    void applyColors() override;

  private:
    void computeShares();
    void sayBar(bool hovered, int expert);
    void drawBand();
    bool outside(double share) const { return share < band_.low || share > band_.high; }

    std::optional<int> layer_;
    std::vector<double> shares_;
    std::vector<std::int64_t> counts_;  ///< [numExperts]
    std::int64_t selections_ = 0;       ///< their sum
    ChanceBand band_;
    QBarSet* inside_ = nullptr;
    QBarSet* outside_ = nullptr;
    QLineSeries* level_ = nullptr;
    QLineSeries* bandLow_ = nullptr;
    QLineSeries* bandHigh_ = nullptr;
    QAreaSeries* bandArea_ = nullptr;
    QValueAxis* experts_ = nullptr;
    QValueAxis* share_ = nullptr;
};

}  // namespace gatescope
