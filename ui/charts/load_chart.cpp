#include "ui/charts/load_chart.h"

#include <QAreaSeries>
#include <QBarSet>
#include <QChart>
#include <QCursor>
#include <QLineSeries>
#include <QStackedBarSeries>
#include <QToolTip>
#include <QValueAxis>
#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/routing/layer_statistics.h"
#include "ui/statistics/statistic_text.h"

namespace gatescope {

LoadChart::LoadChart(const ViewContext& context) : QtChartFrame(context) {
    inside_ = new QBarSet(QString());
    outside_ = new QBarSet(QString());
    auto* bars = new QStackedBarSeries;  // each expert's bar is in one of the two sets
    bars->append(inside_);
    bars->append(outside_);
    bars->setBarWidth(0.7);
    bandLow_ = new QLineSeries(this);
    bandHigh_ = new QLineSeries(this);
    bandArea_ = new QAreaSeries(bandHigh_, bandLow_);
    level_ = new QLineSeries;
    experts_ = new QValueAxis;
    experts_->setLabelFormat(QStringLiteral("%d"));
    experts_->setGridLineVisible(false);
    experts_->setTickType(QValueAxis::TicksDynamic);
    experts_->setTickAnchor(0);
    share_ = new QValueAxis;
    share_->setLabelFormat(QStringLiteral("%.1f %%"));
    share_->setTickType(QValueAxis::TicksDynamic);
    share_->setTickAnchor(0);
    chart_->addAxis(experts_, Qt::AlignBottom);
    chart_->addAxis(share_, Qt::AlignLeft);
    for (QAbstractSeries* series :
         std::initializer_list<QAbstractSeries*>{bandArea_, bars, level_}) {
        chart_->addSeries(series);
        series->attachAxis(experts_);
        series->attachAxis(share_);
    }
    showChart();
    setHint(tr("Point at a bar for its numbers; orange bars lie outside the band of chance"));
    for (QBarSet* set : {inside_, outside_})
        connect(set, &QBarSet::hovered, this, &LoadChart::sayBar);
    connect(&selection_, &Selection::siteSelected, this, [this] { invalidate(); });
}

void LoadChart::applyColors() {
    QtChartFrame::applyColors();
    inside_->setColor(theme_.color(ColorRole::Accent));
    outside_->setColor(theme_.color(ColorRole::Token));
    for (QBarSet* set : {inside_, outside_}) set->setPen(Qt::NoPen);
    QColor band = theme_.color(ColorRole::Text);
    band.setAlpha(40);
    bandArea_->setBrush(band);
    bandArea_->setPen(Qt::NoPen);
    level_->setPen(QPen(theme_.color(ColorRole::Text), 1, Qt::DashLine));
    styleAxis(*experts_, theme_.color(ColorRole::TextFaint));
    styleAxis(*share_, theme_.color(ColorRole::TextFaint));
}

void LoadChart::computeShares() {
    shares_.clear();
    counts_.clear();
    layer_.reset();
    const RoutingStats* counted = routing_.stats();
    if (counted == nullptr) return;
    const RoutingStats& stats = *counted;
    const auto site = selection_.site();
    if (site && site->layer.value < stats.numLayers()) layer_ = site->layer.value;
    for (int expert = 0; expert < stats.numExperts(); ++expert) {
        double share = 0;
        std::int64_t count = 0;
        const int first = layer_.value_or(0);
        const int end = layer_ ? first + 1 : stats.numLayers();
        for (int l = first; l < end; ++l) {
            share += stats.loadShare(l, expert);
            count += stats.count(l, expert);
        }
        shares_.push_back(share / (end - first));
        counts_.push_back(count);
    }
    selections_ = 0;
    std::int64_t fewest = std::numeric_limits<std::int64_t>::max();  // of a layer
    for (int l = layer_.value_or(0); l < (layer_ ? *layer_ + 1 : stats.numLayers()); ++l) {
        selections_ += stats.assignments(l);
        fewest = std::min(fewest, stats.assignments(l));
    }
    // Under uniform routing the layers choose independently, so all together are more draws. Where
    // they differ in k, the smallest gives the widest band.
    band_ = layer_ ? stats.chanceBand(*layer_, BandScope::AllExperts)
                   : chanceBand(stats.tokens() * stats.numLayers(),
                                std::max(1, static_cast<int>(fewest / std::max(1, stats.tokens()))),
                                stats.numExperts(),
                                BandScope::AllExperts);
}

void LoadChart::rebuild() {
    computeShares();
    chart_->setVisible(!shares_.empty());
    if (shares_.empty()) return;
    QList<qreal> inside;
    QList<qreal> outside;
    for (const double share : shares_) {
        inside.append(this->outside(share) ? 0 : 100 * share);
        outside.append(this->outside(share) ? 100 * share : 0);
    }
    // All values at once: each change of a single bar would cost a layout of its own.
    for (const auto& [set, values] : {std::pair(inside_, inside), std::pair(outside_, outside)}) {
        set->remove(0, set->count());
        set->append(values);
    }
    drawBand();
}

void LoadChart::drawBand() {
    const double last = static_cast<double>(shares_.size()) - 0.5;
    const auto line = [last](double share) {
        return QList<QPointF>{{-0.5, 100 * share}, {last, 100 * share}};
    };
    bandLow_->replace(line(band_.low));
    bandHigh_->replace(line(std::min(band_.high, 1.0)));
    level_->replace(line(band_.level));
    experts_->setRange(-0.5, last);
    experts_->setTickInterval(shares_.size() > 16 ? 8 : 1);
    // In steps of the chance level, so that the scale rests while the bars move.
    const double highest = *std::max_element(shares_.begin(), shares_.end());
    const double steps = std::ceil(std::max(highest, 1.5 * band_.level) / band_.level * 1.05);
    share_->setTickInterval(100 * band_.level * std::ceil(steps / 4));
    share_->setRange(0, std::min(100.0, 100 * steps * band_.level));
}

QString LoadChart::describe() const {
    if (shares_.empty()) return tr("No token to count yet.");
    const auto outsideCount = std::count_if(
        shares_.begin(), shares_.end(), [this](double share) { return outside(share); });
    QString text =
        tr("%1 · %2 · chance %3, 95 % band %4 to %5 · outside it: %6 of %7")
            .arg(layer_ ? tr("Layer %1").arg(*layer_) : tr("All layers"))
            .arg(routing_.describeCounted())
            .arg(percentText(band_.level), percentText(band_.low), percentText(band_.high))
            .arg(outsideCount)
            .arg(shares_.size());
    return text.replace(QLatin1String(" %"), QStringLiteral("\u00a0%"));  // kept on one line
}

void LoadChart::sayBar(bool hovered, int expert) {
    if (!hovered || expert < 0 || expert >= static_cast<int>(shares_.size())) {
        QToolTip::hideText();
        return sayValue({});
    }
    const double share = shares_[static_cast<std::size_t>(expert)];
    const QString verdict = verdictText(share > band_.high  ? Verdict::Above
                                        : share < band_.low ? Verdict::Below
                                                            : Verdict::Within);
    const QString text = tr("Expert %1: %2 of %3 selections, %4 · by chance %5 (%6 to %7) · %8")
                             .arg(expert)
                             .arg(counts_[static_cast<std::size_t>(expert)])
                             .arg(selections_)
                             .arg(percentText(share),
                                  percentText(band_.level),
                                  percentText(band_.low),
                                  percentText(band_.high),
                                  verdict);
    sayValue(text);
    QToolTip::showText(QCursor::pos(), text, this);
}

// Of one layer every expert's numbers as `analyse` gives them, each with the band of one expert
// looked at alone; of all layers what is drawn.
StatisticTable LoadChart::numbers() const {
    if (shares_.empty()) return {"experts", {"expert"}, {}};
    StatisticTable table{"experts", {"expert"}, {}};
    if (layer_) table.keys = {"layer", "expert"};
    const RoutingStats* stats = routing_.stats();
    for (int expert = 0; expert < static_cast<int>(shares_.size()); ++expert) {
        if (layer_ && stats != nullptr) {
            for (const auto& [name, statistic] : expertStatistics(*stats, *layer_, expert))
                if (name == "load_share" || name == "load_count" || name == "first_share")
                    table.rows.push_back({{*layer_, expert}, name, statistic, {}});
            continue;
        }
        table.rows.push_back({{expert},
                              "load_share",
                              {.value = shares_[static_cast<std::size_t>(expert)],
                               .count = selections_,
                               .chance = band_,
                               .thin = selections_ < kThinBelow},
                              {}});
    }
    return table;
}

}  // namespace gatescope
