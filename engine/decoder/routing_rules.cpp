#include "engine/decoder/routing_rules.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "engine/check.h"

namespace gatescope {
namespace {

ExpertChoice choiceOf(const LayerRules& rules, std::int32_t expert) {
    return rules.choice[static_cast<std::size_t>(expert)];
}

bool contains(std::span<const std::int32_t> selected, std::int32_t expert) {
    return std::ranges::find(selected, expert) != selected.end();
}

void sortByProbability(std::span<const float> probs, std::span<std::int32_t> selected) {
    const auto prob = [&](std::int32_t e) { return probs[static_cast<std::size_t>(e)]; };
    std::ranges::sort(selected, [&](std::int32_t a, std::int32_t b) {
        return prob(a) > prob(b) || (prob(a) == prob(b) && a < b);
    });
}

/// Gives the place of each excluded expert to the best one that is neither excluded nor selected.
void replaceExcluded(const LayerRules& rules,
                     std::span<const float> probs,
                     std::span<std::int32_t> selected) {
    for (std::int32_t& place : selected) {
        if (choiceOf(rules, place) != ExpertChoice::Never) continue;
        std::int32_t best = -1;
        for (std::int32_t e = 0; e < static_cast<std::int32_t>(probs.size()); ++e)
            if (choiceOf(rules, e) != ExpertChoice::Never && !contains(selected, e) &&
                (best < 0 ||
                 probs[static_cast<std::size_t>(e)] > probs[static_cast<std::size_t>(best)]))
                best = e;
        GS_CHECK(best >= 0);  // validate() leaves as many as are selected
        place = best;
    }
}

/// Puts each forced expert that top-k left out into the place of the weakest selected one that is
/// not forced. `selected` is ordered strongest first.
void forceInto(const LayerRules& rules, std::span<std::int32_t> selected) {
    const auto isForced = [&](std::int32_t e) {
        return choiceOf(rules, e) == ExpertChoice::Always;
    };
    for (std::int32_t expert = 0; expert < static_cast<std::int32_t>(rules.choice.size());
         ++expert) {
        if (!isForced(expert) || contains(selected, expert)) continue;
        const auto weakest = std::find_if_not(selected.rbegin(), selected.rend(), isForced);
        GS_CHECK(weakest != selected.rend());  // validate() allows no more forced than selected
        *weakest = expert;
    }
}

/// Gates are the probabilities, [renormalised], scaled.
void takeProbabilities(const LayerRules& rules,
                       std::span<const float> probs,
                       std::span<const std::int32_t> selected,
                       std::span<float> gates) {
    std::ranges::transform(selected, gates.begin(), [&](std::int32_t e) {
        return probs[static_cast<std::size_t>(e)];
    });
    if (rules.renormalise) {
        const float sum = std::accumulate(gates.begin(), gates.end(), 0.0F);
        for (float& gate : gates) gate /= sum;
    }
    for (std::size_t i = 0; i < selected.size(); ++i)
        gates[i] *= rules.factor[static_cast<std::size_t>(selected[i])];
}

/// Gates are those that were recorded of the same experts, in the order of this run.
void takePinnedGates(const LayerRules& rules,
                     std::span<const std::int32_t> selected,
                     std::span<float> gates) {
    for (std::size_t i = 0; i < selected.size(); ++i) {
        const auto recorded = std::ranges::find(rules.pinnedSelected, selected[i]);
        gates[i] =
            rules.pinnedGates[static_cast<std::size_t>(recorded - rules.pinnedSelected.begin())];
    }
}

}  // namespace

void RoutingRules::set(const InterventionSet& interventions, const ModelConfig& config) {
    numExperts_ = config.numExperts;
    numSelectedOf_.assign(static_cast<std::size_t>(config.numLayers),
                          interventions.topK > 0 ? interventions.topK : config.numSelected);
    for (const LayerTopK& layers : interventions.layerTopK) {
        GS_CHECK(layers.first.value >= 0 && layers.last.value < config.numLayers);
        std::fill(numSelectedOf_.begin() + layers.first.value,
                  numSelectedOf_.begin() + layers.last.value + 1,
                  layers.topK);
    }
    numSelected_ = std::ranges::max(numSelectedOf_);
    renormalise_ = interventions.renormalise;
    pin_ = interventions.pin;
    GS_CHECK_LE(1, std::ranges::min(numSelectedOf_));
    GS_CHECK_LE(numSelected_, numExperts_);

    const auto numCells =
        static_cast<std::size_t>(config.numLayers) * static_cast<std::size_t>(numExperts_);
    bias_.assign(numCells, 0.0F);
    choice_.assign(numCells, ExpertChoice::Free);
    factor_.assign(numCells, 1.0F);
    computedBy_.resize(numCells);
    for (std::size_t i = 0; i < numCells; ++i)
        computedBy_[i] = static_cast<std::int32_t>(i) % numExperts_;
    const auto cell = [&](const ExpertSite& site) {
        GS_CHECK(site.layer.value >= 0 && site.layer.value < config.numLayers);
        GS_CHECK(site.expert.value >= 0 && site.expert.value < numExperts_);
        return static_cast<std::size_t>(site.layer.value * numExperts_ + site.expert.value);
    };
    for (const auto& bias : interventions.bias) bias_[cell(bias.site)] += bias.amount;
    for (const auto& site : interventions.exclude) choice_[cell(site)] = ExpertChoice::Never;
    for (const auto& site : interventions.force) choice_[cell(site)] = ExpertChoice::Always;
    for (const auto& scale : interventions.scale) factor_[cell(scale.site)] *= scale.factor;
    for (const auto& site : interventions.ablate) factor_[cell(site)] = 0;
    for (const auto& swap : interventions.swap)
        std::swap(computedBy_[cell({swap.layer, swap.first})],
                  computedBy_[cell({swap.layer, swap.second})]);
}

LayerRules RoutingRules::layer(int layer) const {
    const auto count = static_cast<std::size_t>(numExperts_);
    const auto begin = static_cast<std::size_t>(layer) * count;
    return {.bias = std::span(bias_).subspan(begin, count),
            .choice = std::span(choice_).subspan(begin, count),
            .factor = std::span(factor_).subspan(begin, count),
            .computedBy = std::span(computedBy_).subspan(begin, count),
            .numSelected = numSelectedOf_[static_cast<std::size_t>(layer)],
            .renormalise = renormalise_,
            .pinnedSelected = {},
            .pinnedGates = {}};
}

LayerRules RoutingRules::layer(int layer, int position) const {
    LayerRules rules = this->layer(layer);
    const RoutingRecord* pinned = pin_ ? pin_->at(position) : nullptr;
    if (pinned == nullptr) return rules;
    rules.pinnedSelected = pinned->layerSelected(layer);
    if (pin_->gates) rules.pinnedGates = pinned->layerGates(layer);
    return rules;
}

void applyRules(const LayerRules& rules,
                std::span<const float> probs,
                std::span<std::int32_t> selected,
                std::span<float> gates) {
    const auto count = static_cast<std::size_t>(rules.numSelected);
    std::ranges::fill(selected.subspan(count), -1);
    std::ranges::fill(gates.subspan(count), 0.0F);
    selected = selected.first(count);
    gates = gates.first(count);
    if (rules.pinnedSelected.empty()) {
        replaceExcluded(rules, probs, selected);
        sortByProbability(probs, selected);
        forceInto(rules, selected);
    } else {
        GS_CHECK_EQ(rules.pinnedSelected.size(), selected.size());  // as validate() has found
        std::ranges::copy(rules.pinnedSelected, selected.begin());
    }
    sortByProbability(probs, selected);
    if (rules.pinnedGates.empty())
        takeProbabilities(rules, probs, selected, gates);
    else
        takePinnedGates(rules, selected, gates);
    for (std::size_t i = 0; i < selected.size(); ++i)
        if (rules.factor[static_cast<std::size_t>(selected[i])] == 0) gates[i] = 0;
}

void findWeights(const LayerRules& rules,
                 std::span<const std::int32_t> selected,
                 std::span<std::int32_t> computedBy) {
    std::ranges::transform(selected, computedBy.begin(), [&](std::int32_t e) {
        return e < 0 ? e : rules.computedBy[static_cast<std::size_t>(e)];
    });
}

}  // namespace gatescope
