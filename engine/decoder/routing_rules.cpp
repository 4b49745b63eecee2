#include "engine/decoder/routing_rules.h"

#include <algorithm>
#include <numeric>

#include "engine/check.h"

namespace gatescope {
namespace {

/// Puts each forced expert that top-k left out into the place of the weakest selected one that is
/// not forced. `selected` is ordered strongest first.
void forceInto(const LayerRules& rules, std::span<std::int32_t> selected) {
    const auto isForced = [&](std::int32_t e) {
        return rules.forced[static_cast<std::size_t>(e)] != 0;
    };
    for (std::int32_t expert = 0; expert < static_cast<std::int32_t>(rules.forced.size());
         ++expert) {
        if (!isForced(expert) || std::ranges::find(selected, expert) != selected.end()) continue;
        const auto weakest = std::find_if_not(selected.rbegin(), selected.rend(), isForced);
        GS_CHECK(weakest != selected.rend());  // validate() allows no more forced than selected
        *weakest = expert;
    }
}

}  // namespace

void RoutingRules::set(const InterventionSet& interventions, const ModelConfig& config) {
    numExperts_ = config.numExperts;
    numSelected_ = interventions.numSelected(config);
    renormalise_ = interventions.renormalise;
    GS_CHECK_LE(1, numSelected_);
    GS_CHECK_LE(numSelected_, numExperts_);

    const auto numCells =
        static_cast<std::size_t>(config.numLayers) * static_cast<std::size_t>(numExperts_);
    bias_.assign(numCells, 0.0F);
    forced_.assign(numCells, 0);
    ablated_.assign(numCells, 0);
    const auto cell = [&](const ExpertSite& site) {
        GS_CHECK(site.layer.value >= 0 && site.layer.value < config.numLayers);
        GS_CHECK(site.expert.value >= 0 && site.expert.value < numExperts_);
        return static_cast<std::size_t>(site.layer.value * numExperts_ + site.expert.value);
    };
    for (const auto& bias : interventions.bias) bias_[cell(bias.site)] += bias.amount;
    for (const auto& site : interventions.force) forced_[cell(site)] = 1;
    for (const auto& site : interventions.ablate) ablated_[cell(site)] = 1;
}

LayerRules RoutingRules::layer(int layer) const {
    const auto count = static_cast<std::size_t>(numExperts_);
    const auto begin = static_cast<std::size_t>(layer) * count;
    return {.bias = std::span(bias_).subspan(begin, count),
            .forced = std::span(forced_).subspan(begin, count),
            .ablated = std::span(ablated_).subspan(begin, count),
            .numSelected = numSelected_,
            .renormalise = renormalise_};
}

void applyRules(const LayerRules& rules,
                std::span<const float> probs,
                std::span<std::int32_t> selected,
                std::span<float> gates) {
    const auto prob = [&](std::int32_t e) { return probs[static_cast<std::size_t>(e)]; };
    forceInto(rules, selected);
    std::ranges::sort(selected, [&](std::int32_t a, std::int32_t b) {
        return prob(a) > prob(b) || (prob(a) == prob(b) && a < b);
    });
    std::ranges::transform(selected, gates.begin(), prob);
    if (rules.renormalise) {
        const float sum = std::accumulate(gates.begin(), gates.end(), 0.0F);
        for (float& gate : gates) gate /= sum;
    }
    for (std::size_t i = 0; i < selected.size(); ++i)
        if (rules.ablated[static_cast<std::size_t>(selected[i])] != 0) gates[i] = 0;
}

}  // namespace gatescope
