#include "ui/statistics/coactivation_panel.h"

#include <QComboBox>
#include <algorithm>
#include <array>
#include <cmath>

#include "ui/language/number_text.h"
#include "ui/statistics/statistic_text.h"

namespace gatescope {
namespace {

constexpr std::array kMeasureNames{"coactivation", "lift", "phi"};

const char* nameOf(CoactivationPanel::Measure measure) {
    return kMeasureNames[static_cast<std::size_t>(measure)];
}

/// Fixed by the statistic, so that two pictures can be compared: a share and a lift up to three
/// times chance, phi half a unit to each side.
ChanceScale scaleOf(CoactivationPanel::Measure measure, double chance) {
    if (measure == CoactivationPanel::Measure::Phi)
        return {std::max(-1.0, chance - 0.5), chance, std::min(1.0, chance + 0.5)};
    const double high = 3 * chance;
    return {0,
            chance,
            measure == CoactivationPanel::Measure::Coactivation ? std::min(1.0, high) : high};
}

}  // namespace

CoactivationPanel::CoactivationPanel(const ViewContext& context)
    : ChartFrame(context),
      follower_(context.routing,
                {.begin =
                     [this](const RoutingTrace& trace, Population population) {
                         range_.emplace(trace,
                                        population,
                                        CoactivationStats(trace.numLayers(), trace.numExperts()));
                     },
                 .moveTo = [this](int first, int end) { stats_ = &range_->over(first, end); }}) {
    measures_ = new QComboBox;
    measures_->setAccessibleName(tr("What the cells show"));
    measures_->addItem(tr("co-activation"));
    measures_->addItem(tr("lift"));
    measures_->addItem(tr("phi"));
    measures_->setItemData(
        0,
        tr("Of the tokens that selected the row's expert, how many selected the column's too"),
        Qt::ToolTipRole);
    measures_->setItemData(
        1, tr("How much more often together than their loads say"), Qt::ToolTipRole);
    measures_->setItemData(2, tr("Correlation of the two selections, -1 to 1"), Qt::ToolTipRole);
    addOption(measures_);
    grid_ = new ExpertGrid(theme_);
    setDrawing(grid_);
    setHint(tr("Point at a cell for its numbers; a click picks the row's expert"));
    connect(measures_, &QComboBox::currentIndexChanged, this, [this](int index) {
        setMeasure(static_cast<Measure>(index));
    });
    connect(grid_, &ExpertGrid::cellHovered, this, [this](std::optional<GridPlace> place) {
        sayCell(place);
        selection_.hoverSite(place ? std::optional(ExpertSite{{layer_}, {place->row}})
                                   : std::nullopt);
    });
    connect(grid_, &ExpertGrid::cellPicked, this, [this](GridPlace place) {
        selection_.selectSite(ExpertSite{{layer_}, {place.row}});
    });
    connect(&selection_, &Selection::siteSelected, this, &CoactivationPanel::invalidate);
    connect(&routing_, &BranchRouting::traceReset, this, [this] {
        follower_.reset();
        stats_ = nullptr;
        range_.reset();
    });
}

void CoactivationPanel::setMeasure(Measure measure) {
    measure_ = measure;
    measures_->setCurrentIndex(static_cast<int>(measure));
    refreshNow();
}

Statistic CoactivationPanel::cell(int i, int j) const {
    switch (measure_) {
        case Measure::Coactivation:
            return stats_->coactivation(layer_, i, j);
        case Measure::Lift:
            return stats_->lift(layer_, i, j);
        case Measure::Phi:
            return stats_->phi(layer_, i, j);
    }
    return {};
}

bool CoactivationPanel::count() {
    return follower_.follow();
}

void CoactivationPanel::rebuild() {
    counted_ = routing_.describeCounted();
    const auto site = selection_.site();
    const int layers = stats_ != nullptr ? stats_->numLayers() : 1;
    layer_ = site ? std::min(site->layer.value, layers - 1) : 0;
    grid_->setFrame(counted() ? frame() : GridFrame{});
    grid_->setPicked(site && counted() && site->layer.value == layer_
                         ? std::optional(GridPlace{site->expert.value, 0})
                         : std::nullopt);
    if (grid_->cursor()) sayCell(grid_->cursor());
}

GridFrame CoactivationPanel::frame() const {
    const int experts = stats_->numExperts();
    GridFrame frame{.rows = experts, .columns = experts};
    frame.cells.resize(static_cast<std::size_t>(experts) * static_cast<std::size_t>(experts));
    frame.rowTitle = tr("expert");
    frame.columnTitle = tr("selected together with");
    frame.text = [](double value) { return numberText(value, 'f', 2); };
    if (measure_ == Measure::Coactivation)
        frame.text = [](double value) {
            return QStringLiteral("%1 %").arg(numberText(100 * value, 'f', 0));
        };
    for (int i = 0; i < experts; ++i)
        for (int j = 0; j < experts; ++j) {
            if (i == j) continue;  // with itself: always
            const Statistic s = cell(i, j);
            if (s.chance) frame.scale = scaleOf(measure_, s.chance->level);
            const Verdict verdict = verdictOf(s);
            auto& cell = frame.cells[static_cast<std::size_t>(i * experts + j)];
            cell.thin = s.thin;
            cell.within = verdict == Verdict::Within;
            // Without a value but not thin, as phi of an expert that all tokens have: left out.
            if (s.value || s.thin) cell.value = s.value.value_or(0);
            cell.outside = verdict == Verdict::Below || verdict == Verdict::Above;
        }
    return frame;
}

void CoactivationPanel::sayCell(std::optional<GridPlace> place) {
    if (!place || !counted()) return sayValue({});
    if (place->row == place->column)
        return sayValue(tr("Expert %1 was selected by %2 tokens")
                            .arg(place->row)
                            .arg(stats_->pairCount(layer_, place->row, place->row)));
    const Statistic s = cell(place->row, place->column);
    sayValue(tr("Expert %1 with %2: %3 %4 · %5 tokens selected both · %6")
                 .arg(place->row)
                 .arg(place->column)
                 .arg(statisticTitle(nameOf(measure_)), valueText(nameOf(measure_), s.value))
                 .arg(stats_->pairCount(layer_, place->row, place->column))
                 .arg(evidenceText(nameOf(measure_), s)));
}

QString CoactivationPanel::describe() const {
    if (!counted()) return tr("No token to count yet.");
    const GridFrame& shown = grid_->frame();
    int outside = 0;
    int told = 0;
    for (const GridFrame::Cell& cell : shown.cells) {
        if (cell.thin || std::isnan(cell.value)) continue;
        ++told;
        if (cell.outside) ++outside;
    }
    QString text =
        tr("Layer %1 · %2 · chance %3 · outside the 95 % band: %4 of %5 (chance alone: 5 in 100)")
            .arg(layer_)
            .arg(counted_)
            .arg(valueText(nameOf(measure_), shown.scale.chance))
            .arg(outside)
            .arg(told);
    if (counting() && routing_.complete()) text += tr(", still counting");
    return text.replace(QLatin1String(" %"), QStringLiteral("\u00a0%"));
}

StatisticTable CoactivationPanel::numbers() const {
    StatisticTable table{"pairs", {"layer", "expert", "with"}, {}};
    if (!counted()) return table;
    const bool symmetric = measure_ != Measure::Coactivation;
    for (int i = 0; i < stats_->numExperts(); ++i)
        for (int j = 0; j < stats_->numExperts(); ++j)
            if (i != j && !(symmetric && i > j))
                table.rows.push_back({{layer_, i, j}, nameOf(measure_), cell(i, j), {}});
    return table;
}

void CoactivationPanel::paintChart(QPainter& painter, const QRect& area) const {
    grid_->paint(painter, area);
}

}  // namespace gatescope
