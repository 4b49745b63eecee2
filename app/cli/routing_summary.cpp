#include "app/cli/routing_summary.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

namespace gatescope::cli {

nlohmann::ordered_json routingJson(const RoutingStats& stats) {
    nlohmann::ordered_json out;
    out["tokens"] = stats.tokens();
    const ChanceBand band = stats.widestChanceBand(BandScope::OneExpert);
    out["load_by_chance"] = {{"level", band.level}, {"low", band.low}, {"high", band.high}};
    out["entropy_bits_by_chance"] = std::log2(stats.numExperts());
    auto& layers = out["layers"] = nlohmann::ordered_json::array();
    for (int layer = 0; layer < stats.numLayers(); ++layer) {
        const RouterMeasures mean = stats.mean(layer);
        nlohmann::ordered_json entry;
        auto& load = entry["load"] = nlohmann::ordered_json::array();
        for (int expert = 0; expert < stats.numExperts(); ++expert)
            load.push_back(stats.loadShare(layer, expert));
        entry["entropy_bits"] = mean.entropyBits;
        entry["margin"] = mean.margin;
        entry["routed_mass"] = mean.routedMass;
        entry["effective_experts"] = stats.effectiveExperts(layer);
        layers.push_back(std::move(entry));
    }
    return out;
}

std::string routingLine(const RoutingStats& stats) {
    if (stats.tokens() == 0) return "routing: no token";
    int busyLayer = 0;
    int busyExpert = 0;
    RouterMeasures mean;
    for (int layer = 0; layer < stats.numLayers(); ++layer) {
        mean.entropyBits += stats.mean(layer).entropyBits / stats.numLayers();
        mean.margin += stats.mean(layer).margin / stats.numLayers();
        for (int expert = 0; expert < stats.numExperts(); ++expert)
            if (stats.loadShare(layer, expert) > stats.loadShare(busyLayer, busyExpert)) {
                busyLayer = layer;
                busyExpert = expert;
            }
    }
    return fmt::format(
        "routing: {} tokens, busiest expert {}:{} with {:.0f} % of its layer's load (chance {:.1f} "
        "%), "
        "entropy {:.2f} of {:.0f} bits, margin {:.2f}",
        stats.tokens(),
        busyLayer,
        busyExpert,
        100 * stats.loadShare(busyLayer, busyExpert),
        100.0 / stats.numExperts(),
        mean.entropyBits,
        std::log2(stats.numExperts()),
        mean.margin);
}

}  // namespace gatescope::cli
