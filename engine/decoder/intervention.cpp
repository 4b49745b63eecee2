#include "engine/decoder/intervention.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <set>

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

}  // namespace

ExpertSite parseExpertSite(std::string_view text) {
    if (const auto site = parseSite(text)) return *site;
    throw Error(
        ErrorKind::BadUsage,
        fmt::format("'{}' is not LAYER:EXPERT: expected two numbers from 0 up, like 3:5", text));
}

ExpertBias parseExpertBias(std::string_view text) {
    if (const auto colon = text.rfind(':'); colon != std::string_view::npos) {
        const auto site = parseSite(text.substr(0, colon));
        const auto amount = parseNumber<float>(text.substr(colon + 1));
        if (site && amount && std::isfinite(*amount)) return {*site, *amount};
    }
    throw Error(
        ErrorKind::BadUsage,
        fmt::format("'{}' is not LAYER:EXPERT:AMOUNT: expected two numbers from 0 up and a finite "
                    "amount added to the router logit, like 3:5:-1.5",
                    text));
}

std::string toString(const ExpertSite& site) {
    return fmt::format("{}:{}", site.layer.value, site.expert.value);
}

std::string toString(const ExpertBias& bias) {
    return fmt::format("{}:{}", toString(bias.site), bias.amount);
}

void validate(const InterventionSet& interventions, const ModelConfig& config) {
    for (const auto& site : interventions.ablate) checkSite(site, "ablate", config);
    for (const auto& site : interventions.force) checkSite(site, "force", config);
    for (const auto& bias : interventions.bias) checkSite(bias.site, "bias", config);
    if (interventions.topK < 0 || interventions.topK > config.numExperts)
        throw Error(ErrorKind::BadUsage,
                    fmt::format("top-k {}: expected 1 to {}, the model's number of experts",
                                interventions.topK,
                                config.numExperts));
    const int selected = interventions.numSelected(config);
    const std::set<ExpertSite> forced(interventions.force.begin(), interventions.force.end());
    for (const auto& site : forced) {
        const auto inLayer = std::count_if(forced.begin(), forced.end(), [&](const auto& other) {
            return other.layer == site.layer;
        });
        if (inLayer > selected)
            throw Error(
                ErrorKind::BadUsage,
                fmt::format("{} experts are forced in layer {}, but only {} are selected a token",
                            inLayer,
                            site.layer.value,
                            selected));
    }
}

}  // namespace gatescope
