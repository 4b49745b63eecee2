#include "ui/inspection/attention_panel.h"

#include <QPushButton>
#include <QSignalBlocker>
#include <QSpinBox>
#include <algorithm>
#include <limits>

#include "ui/chat/visible_text.h"
#include "ui/frame_slice.h"
#include "ui/inspection/attention_map_view.h"
#include "ui/statistics/statistic_text.h"

namespace gatescope {
namespace {

constexpr std::size_t kMostRowsInTable = 4096;
constexpr std::size_t kMostRowsInFile = std::size_t{1} << 19U;
constexpr int kMostWords = 200;  ///< more rows have no room for a word
constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

/// The last rows of `map` that hold at most `most` weights together.
int firstQueryWithin(const AttentionMap& map, std::size_t most) {
    int first = map.end();
    while (first > map.firstQuery() && AttentionMap::numWeights(first - 1, map.end()) <= most)
        --first;
    return first;
}

StatisticTable rowsOf(const AttentionMap& map, std::size_t most) {
    StatisticTable table{"attention", {"layer", "head", "token", "to_token"}, {}};
    for (int query = firstQueryWithin(map, most); query < map.end(); ++query) {
        const auto weights = map.row(query);
        const ChanceBand evenly{AttentionMap::evenWeight(query), kUnknown, kUnknown};
        for (int key = 0; key <= query; ++key)
            table.rows.push_back(
                {{map.head().layer, map.head().head, query, key},
                 "attention",
                 {.value = static_cast<double>(weights[static_cast<std::size_t>(key)]),
                  .count = 1,
                  .chance = evenly},
                 {}});
    }
    return table;
}

}  // namespace

AttentionPanel::AttentionPanel(const ViewContext& context) : ChartFrame(context) {
    buildOptions();
    view_ = new AttentionMapView(theme_);
    setDrawing(view_);
    setHint(tr("Point at a pair for its weight; a click picks the token that looks"));
    wire();
    refreshOptions();
}

// ---------------------------------------------------------------- composition

QSpinBox* AttentionPanel::makeBox(const QString& prefix, const QString& name) {
    auto* box = new QSpinBox;
    box->setPrefix(prefix);
    box->setAccessibleName(name);
    box->setKeyboardTracking(false);  // each change computes all tokens anew
    connect(box, &QSpinBox::valueChanged, this, [this] {
        if (map_ != nullptr) look();
    });
    addOption(box);
    return box;
}

void AttentionPanel::buildOptions() {
    layer_ = makeBox(tr("layer "), tr("Layer of the head"));
    head_ = makeBox(tr("head "), tr("Query head"));
    look_ = new QPushButton(tr("Make the map"));
    look_->setObjectName(QStringLiteral("mapAttention"));
    look_->setToolTip(
        tr("Computes the tokens of the range picked once more, or all of them without one"));
    addOption(look_);
}

void AttentionPanel::wire() {
    connect(look_, &QPushButton::clicked, this, [this] {
        if (bridge_.session().inspecting())
            bridge_.session().stopInspecting();
        else
            look();
    });
    connect(&bridge_, &EngineBridge::attentionMapReady, this, &AttentionPanel::take);
    for (auto signal : {&EngineBridge::inspectionStopped,
                        &EngineBridge::generationBegan,
                        &EngineBridge::modelUsableAlready,
                        &EngineBridge::modelReady,
                        &EngineBridge::modelGone})
        connect(&bridge_, signal, this, &AttentionPanel::refreshOptions);
    connect(&bridge_, &EngineBridge::inspectionReady, this, &AttentionPanel::refreshOptions);
    connect(&bridge_, &EngineBridge::generationEnded, this, &AttentionPanel::refreshOptions);
    connect(&bridge_, &EngineBridge::branchOpened, this, &AttentionPanel::forget);
    connect(view_, &AttentionMapView::placeHovered, this, &AttentionPanel::sayPlace);
    connect(view_, &AttentionMapView::queryPicked, this, [this](int query) {
        selection_.selectToken(query);
    });
    connect(&selection_, &Selection::tokenSelected, this, [this](std::optional<int> token) {
        view_->setPicked(token);
    });
}

// ---------------------------------------------------------------- what is wanted

void AttentionPanel::look() {
    const ChatSession& session = bridge_.session();
    const auto range = selection_.range();
    const int first = range ? range->first : 0;
    const int end = range ? std::min(range->end, session.traceSize()) : session.traceSize();
    bridge_.run([&](ChatSession& s) {
        s.mapAttention({layer_->value(), head_->value()}, first, end);
    });
    refreshOptions();
}

void AttentionPanel::look(AttentionHead head) {
    const QSignalBlocker quietLayer(layer_);
    const QSignalBlocker quietHead(head_);
    layer_->setMaximum(std::max(layer_->maximum(), head.layer));
    head_->setMaximum(std::max(head_->maximum(), head.head));
    layer_->setValue(head.layer);
    head_->setValue(head.head);
    look();
}

void AttentionPanel::setColorMap(ColorMapKind kind) {
    view_->setColorMap(kind);
}

void AttentionPanel::take(const AttentionMapPtr& map) {
    map_ = map;
    bins_ = std::make_shared<AttentionBins>(map);
    QStringList words;
    for (int token = 0; map->end() <= kMostWords && token < map->end(); ++token)
        words << textOf(token);
    view_->setBins(bins_, words);
    view_->setPicked(selection_.token());
    refreshOptions();
    invalidate();
}

void AttentionPanel::forget() {
    map_ = nullptr;
    bins_ = nullptr;
    view_->setBins(nullptr, {});
    refreshOptions();
    invalidate();
}

void AttentionPanel::traceChanged(int firstToken) {
    if (map_ != nullptr && firstToken < map_->end()) forget();
    refreshOptions();
}

void AttentionPanel::refreshOptions() {
    const ChatSession& session = bridge_.session();
    look_->setText(session.inspecting() ? tr("Stop") : tr("Make the map"));
    look_->setEnabled(session.inspecting() ||
                      (session.traceSize() > 0 && session.model() && !session.generating()));
    if (const auto model = session.model()) {
        layer_->setMaximum(model->config.numLayers - 1);
        head_->setMaximum(model->config.numQHeads - 1);
    }
    invalidate();
}

// ---------------------------------------------------------------- what is shown

bool AttentionPanel::count() {
    return bins_ == nullptr || bins_->complete() || bins_->countFor(kFrameSlice);
}

void AttentionPanel::rebuild() {
    view_->binsGrew();
}

QString AttentionPanel::textOf(int token) const {
    const ChatSession& session = bridge_.session();
    if (token >= session.traceSize()) return {};
    return visibleLine(QString::fromStdString(session.traceToken(token).text));
}

void AttentionPanel::sayPlace(std::optional<AttentionPlace> place) {
    selection_.hoverToken(place ? std::optional(place->query) : std::nullopt);
    if (!place || map_ == nullptr) return sayValue({});
    const auto weight =
        static_cast<double>(map_->row(place->query)[static_cast<std::size_t>(place->key)]);
    sayValue(tr("Token %1 “%2” looks at token %3 “%4”: %5, evenly %6")
                 .arg(place->query)
                 .arg(textOf(place->query))
                 .arg(place->key)
                 .arg(textOf(place->key),
                      valueText("attention", weight),
                      valueText("attention", AttentionMap::evenWeight(place->query))));
}

QString AttentionPanel::describe() const {
    const ChatSession& session = bridge_.session();
    if (map_ == nullptr) {
        if (session.inspecting()) return tr("Computing…");
        if (session.traceSize() == 0) return tr("No token yet. Send a message first.");
        return session.model()
                   ? tr("Choose a head and make its map: how much each token looked at those "
                        "before it. Nothing is computed before.")
                   : tr("Where a head looked is computed anew, which takes the model: open it "
                        "first.");
    }
    QString text = tr("Layer %1, head %2: where tokens %3 to %4 looked")
                       .arg(map_->head().layer)
                       .arg(map_->head().head)
                       .arg(map_->firstQuery())
                       .arg(map_->end() - 1);
    if (!bins_->complete()) return text + tr(", still counting");
    text += tr(" · on average %1 at the first token and %2 at themselves, evenly %3")
                .arg(percentText(bins_->meanOnFirst()),
                     percentText(bins_->meanOnSelf()),
                     percentText(bins_->meanEvenly()));
    const int first = firstQueryWithin(*map_, kMostRowsInFile);
    if (first > map_->firstQuery())
        text += tr(" · a CSV file has tokens %1 to %2").arg(first).arg(map_->end() - 1);
    return text;
}

StatisticTable AttentionPanel::numbers() const {
    return numbersForFile()();
}

StatisticTable AttentionPanel::tableRows() const {
    return map_ == nullptr ? numbers() : rowsOf(*map_, kMostRowsInTable);
}

std::function<StatisticTable()> AttentionPanel::numbersForFile() const {
    return [map = map_] {
        if (map == nullptr)
            return StatisticTable{"attention", {"layer", "head", "token", "to_token"}, {}};
        return rowsOf(*map, kMostRowsInFile);
    };
}

QString AttentionPanel::keyText(std::string_view key, int value) const {
    if (key != "token" && key != "to_token") return {};
    return tr("%1 “%2”").arg(value).arg(textOf(value));
}

void AttentionPanel::paintChart(QPainter& painter, const QRect& area) const {
    view_->paint(painter, area);
}

}  // namespace gatescope
