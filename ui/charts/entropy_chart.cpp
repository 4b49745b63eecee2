#include "ui/charts/entropy_chart.h"

#include <QChart>
#include <QLineSeries>
#include <QValueAxis>
#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/routing/routing_stats.h"
#include "ui/charts/decimate.h"

namespace gatescope {
namespace {

RouterMeasures measuresOf(const RoutingRecord& record, std::optional<int> layer) {
    if (layer && *layer < record.numLayers)
        return measureRouter(record.layerProbs(*layer), record.layerSelected(*layer));
    return meanOverLayers(record);
}

}  // namespace

EntropyChart::EntropyChart(const ViewContext& context) : ChartFrame(context) {
    entropy_ = new QLineSeries;
    margin_ = new QLineSeries;
    marker_ = new QLineSeries;
    tokens_ = new QValueAxis;
    tokens_->setLabelFormat(QStringLiteral("%d"));
    tokens_->setGridLineVisible(false);
    bits_ = new QValueAxis;
    bits_->setLabelFormat(QStringLiteral("%.0f"));
    bits_->setTickType(QValueAxis::TicksDynamic);
    bits_->setTickAnchor(0);
    marginAxis_ = new QValueAxis;
    marginAxis_->setLabelFormat(QStringLiteral("%.1f"));
    marginAxis_->setTickType(QValueAxis::TicksDynamic);
    marginAxis_->setTickAnchor(0);
    marginAxis_->setTickInterval(0.5);
    marginAxis_->setRange(0, 1);
    marginAxis_->setGridLineVisible(false);
    chart_->setMargins(QMargins(0, 0, theme_.space(4), 0));  // Qt measures the right scale short
    chart_->addAxis(tokens_, Qt::AlignBottom);
    chart_->addAxis(bits_, Qt::AlignLeft);
    chart_->addAxis(marginAxis_, Qt::AlignRight);
    for (QLineSeries* series : {entropy_, margin_, marker_}) {
        chart_->addSeries(series);
        series->attachAxis(tokens_);
        series->attachAxis(series == margin_ ? marginAxis_ : bits_);
    }
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

void EntropyChart::applyColors() {
    // One pixel wide: Qt strokes wider or dotted lines three times as slowly.
    entropy_->setPen(QPen(theme_.color(ColorRole::Accent), 1));
    margin_->setPen(QPen(theme_.color(ColorRole::Success), 1));
    marker_->setPen(QPen(theme_.color(ColorRole::Token), 2));
    styleAxis(*tokens_, theme_.color(ColorRole::TextFaint));
    styleAxis(*bits_, theme_.color(ColorRole::Accent));
    styleAxis(*marginAxis_, theme_.color(ColorRole::Success));
}

void EntropyChart::traceChanged(int firstToken) {
    const auto keep =
        std::min(static_cast<std::size_t>(std::max(firstToken, 0)), entropyBits_.size());
    entropyBits_.resize(keep);
    margins_.resize(keep);
}

void EntropyChart::measure() {
    const ChatSession& session = bridge_.session();
    for (int i = static_cast<int>(entropyBits_.size()); i < session.traceSize(); ++i) {
        const RoutingRecordPtr& record = session.traceToken(i).routing;
        if (record == nullptr) {
            entropyBits_.push_back(std::numeric_limits<double>::quiet_NaN());
            margins_.push_back(std::numeric_limits<double>::quiet_NaN());
            continue;
        }
        const RouterMeasures measures = measuresOf(*record, layer_);
        entropyBits_.push_back(measures.entropyBits);
        margins_.push_back(measures.margin);
        numExperts_ = record->numExperts;
    }
}

void EntropyChart::rebuild() {
    measure();
    chart_->setVisible(!entropyBits_.empty());
    if (entropyBits_.empty()) return;
    entropy_->replace(decimate(entropyBits_, kMaxPoints));
    margin_->replace(decimate(margins_, kMaxPoints));
    // In steps, so that the scale rests between them.
    const double step = entropyBits_.size() > 400 ? 200 : 40;
    const double last = static_cast<double>(entropyBits_.size());
    tokens_->setRange(0, std::max(step, std::ceil(last / step) * step));
    const double mostBits = std::log2(std::max(2, numExperts_));
    bits_->setTickInterval(mostBits > 4 ? 2 : 1);
    bits_->setRange(0, mostBits);
    drawMarker();
}

int EntropyChart::shownToken() const {
    const int last = static_cast<int>(entropyBits_.size()) - 1;
    return selection_.token() ? std::min(*selection_.token(), last) : last;
}

void EntropyChart::drawMarker() {
    marker_->setVisible(selection_.token().has_value());
    const double x = shownToken();
    marker_->replace(QList<QPointF>{{x, bits_->min()}, {x, bits_->max()}});
}

void EntropyChart::plotClicked(QPointF value) {
    const int token = static_cast<int>(std::lround(value.x()));
    if (token < 0 || token >= static_cast<int>(entropyBits_.size())) return;
    selection_.selectToken(token);
}

int EntropyChart::pointsDrawn() const {
    return std::max(entropy_->count(), margin_->count());
}

QString EntropyChart::describe() const {
    if (entropyBits_.empty()) return tr("No token has gone through the model yet.");
    const auto token = static_cast<std::size_t>(shownToken());
    return tr("%1 · token %2: entropy %3 of %4 bits by chance, margin %5 (green, right scale)")
        .arg(layer_ ? tr("Layer %1").arg(*layer_) : tr("Mean over layers"))
        .arg(token)
        .arg(entropyBits_[token], 0, 'f', 2)
        .arg(std::log2(std::max(2, numExperts_)), 0, 'f', 2)
        .arg(margins_[token], 0, 'f', 2);
}

QString EntropyChart::asTable() const {
    QString table = tr("token\tentropy (bits)\tmargin\n");
    for (std::size_t i = 0; i < entropyBits_.size(); ++i) {
        table += QStringLiteral("%1\t%2\t%3\n")
                     .arg(i)
                     .arg(entropyBits_[i], 0, 'f', 3)
                     .arg(margins_[i], 0, 'f', 3);
    }
    return table;
}

}  // namespace gatescope
