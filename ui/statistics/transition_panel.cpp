#include "ui/statistics/transition_panel.h"

#include <QButtonGroup>
#include <QComboBox>
#include <QHBoxLayout>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QStackedWidget>
#include <QToolButton>
#include <algorithm>
#include <array>

#include "ui/language/number_text.h"
#include "ui/statistics/sankey_view.h"
#include "ui/statistics/statistic_text.h"

namespace gatescope {
namespace {

constexpr std::array kWeightNames{"first", "selected", "mass"};

const char* nameOf(TransitionPanel::Measure measure) {
    return kWeightNames[static_cast<std::size_t>(measure)];
}

}  // namespace

TransitionPanel::TransitionPanel(const ViewContext& context)
    : ChartFrame(context),
      follower_(context.routing,
                {.begin =
                     [this](const RoutingTrace& trace, Population population) {
                         limitLayers(trace.numLayers());
                         numExperts_ = trace.numExperts();
                         range_.emplace(
                             trace, population, TransitionStats(from_, to_, numExperts_));
                     },
                 .moveTo = [this](int first, int end) { stats_ = &range_->over(first, end); }}) {
    buildOptions();
    grid_ = new ExpertGrid(theme_);
    flow_ = new SankeyView(theme_);
    grid_->setAccessibleName(tr("Transitions between experts"));
    flow_->setAccessibleName(tr("Flow between experts"));
    drawings_ = new QStackedWidget;
    drawings_->addWidget(grid_);
    drawings_->addWidget(flow_);
    setDrawing(drawings_);
    setHint(tr("Point at a cell or a band for its numbers; a click picks the expert"));
    connect(grid_, &ExpertGrid::cellHovered, this, &TransitionPanel::sayCell);
    connect(flow_, &SankeyView::bandHovered, this, &TransitionPanel::sayCell);
    connect(grid_, &ExpertGrid::cellPicked, this, [this](GridPlace place) {
        selection_.selectSite(ExpertSite{{from_}, {place.row}});
    });
    connect(flow_, &SankeyView::nodePicked, this, [this](bool fromSide, int expert) {
        selection_.selectSite(ExpertSite{{fromSide ? from_ : to_}, {expert}});
    });
    connect(&selection_, &Selection::siteSelected, this, &TransitionPanel::followPickedLayer);
    connect(&routing_, &BranchRouting::traceReset, this, &TransitionPanel::forget);
    followPickedLayer();
}

// ---------------------------------------------------------------- composition

QSpinBox* TransitionPanel::makeLayerBox(const QString& prefix, const QString& name) {
    auto* box = new QSpinBox;
    box->setPrefix(prefix);
    box->setAccessibleName(name);
    box->setKeyboardTracking(false);
    connect(box, &QSpinBox::valueChanged, this, [this] {
        setLayers(fromBox_->value(), toBox_->value());
    });
    addOption(box);
    return box;
}

void TransitionPanel::buildOptions() {
    fromBox_ = makeLayerBox(tr("from layer "), tr("From layer"));
    toBox_ = makeLayerBox(tr("to layer "), tr("To layer"));
    limitLayers(2);
    measures_ = new QComboBox;
    measures_->setAccessibleName(tr("Which transitions"));
    measures_->addItem(tr("first choices"));
    measures_->addItem(tr("all selected"));
    measures_->addItem(tr("probability"));
    measures_->setItemData(0, tr("From first choice to first choice"), Qt::ToolTipRole);
    measures_->setItemData(
        1, tr("All pairs of selected experts; rows add up to k"), Qt::ToolTipRole);
    measures_->setItemData(
        2, tr("All experts, by the product of their probabilities"), Qt::ToolTipRole);
    connect(measures_, &QComboBox::currentIndexChanged, this, [this](int index) {
        setMeasure(static_cast<Measure>(index));
    });
    addOption(measures_);
    auto* segments = new QFrame;
    segments->setProperty("kind", QStringLiteral("segments"));
    auto* inside = new QHBoxLayout(segments);
    inside->setContentsMargins(2, 2, 2, 2);
    inside->setSpacing(2);
    views_ = new QButtonGroup(this);
    for (const QString& title : {tr("Grid"), tr("Flow")}) {
        auto* button = new QToolButton;
        button->setProperty("kind", QStringLiteral("segment"));
        button->setText(title);
        button->setCheckable(true);
        views_->addButton(button, static_cast<int>(views_->buttons().size()));
        inside->addWidget(button);
    }
    views_->button(0)->setChecked(true);
    connect(
        views_, &QButtonGroup::idClicked, this, [this](int id) { setView(static_cast<View>(id)); });
    addOption(segments);
}

void TransitionPanel::limitLayers(int numLayers) {
    const QSignalBlocker noFrom(fromBox_);
    const QSignalBlocker noTo(toBox_);
    for (QSpinBox* box : {fromBox_, toBox_}) box->setRange(0, numLayers - 1);
    from_ = std::clamp(from_, 0, numLayers - 1);
    to_ = std::clamp(to_, 0, numLayers - 1);
    fromBox_->setValue(from_);
    toBox_->setValue(to_);
}

// ---------------------------------------------------------------- what is wanted

void TransitionPanel::setMeasure(Measure measure) {
    measure_ = measure;
    measures_->setCurrentIndex(static_cast<int>(measure));
    refreshNow();
}

void TransitionPanel::setView(View view) {
    view_ = view;
    views_->button(static_cast<int>(view))->setChecked(true);
    drawings_->setCurrentIndex(static_cast<int>(view));
    sayCell(std::nullopt);
    refreshNow();
}

void TransitionPanel::setLayers(int from, int to) {
    if (from == from_ && to == to_) return;
    from_ = from;
    to_ = to;
    const QSignalBlocker noFrom(fromBox_);
    const QSignalBlocker noTo(toBox_);
    fromBox_->setValue(from);
    toBox_->setValue(to);
    forget();
    invalidate();
}

/// From the picked layer to the next; of the last layer, from the one before it.
void TransitionPanel::followPickedLayer() {
    const auto site = selection_.site();
    if (!site) return;
    const RoutingTrace* trace = isVisible() ? routing_.trace() : nullptr;
    followsLater_ = trace == nullptr;  // how many layers there are is not known yet
    if (followsLater_) return invalidate();
    const int layers = trace->numLayers();
    limitLayers(layers);
    const int layer = site->layer.value;
    if (layer == from_ || layer == to_) return invalidate();  // it is shown already
    const int from = std::max(0, std::min(layer, layers - 2));
    setLayers(from, std::min(from + 1, layers - 1));
}

void TransitionPanel::forget() {
    follower_.reset();
    stats_ = nullptr;
    range_.reset();
}

// ---------------------------------------------------------------- what is shown

Statistic TransitionPanel::cell(int i, int j) const {
    switch (measure_) {
        case Measure::First:
            return stats_->first(i, j);
        case Measure::Selected:
            return stats_->selected(i, j);
        case Measure::Mass:
            return stats_->mass(i, j);
    }
    return {};
}

double TransitionPanel::amount(int i, int j) const {
    switch (measure_) {
        case Measure::First:
            return static_cast<double>(stats_->firstCount(i, j));
        case Measure::Selected:
            return static_cast<double>(stats_->selectedCount(i, j));
        case Measure::Mass:
            return stats_->massSum(i, j);
    }
    return 0;
}

bool TransitionPanel::count() {
    if (followsLater_) followPickedLayer();
    return follower_.follow();
}

void TransitionPanel::rebuild() {
    counted_ = routing_.describeCounted();
    if (view_ == View::Grid)
        fillGrid();
    else
        fillFlow();
}

void TransitionPanel::fillGrid() {
    GridFrame frame;
    if (counted()) {
        frame.rows = frame.columns = numExperts_;
        frame.rowTitle = tr("layer %1").arg(from_);
        frame.columnTitle = tr("layer %1").arg(to_);
        frame.text = [](double value) {
            return QStringLiteral("%1 %").arg(numberText(100 * value, 'f', 0));
        };
        frame.cells.resize(static_cast<std::size_t>(numExperts_) *
                           static_cast<std::size_t>(numExperts_));
        for (int i = 0; i < numExperts_; ++i)
            for (int j = 0; j < numExperts_; ++j) {
                const Statistic s = cell(i, j);
                const Verdict verdict = verdictOf(s);
                const double level = s.chance ? s.chance->level : 0;
                frame.scale = {0, level, std::min(1.0, 3 * level)};
                frame.cells[static_cast<std::size_t>(i * numExperts_ + j)] = {
                    .value = s.value.value_or(0),
                    .within = verdict == Verdict::Within,
                    .thin = s.thin,
                    .outside = verdict == Verdict::Below || verdict == Verdict::Above};
            }
    }
    grid_->setFrame(std::move(frame));
    const auto site = selection_.site();
    grid_->setPicked(site && counted() && site->layer.value == from_
                         ? std::optional(GridPlace{site->expert.value, 0})
                         : std::nullopt);
    if (grid_->cursor()) sayCell(grid_->cursor());
}

void TransitionPanel::fillFlow() {
    SankeyFrame frame;
    if (counted()) {
        frame.experts = numExperts_;
        frame.fromLayer = from_;
        frame.toLayer = to_;
        for (int i = 0; i < numExperts_; ++i)
            for (int j = 0; j < numExperts_; ++j) {
                frame.amounts.push_back(amount(i, j));
                frame.verdicts.push_back(verdictOf(cell(i, j)));
            }
    }
    flow_->setFrame(std::move(frame));
}

void TransitionPanel::sayCell(std::optional<GridPlace> place) {
    if (!place || !counted()) return sayValue({});
    const Statistic s = cell(place->row, place->column);
    const QString value = valueText(nameOf(measure_), s.value);
    sayValue(tr("Expert %1 of layer %2 to expert %3 of layer %4: %5 (%6 tokens) · %7")
                 .arg(place->row)
                 .arg(from_)
                 .arg(place->column)
                 .arg(to_)
                 .arg(value)
                 .arg(numberText(
                     amount(place->row, place->column), 'f', measure_ == Measure::Mass ? 1 : 0))
                 .arg(evidenceText(nameOf(measure_), s)));
}

QString TransitionPanel::describe() const {
    if (!counted()) return tr("No token to count yet.");
    const bool mass = measure_ == Measure::Mass;
    const Statistic told = mass ? stats_->massInformation() : stats_->firstInformation();
    const char* name = mass ? "mass_information_bits" : "first_information_bits";
    QString text = mass ? tr("What p of layer %1 tells of layer %2: %3 bits")
                        : tr("What first choices of layer %1 tell of layer %2: %3 bits");
    text = text.arg(from_).arg(to_).arg(valueText(name, told.value));
    if (told.chance) text += tr(", by luck alone %1").arg(valueText(name, told.chance->level));
    if (told.thin) text += tr(" (too few tokens to say)");
    text += QStringLiteral(" · ") + counted_;
    if (counting() && routing_.complete()) text += tr(", still counting");
    return text;
}

StatisticTable TransitionPanel::numbers() const {
    StatisticTable table{"transitions", {"layer", "to_layer", "expert", "to_expert"}, {}};
    if (!counted()) return table;
    for (int i = 0; i < numExperts_; ++i)
        for (int j = 0; j < numExperts_; ++j)
            table.rows.push_back({{from_, to_, i, j}, nameOf(measure_), cell(i, j), {}});
    return table;
}

void TransitionPanel::paintChart(QPainter& painter, const QRect& area) const {
    if (view_ == View::Grid)
        grid_->paint(painter, area);
    else
        flow_->paint(painter, area);
}

}  // namespace gatescope
