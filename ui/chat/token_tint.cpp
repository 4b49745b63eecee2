#include "ui/chat/token_tint.h"

#include <QStringList>
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include "engine/routing/router_measures.h"

namespace gatescope {
namespace {

constexpr double kSurprising = 10;  ///< bits; a token of one in a thousand

constexpr std::array<const char*, kTintQuantities> kNames{
    "none", "expert", "gate", "margin", "decisive", "entropy", "mass", "surprise", "repeat"};

using Layers = std::pair<int, int>;

float favourite(const RoutingRecord& record, Layers layers) {
    std::vector<int> votes(static_cast<std::size_t>(record.numExperts));
    for (int layer = layers.first; layer <= layers.second; ++layer)
        ++votes[static_cast<std::size_t>(record.layerSelected(layer)[0])];
    return static_cast<float>(std::ranges::max_element(votes) - votes.begin());
}

template <class Value>
float meanOver(Layers layers, const Value& value) {
    double sum = 0;
    for (int layer = layers.first; layer <= layers.second; ++layer) sum += value(layer);
    return static_cast<float>(sum / (layers.second - layers.first + 1));
}

double gateOf(const RoutingRecord& record, int layer, int expert) {
    const auto selected = record.layerSelected(layer);
    const auto at = std::ranges::find(selected, expert);
    if (at == selected.end()) return 0;
    return record.layerGates(layer)[static_cast<std::size_t>(at - selected.begin())];
}

double measured(TintQuantity quantity, const RoutingRecord& record, int layer) {
    const RouterMeasures m = measureRouter(record.layerProbs(layer), record.layerSelected(layer));
    switch (quantity) {
        case TintQuantity::Margin:
            return m.margin;
        case TintQuantity::Decisive:
            return m.decisiveMargin;
        case TintQuantity::Mass:
            return m.routedMass;
        default:
            return m.entropyBits;
    }
}

bool crowdsAtZero(TintQuantity quantity) {
    return quantity == TintQuantity::Gate || quantity == TintQuantity::Margin ||
           quantity == TintQuantity::Decisive;
}

}  // namespace

std::optional<std::pair<int, int>> layersOf(const TintLayers& layers,
                                            const std::optional<ExpertSite>& picked,
                                            int numLayers) {
    const bool all = layers.which == TintLayers::Which::All ||
                     (layers.which == TintLayers::Which::Picked && !picked);
    const bool one = layers.which == TintLayers::Which::Picked;
    const int first = all ? 0 : one ? picked->layer.value : layers.first;
    const int last = all ? numLayers - 1 : one ? first : std::min(layers.last, numLayers - 1);
    if (first < 0 || first >= numLayers || last < first) return std::nullopt;
    return std::pair(first, last);
}

std::optional<float> tintValue(const TintSetting& setting,
                               const TokenRecord& token,
                               const RoutingRecord* before,
                               const std::optional<ExpertSite>& picked) {
    if (setting.quantity == TintQuantity::Surprise) {
        if (!token.generated) return std::nullopt;
        return static_cast<float>(-static_cast<double>(token.logProb) * std::numbers::log2e);
    }
    if (setting.quantity == TintQuantity::None || !token.routing) return std::nullopt;
    const RoutingRecord& record = *token.routing;
    const auto layers = layersOf(setting.layers, picked, record.numLayers);
    if (!layers || record.numSelected < 1) return std::nullopt;
    switch (setting.quantity) {
        case TintQuantity::Expert:
            return favourite(record, *layers);
        case TintQuantity::Gate:
            if (!picked || picked->expert.value >= record.numExperts) return std::nullopt;
            return meanOver(*layers,
                            [&](int layer) { return gateOf(record, layer, picked->expert.value); });
        case TintQuantity::Repeat:
            if (before == nullptr || before->numLayers != record.numLayers ||
                before->numSelected < 1)
                return std::nullopt;
            return meanOver(*layers, [&](int layer) {
                return record.layerSelected(layer)[0] == before->layerSelected(layer)[0] ? 1.0
                                                                                         : 0.0;
            });
        default:
            return meanOver(*layers,
                            [&](int layer) { return measured(setting.quantity, record, layer); });
    }
}

double tintMaximum(TintQuantity quantity, const RouterSizes& sizes) {
    if (quantity == TintQuantity::Surprise) return kSurprising;
    if (quantity == TintQuantity::Entropy) return std::log2(std::max(2, sizes.experts));
    return 1;
}

double tintStrength(TintQuantity quantity, double value, const RouterSizes& sizes) {
    if (quantity == TintQuantity::Expert) return 1;
    const double part = std::clamp(value / tintMaximum(quantity, sizes), 0.0, 1.0);
    if (quantity == TintQuantity::Entropy) return part * part;
    return crowdsAtZero(quantity) ? std::sqrt(part) : part;
}

std::optional<double> tintChance(TintQuantity quantity, const RouterSizes& sizes) {
    if (quantity == TintQuantity::Surprise)
        return sizes.vocabulary > 1 ? std::optional(std::log2(sizes.vocabulary)) : std::nullopt;
    if (sizes.experts < 1 || quantity == TintQuantity::None) return std::nullopt;
    const double even = 1.0 / sizes.experts;
    switch (quantity) {
        case TintQuantity::Margin:
        case TintQuantity::Decisive:
            return 0;
        case TintQuantity::Entropy:
            return std::log2(sizes.experts);
        case TintQuantity::Mass:
            return sizes.selected * even;
        default:
            return even;
    }
}

QString tintName(TintQuantity quantity) {
    return QString::fromLatin1(kNames[static_cast<std::size_t>(quantity)]);
}

std::optional<TintQuantity> tintNamed(const QString& name) {
    for (int i = 0; i < kTintQuantities; ++i)
        if (tintName(static_cast<TintQuantity>(i)) == name) return static_cast<TintQuantity>(i);
    return std::nullopt;
}

QString layersText(const TintLayers& layers) {
    switch (layers.which) {
        case TintLayers::Which::Picked:
            return QStringLiteral("picked");
        case TintLayers::Which::All:
            return QStringLiteral("all");
        default:
            return QStringLiteral("%1-%2").arg(layers.first).arg(layers.last);
    }
}

std::optional<TintLayers> layersNamed(const QString& text) {
    if (text == QLatin1String("picked")) return TintLayers{};
    if (text == QLatin1String("all")) return TintLayers{.which = TintLayers::Which::All};
    const QStringList ends = text.split(QLatin1Char('-'));
    bool firstGood = false;
    bool lastGood = false;
    const int first = ends.first().toInt(&firstGood);
    const int last = ends.last().toInt(&lastGood);
    if (ends.size() > 2 || !firstGood || !lastGood || first < 0 || last < first)
        return std::nullopt;
    return TintLayers{TintLayers::Which::Band, first, last};
}

}  // namespace gatescope
