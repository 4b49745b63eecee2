#pragma once

#include "ui/charts/chart_frame.h"

class QAreaSeries;
class QBarSet;
class QLineSeries;

namespace gatescope {

/// Expert load of the picked layer, or of all layers when no cell is picked: share of the
/// selections over the generated tokens, against what uniform routing gives (line) and the band
/// that holds all experts together in 95 of 100 such runs. Bars outside the band are coloured
/// apart. UI thread only.
class LoadChart : public ChartFrame {
    Q_OBJECT
  public:
    explicit LoadChart(const ViewContext& context);

    QString dockName() const override { return QStringLiteral("load"); }
    QString dockTitle() const override { return tr("Expert load"); }
    QString asTable() const override;

    const std::vector<double>& shares() const { return shares_; }  ///< [numExperts] as drawn
    const ChanceBand& band() const { return band_; }
    std::optional<int> layer() const { return layer_; }  ///< empty: all layers together

  protected:
    void rebuild() override;
    QString describe() const override;
    void applyColors() override;

  private:
    void computeShares();
    void drawBand();
    bool outside(double share) const { return share < band_.low || share > band_.high; }

    std::optional<int> layer_;
    std::vector<double> shares_;
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
