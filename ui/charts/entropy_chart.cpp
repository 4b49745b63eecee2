#include "ui/charts/entropy_chart.h"

#include <QAreaSeries>
#include <QChart>
#include <QLineSeries>
#include <QPainter>
#include <QToolButton>
#include <QValueAxis>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "engine/routing/router_measures.h"
#include "ui/charts/decimate.h"
#include "ui/frame_slice.h"
#include "ui/language/number_text.h"

namespace gatescope {
namespace {

constexpr int kStep = 16;  ///< tokens between two looks at the clock
constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

RouterMeasures measuresOf(const RoutingRecord& record, std::optional<int> layer) {
    if (layer && *layer < record.numLayers)
        return measureRouter(record.layerProbs(*layer), record.layerSelected(*layer));
    return meanOverLayers(record);
}

/// Experts that the layer selected, or their mean over the layers.
double selectedOf(const RoutingRecord& record, std::optional<int> layer) {
    if (layer && *layer < record.numLayers) return record.numSelectedIn(*layer);
    double all = 0;
    for (int l = 0; l < record.numLayers; ++l) all += record.numSelectedIn(l);
    return all / record.numLayers;
}

}  // namespace

EntropyChart::EntropyChart(const ViewContext& context) : QtChartFrame(context) {
    buildAxes();
    buildSeries();
    buildOptions();
    showChart();
    setHint(tr("A click picks the token"));
    connect(&selection_, &Selection::tokenSelected, this, [this] { invalidate(); });
    connect(&selection_, &Selection::siteSelected, this, [this] {
        const auto site = selection_.site();
        const auto layer = site ? std::optional(site->layer.value) : std::nullopt;
        if (layer == layer_) return;
        layer_ = layer;
        traceChanged(0);
        invalidate();
    });
}

// ---------------------------------------------------------------- composition

void EntropyChart::buildAxes() {
    tokens_ = new QValueAxis;
    tokens_->setLabelFormat(QStringLiteral("%d"));
    tokens_->setGridLineVisible(false);
    bits_ = new QValueAxis;
    bits_->setLabelFormat(QStringLiteral("%.0f"));
    bits_->setTickType(QValueAxis::TicksDynamic);
    bits_->setTickAnchor(0);
    shares_ = new QValueAxis;
    shares_->setLabelFormat(QStringLiteral("%.1f"));
    shares_->setTickType(QValueAxis::TicksDynamic);
    shares_->setTickAnchor(0);
    shares_->setTickInterval(0.5);
    shares_->setRange(0, 1);
    shares_->setGridLineVisible(false);
    chart_->setMargins(QMargins(0, 0, theme_.space(4), 0));  // Qt measures the right scale short
    chart_->addAxis(tokens_, Qt::AlignBottom);
    chart_->addAxis(bits_, Qt::AlignLeft);
    chart_->addAxis(shares_, Qt::AlignRight);
}

void EntropyChart::buildSeries() {
    rangeLow_ = new QLineSeries(this);
    rangeHigh_ = new QLineSeries(this);
    rangeArea_ = new QAreaSeries(rangeHigh_, rangeLow_);
    for (QLineSeries*& line : lines_) line = new QLineSeries;
    chanceMass_ = new QLineSeries;
    marker_ = new QLineSeries;
    const auto add = [this](QAbstractSeries* series, QValueAxis* scale) {
        chart_->addSeries(series);
        series->attachAxis(tokens_);
        series->attachAxis(scale);
    };
    add(rangeArea_, bits_);
    add(lines_[Entropy], bits_);
    add(lines_[Margin], shares_);
    add(lines_[Mass], shares_);
    add(chanceMass_, shares_);
    add(marker_, bits_);
}

void EntropyChart::buildOptions() {
    const std::array titles{tr("Entropy"), tr("Margin"), tr("Mass")};
    const std::array hints{
        tr("Left scale, in bits: how unsure the router is"),
        tr("Right scale: how far the first choice is ahead of the second"),
        tr("Right scale, routed mass: what the selected experts' probabilities add up to")};
    for (std::size_t line = 0; line < kLines; ++line) {
        auto* button = new QToolButton;
        button->setText(titles[line]);
        button->setToolTip(hints[line]);
        button->setCheckable(true);
        button->setChecked(true);
        button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
        connect(button, &QToolButton::toggled, this, [this, line](bool shown) {
            setLineShown(static_cast<Line>(line), shown);
        });
        switches_[line] = button;
        addOption(button);
    }
    zoom_ = new QToolButton;
    zoom_->setText(tr("Range only"));
    zoom_->setToolTip(tr("Let the range of tokens that is picked fill the chart"));
    zoom_->setCheckable(true);
    connect(zoom_, &QToolButton::toggled, this, &EntropyChart::setZoomed);
    addOption(zoom_);
}

ColorRole EntropyChart::colorOf(int line) const {
    return line == Entropy  ? ColorRole::Accent
           : line == Margin ? ColorRole::Warning
                            : ColorRole::TextMuted;
}

void EntropyChart::applyColors() {
    QtChartFrame::applyColors();
    for (int line = 0; line < kLines; ++line) {
        const auto i = static_cast<std::size_t>(line);
        const QColor color = theme_.color(colorOf(line));
        // One pixel wide: Qt strokes wider or dotted lines three times as slowly.
        lines_[i]->setPen(QPen(color, 1));
        QPixmap sample(24, 24);
        sample.setDevicePixelRatio(2);
        sample.fill(Qt::transparent);
        QPainter painter(&sample);
        painter.fillRect(QRect(0, 5, 12, 2), color);
        painter.end();
        switches_[i]->setIcon(sample);
    }
    marker_->setPen(QPen(theme_.color(ColorRole::Token), 2));
    chanceMass_->setPen(QPen(theme_.color(ColorRole::TextFaint), 1, Qt::DashLine));
    QColor band = theme_.color(ColorRole::Token);
    band.setAlpha(36);
    rangeArea_->setBrush(band);
    rangeArea_->setPen(Qt::NoPen);
    styleAxis(*tokens_, theme_.color(ColorRole::TextFaint));
    styleAxis(*bits_, theme_.color(ColorRole::Accent));
    styleAxis(*shares_, theme_.color(ColorRole::Warning));
}

// ---------------------------------------------------------------- what is measured

void EntropyChart::traceChanged(int firstToken) {
    for (auto& values : values_)
        values.resize(std::min(static_cast<std::size_t>(std::max(firstToken, 0)), values.size()));
}

bool EntropyChart::count() {
    using Clock = std::chrono::steady_clock;
    const Clock::time_point end = Clock::now() + kFrameSlice;
    const ChatSession& session = bridge_.session();
    while (measured() < session.traceSize() && Clock::now() < end) {
        const int stop = std::min(session.traceSize(), measured() + kStep);
        for (int i = measured(); i < stop; ++i) {
            const RoutingRecordPtr& record = session.traceToken(i).routing;
            if (record == nullptr) {
                for (auto& values : values_) values.push_back(kUnknown);
                continue;
            }
            const RouterMeasures measures = measuresOf(*record, layer_);
            values_[Entropy].push_back(measures.entropyBits);
            values_[Margin].push_back(measures.margin);
            values_[Mass].push_back(measures.routedMass);
            numExperts_ = record->numExperts;
            numSelected_ = selectedOf(*record, layer_);
        }
    }
    return measured() == session.traceSize();
}

// ---------------------------------------------------------------- what is drawn

TokenRange EntropyChart::shownTokens() const {
    const int size = measured();
    const auto range = selection_.range();
    if (!zoomed_ || !range) return {0, size};
    const int first = std::clamp(range->first, 0, size);
    return {first, std::clamp(range->end, first, size)};
}

void EntropyChart::rebuild() {
    zoom_->setVisible(selection_.range().has_value());
    chart_->setVisible(measured() > 0);
    if (measured() == 0) return;
    const TokenRange shown = shownTokens();
    if (zoomed_ && selection_.range()) {
        tokens_->setRange(shown.first, std::max(shown.first + 1, shown.end - 1));
    } else {
        // In steps, so that the scale rests between them.
        const double step = measured() > 400 ? 200 : 40;
        tokens_->setRange(0, std::max(step, std::ceil(measured() / step) * step));
    }
    const double mostBits = std::log2(std::max(2, numExperts_));
    bits_->setTickInterval(mostBits > 4 ? 2 : 1);
    bits_->setRange(0, mostBits);
    drawLines();
    drawRange();
    drawMarker();
}

void EntropyChart::drawLines() {
    const auto shownLines = std::ranges::count_if(switches_, &QToolButton::isChecked);
    const TokenRange shown = shownTokens();
    for (std::size_t line = 0; line < kLines; ++line) {
        const bool on = switches_[line]->isChecked();
        lines_[line]->setVisible(on);
        if (!on) continue;
        const auto& all = values_[line];
        const std::vector<double> part(all.begin() + shown.first, all.begin() + shown.end);
        QList<QPointF> points = decimate(part, kMaxPoints / static_cast<int>(shownLines));
        for (QPointF& point : points) point.rx() += shown.first;
        lines_[line]->replace(points);
    }
    const double chance = numSelected_ / std::max(1, numExperts_);
    chanceMass_->setVisible(switches_[Mass]->isChecked());
    chanceMass_->replace(QList<QPointF>{{tokens_->min(), chance}, {tokens_->max(), chance}});
    shares_->setVisible(switches_[Margin]->isChecked() || switches_[Mass]->isChecked());
}

void EntropyChart::drawRange() {
    const auto range = selection_.range();
    rangeArea_->setVisible(range.has_value() && !zoomed_);
    if (!range) return;
    const double first = range->first;
    const double last = std::max(range->first + 0.5, range->end - 1.0);
    rangeLow_->replace(QList<QPointF>{{first, 0}, {last, 0}});
    rangeHigh_->replace(QList<QPointF>{{first, bits_->max()}, {last, bits_->max()}});
}

int EntropyChart::shownToken() const {
    return std::min(selection_.token().value_or(measured() - 1), measured() - 1);
}

void EntropyChart::drawMarker() {
    marker_->setVisible(selection_.token().has_value());
    const double x = shownToken();
    marker_->replace(QList<QPointF>{{x, bits_->min()}, {x, bits_->max()}});
}

void EntropyChart::plotClicked(QPointF value) {
    const int token = static_cast<int>(std::lround(value.x()));
    if (token < 0 || token >= measured()) return;
    selection_.selectToken(token);
}

void EntropyChart::setLineShown(Line line, bool shown) {
    switches_[static_cast<std::size_t>(line)]->setChecked(shown);
    refreshNow();
}

void EntropyChart::setZoomed(bool zoomed) {
    zoomed_ = zoomed;
    zoom_->setChecked(zoomed);
    refreshNow();
}

int EntropyChart::pointsDrawn() const {
    int points = 0;
    for (std::size_t line = 0; line < kLines; ++line)
        if (switches_[line]->isChecked()) points += lines_[line]->count();
    return points;
}

// ---------------------------------------------------------------- in words and numbers

QString EntropyChart::describe() const {
    if (measured() == 0) return tr("No token has gone through the model yet.");
    const auto token = static_cast<std::size_t>(shownToken());
    const auto number = [token](const std::vector<double>& values) {
        return std::isnan(values[token]) ? QStringLiteral("–") : numberText(values[token], 'f', 2);
    };
    QString text =
        tr("%1 · token %2: entropy %3 bits (chance %4), margin %5 (0), routed mass %6 (%7)")
            .arg(layer_ ? tr("Layer %1").arg(*layer_) : tr("Mean over layers"))
            .arg(token)
            .arg(number(values_[Entropy]))
            .arg(numberText(std::log2(std::max(2, numExperts_)), 'f', 2))
            .arg(number(values_[Margin]), number(values_[Mass]))
            .arg(numberText(numSelected_ / std::max(1, numExperts_), 'f', 2));
    if (counting()) text += tr(" · still reading the conversation");
    return text;
}

StatisticTable EntropyChart::Measured::rows(TokenRange tokens) const {
    static constexpr std::array kNames{"token_entropy_bits", "margin", "routed_mass"};
    const double experts = std::max(1, numExperts);
    const std::array chance{std::log2(std::max(2.0, experts)), 0.0, numSelected / experts};
    StatisticTable table{"tokens", {"token"}, {}};
    if (layer) table.keys.push_back("layer");
    for (int token = tokens.first; token < tokens.end; ++token) {
        std::vector<int> keys{token};
        if (layer) keys.push_back(*layer);
        for (std::size_t line = 0; line < kLines; ++line) {
            const double value = values[line][static_cast<std::size_t>(token - tokens.first)];
            Statistic s{.value = {}, .count = 1};
            if (!std::isnan(value)) s.value = value;
            s.chance = ChanceBand{chance[line], kUnknown, kUnknown};
            table.rows.push_back({keys, kNames[line], s, {}});
        }
    }
    return table;
}

EntropyChart::Measured EntropyChart::copyOf(TokenRange tokens) const {
    Measured copy{{}, layer_, numExperts_, numSelected_};
    for (std::size_t line = 0; line < kLines; ++line)
        copy.values[line].assign(values_[line].begin() + tokens.first,
                                 values_[line].begin() + tokens.end);
    return copy;
}

std::function<StatisticTable()> EntropyChart::numbersForFile() const {
    const TokenRange shown = shownTokens();
    return [copy = copyOf(shown), shown] { return copy.rows(shown); };
}

StatisticTable EntropyChart::numbers() const {
    return numbersForFile()();
}

StatisticTable EntropyChart::tableRows() const {
    TokenRange shown = shownTokens();
    shown.first = std::max(shown.first, shown.end - kMostTableTokens);
    return copyOf(shown).rows(shown);
}

}  // namespace gatescope
