#include "engine/decoder/intervention.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "engine/decoder/scope_filter.h"
#include "engine/error.h"

namespace gatescope {
namespace {

template <class T>
std::optional<T> parseNumber(std::string_view text) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<ExpertSite> parseSite(std::string_view text) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto layer = parseNumber<std::int32_t>(text.substr(0, colon));
    const auto expert = parseNumber<std::int32_t>(text.substr(colon + 1));
    if (!layer || !expert || *layer < 0 || *expert < 0) return std::nullopt;
    return ExpertSite{LayerId{*layer}, ExpertId{*expert}};
}

/// "L:E:X" with a finite X.
std::optional<std::pair<ExpertSite, float>> parseSiteAndNumber(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto site = parseSite(text.substr(0, colon));
    const auto number = parseNumber<float>(text.substr(colon + 1));
    if (!site || !number || !std::isfinite(*number)) return std::nullopt;
    return std::pair(*site, *number);
}

void checkSite(const ExpertSite& site, const char* what, const ModelConfig& config) {
    if (site.layer.value < 0 || site.layer.value >= config.numLayers || site.expert.value < 0 ||
        site.expert.value >= config.numExperts)
        throw Error(ErrorKind::BadUsage,
                    fmt::format("{} {}: the model has layers 0 to {} and experts 0 to {}",
                                what,
                                toString(site),
                                config.numLayers - 1,
                                config.numExperts - 1));
}

/// Counts each expert of a layer once, however often it was said.
std::map<LayerId, std::set<ExpertId>> byLayer(const std::vector<ExpertSite>& sites) {
    std::map<LayerId, std::set<ExpertId>> layers;
    for (const auto& site : sites) layers[site.layer].insert(site.expert);
    return layers;
}

void checkTopK(int topK, int least, const std::string& name, const ModelConfig& config) {
    if (topK < least || topK > config.numExperts)
        throw Error(
            ErrorKind::BadUsage,
            fmt::format(
                "{}: expected 1 to {}, the model's number of experts", name, config.numExperts));
}

void checkLayerTopK(const InterventionSet& interventions, const ModelConfig& config) {
    int behind = -1;
    for (const LayerTopK& layers : interventions.layerTopK) {
        const std::string name = fmt::format("top-k {}", toString(layers));
        if (layers.first.value < 0 || layers.last < layers.first ||
            layers.last.value >= config.numLayers)
            throw Error(
                ErrorKind::BadUsage,
                fmt::format("{}: the model has layers 0 to {}", name, config.numLayers - 1));
        if (layers.first.value <= behind)
            throw Error(ErrorKind::BadUsage,
                        fmt::format("{}: layer {} has a top-k already; expected layers that rise, "
                                    "each once",
                                    name,
                                    layers.first.value));
        checkTopK(layers.topK, 1, name, config);
        behind = layers.last.value;
    }
}

void checkForced(const InterventionSet& interventions, const ModelConfig& config) {
    for (const auto& [layer, experts] : byLayer(interventions.force)) {
        const int numSelected = interventions.numSelectedIn(layer, config);
        if (static_cast<int>(experts.size()) > numSelected)
            throw Error(
                ErrorKind::BadUsage,
                fmt::format("{} experts are forced in layer {}, but only {} are selected a token",
                            experts.size(),
                            layer.value,
                            numSelected));
    }
}

void checkExcluded(const InterventionSet& interventions, const ModelConfig& config) {
    for (const auto& [layer, experts] : byLayer(interventions.exclude)) {
        const int numSelected = interventions.numSelectedIn(layer, config);
        if (config.numExperts - static_cast<int>(experts.size()) < numSelected)
            throw Error(ErrorKind::BadUsage,
                        fmt::format("{} of {} experts are excluded in layer {}, but {} are "
                                    "selected a token: leave at least as many",
                                    experts.size(),
                                    config.numExperts,
                                    layer.value,
                                    numSelected));
    }
    for (const auto& site : interventions.exclude)
        if (std::ranges::find(interventions.force, site) != interventions.force.end())
            throw Error(
                ErrorKind::BadUsage,
                fmt::format("expert {} is both forced and excluded: choose one", toString(site)));
}

void checkScales(const InterventionSet& interventions, const ModelConfig& config) {
    for (const auto& scale : interventions.scale) {
        checkSite(scale.site, "scale", config);
        if (!std::isfinite(scale.factor) || scale.factor < 0)
            throw Error(ErrorKind::BadUsage,
                        fmt::format("scale {}: expected a factor from 0 up", toString(scale)));
    }
}

void checkSwaps(const InterventionSet& interventions, const ModelConfig& config) {
    std::set<ExpertSite> swapped;
    for (const auto& swap : interventions.swap) {
        for (const ExpertId expert : {swap.first, swap.second}) {
            const ExpertSite site{swap.layer, expert};
            checkSite(site, "swap", config);
            if (!swapped.insert(site).second)
                throw Error(ErrorKind::BadUsage,
                            fmt::format("swap {}: expert {} is swapped already; an expert can be "
                                        "exchanged with one other",
                                        toString(swap),
                                        toString(site)));
        }
    }
}

/// Of as many experts in every layer as `interventions` select there.
bool selectsAsMany(const RoutingRecord& record,
                   const InterventionSet& interventions,
                   const ModelConfig& config) {
    for (int layer = 0; layer < config.numLayers; ++layer)
        if (record.numSelectedIn(layer) != interventions.numSelectedIn(LayerId{layer}, config))
            return false;
    return true;
}

void checkPin(const InterventionSet& interventions, const ModelConfig& config) {
    const RoutePin& pin = *interventions.pin;
    const int numSelected = interventions.numSelected(config);
    for (std::size_t position = 0; position < pin.records.size(); ++position) {
        const RoutingRecord* record = pin.records[position].get();
        if (record == nullptr) continue;
        if (record->numLayers != config.numLayers || record->numExperts != config.numExperts ||
            record->numSelected != numSelected || !selectsAsMany(*record, interventions, config))
            throw Error(
                ErrorKind::BadUsage,
                fmt::format("the routing of {} has {} layers with {} of {} experts selected at "
                            "token {}, expected {} layers with {} of {}: pin a recording of a "
                            "model of this shape, or choose the same top-k in every layer",
                            pin.name,
                            record->numLayers,
                            record->numSelected,
                            record->numExperts,
                            position,
                            config.numLayers,
                            numSelected,
                            config.numExperts));
    }
}

void checkScope(const TokenScope& scope, const ModelConfig& config) {
    if (std::max(scope.tokens.size(), scope.positions.size()) > kMostScopeEntries)
        throw Error(ErrorKind::BadUsage,
                    fmt::format("a scope of {} ids and {} ranges: expected at most {} of each",
                                scope.tokens.size(),
                                scope.positions.size(),
                                kMostScopeEntries));
    for (const TokenId token : scope.tokens)
        if (token < 0 || token >= config.vocabSize)
            throw Error(ErrorKind::BadUsage,
                        fmt::format("a scope names id {}, which is outside the model's "
                                    "vocabulary: expected 0 to {}",
                                    token,
                                    config.vocabSize - 1));
    if (std::ranges::adjacent_find(scope.tokens, std::greater_equal()) != scope.tokens.end())
        throw Error(ErrorKind::BadUsage, "a scope's ids: expected them rising, each once");
    int end = -1;
    for (const PositionRange& range : scope.positions) {
        if (range.begin <= end || range.begin >= range.end)
            throw Error(ErrorKind::BadUsage,
                        fmt::format("a scope's positions {} to {}: expected ranges from 0 up that "
                                    "rise and do not touch",
                                    range.begin,
                                    range.end));
        end = range.end;
    }
    if (!scope.filter.empty()) ScopeFilter::check(scope.filter);
}

}  // namespace

bool TokenScope::isListed(int position, TokenId token) const {
    if (!tokens.empty() && !std::ranges::binary_search(tokens, token)) return false;
    if (positions.empty()) return true;
    const auto behind = std::ranges::upper_bound(positions, position, {}, &PositionRange::begin);
    return behind != positions.begin() && position < std::prev(behind)->end;
}

bool InterventionSet::empty() const {
    return ablate.empty() && exclude.empty() && force.empty() && bias.empty() && scale.empty() &&
           swap.empty() && topK == 0 && layerTopK.empty() && !renormalise && !pin;
}

int InterventionSet::numSelectedIn(LayerId layer, const ModelConfig& config) const {
    for (const LayerTopK& layers : layerTopK)
        if (layers.first <= layer && layer <= layers.last) return layers.topK;
    return topK > 0 ? topK : config.numSelected;
}

int InterventionSet::numSelected(const ModelConfig& config) const {
    int most = 0;
    for (int layer = 0; layer < config.numLayers; ++layer)
        most = std::max(most, numSelectedIn(LayerId{layer}, config));
    return most;
}

bool operator==(const InterventionSet& a, const InterventionSet& b) {
    const auto rest = [](const InterventionSet& set) {
        return std::tie(set.ablate,
                        set.exclude,
                        set.force,
                        set.bias,
                        set.scale,
                        set.swap,
                        set.topK,
                        set.layerTopK,
                        set.renormalise,
                        set.scope);
    };
    const bool samePin = a.pin == b.pin || (a.pin && b.pin && *a.pin == *b.pin);
    return samePin && rest(a) == rest(b);
}

ExpertSite parseExpertSite(std::string_view text) {
    if (const auto site = parseSite(text)) return *site;
    throw Error(
        ErrorKind::BadUsage,
        fmt::format("'{}' is not LAYER:EXPERT: expected two numbers from 0 up, like 3:5", text));
}

ExpertBias parseExpertBias(std::string_view text) {
    if (const auto parsed = parseSiteAndNumber(text)) return {parsed->first, parsed->second};
    throw Error(
        ErrorKind::BadUsage,
        fmt::format("'{}' is not LAYER:EXPERT:AMOUNT: expected two numbers from 0 up and a finite "
                    "amount added to the router logit, like 3:5:-1.5",
                    text));
}

ExpertScale parseExpertScale(std::string_view text) {
    const auto parsed = parseSiteAndNumber(text);
    if (parsed && parsed->second >= 0) return {parsed->first, parsed->second};
    throw Error(
        ErrorKind::BadUsage,
        fmt::format("'{}' is not LAYER:EXPERT:FACTOR: expected two numbers from 0 up and a finite "
                    "factor from 0 up for the gate, like 3:5:0.5",
                    text));
}

ExpertSwap parseExpertSwap(std::string_view text) {
    if (const auto colon = text.rfind(':'); colon != std::string_view::npos) {
        const auto site = parseSite(text.substr(0, colon));
        const auto second = parseNumber<std::int32_t>(text.substr(colon + 1));
        if (site && second && *second >= 0 && *second != site->expert.value)
            return {site->layer, site->expert, ExpertId{*second}};
    }
    throw Error(ErrorKind::BadUsage,
                fmt::format("'{}' is not LAYER:EXPERT:EXPERT: expected a layer and two different "
                            "experts of it, numbers from 0 up, like 3:5:6",
                            text));
}

std::string toString(const ExpertSite& site) {
    return fmt::format("{}:{}", site.layer.value, site.expert.value);
}

std::string toString(const ExpertBias& bias) {
    return fmt::format("{}:{}", toString(bias.site), bias.amount);
}

std::string toString(const ExpertScale& scale) {
    return fmt::format("{}:{}", toString(scale.site), scale.factor);
}

std::string toString(const ExpertSwap& swap) {
    return fmt::format("{}:{}:{}", swap.layer.value, swap.first.value, swap.second.value);
}

std::vector<std::string> describe(const InterventionSet& interventions) {
    std::vector<std::string> out;
    const auto each = [&](const char* what, const auto& list) {
        for (const auto& item : list) out.push_back(fmt::format("{} {}", what, toString(item)));
    };
    each("ablate", interventions.ablate);
    each("exclude", interventions.exclude);
    each("force", interventions.force);
    each("bias", interventions.bias);
    each("scale", interventions.scale);
    each("swap", interventions.swap);
    if (interventions.topK > 0) out.push_back(fmt::format("top-k {}", interventions.topK));
    each("top-k", interventions.layerTopK);
    if (interventions.renormalise) out.emplace_back("renormalise");
    if (interventions.pin)
        out.push_back(fmt::format("pin {}{}",
                                  interventions.pin->name,
                                  interventions.pin->gates ? " with its gates" : ""));
    return out;
}

std::string describe(const TokenScope& scope) {
    std::vector<std::string> parts;
    if (!scope.filter.empty()) parts.push_back(scope.filter);
    if (!scope.tokens.empty()) parts.push_back(fmt::format("{} ids", scope.tokens.size()));
    if (!scope.positions.empty()) parts.push_back(fmt::format("{} ranges", scope.positions.size()));
    return fmt::format("{}", fmt::join(parts, ", "));
}

void validate(const InterventionSet& interventions, const ModelConfig& config) {
    for (const auto& site : interventions.ablate) checkSite(site, "ablate", config);
    for (const auto& site : interventions.exclude) checkSite(site, "exclude", config);
    for (const auto& site : interventions.force) checkSite(site, "force", config);
    for (const auto& bias : interventions.bias) checkSite(bias.site, "bias", config);
    checkScales(interventions, config);
    checkSwaps(interventions, config);
    checkTopK(interventions.topK, 0, fmt::format("top-k {}", interventions.topK), config);
    checkLayerTopK(interventions, config);
    checkForced(interventions, config);
    checkExcluded(interventions, config);
    if (interventions.pin) checkPin(interventions, config);
    checkScope(interventions.scope, config);
}

}  // namespace gatescope
