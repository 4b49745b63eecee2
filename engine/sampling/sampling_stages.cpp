#include "engine/sampling/sampling_stages.h"

#include <algorithm>
#include <cmath>

#include "engine/check.h"

namespace gatescope {
namespace {

struct Bounds {
    double least = 0;
    double most = 0;
};

/// exp(score / temperature) of a probability, the likeliest token's being 1.
class Tempered {
  public:
    Tempered(double likeliest, double temperature)
        : likeliest_(likeliest), power_(1 / temperature) {}
    double operator()(double probability) const {
        return probability <= 0 ? 0 : std::pow(probability / likeliest_, power_);
    }

  private:
    double likeliest_;
    double power_;
};

/// Weight of `count` tokens of which none is likelier than `largest` and which have `sum` together:
/// between all alike and as unlike as can be, as a power is convex or concave.
Bounds weightOf(double sum, double largest, double count, const Tempered& weight) {
    if (count < 1 || sum <= 0) return {};
    const double alike = count * weight(sum / count);
    const double whole = std::min(count, std::floor(sum / largest));
    const double left = whole < count ? std::min(largest, sum - whole * largest) : 0;
    const double unlike = whole * weight(largest) + weight(left);
    return {std::min(alike, unlike), std::max(alike, unlike)};
}

SamplingStages greedy(SamplingStages stages) {
    for (auto& candidate : stages.candidates) candidate.fate = SamplingStages::Fate::Temperature;
    stages.candidates.front() = {stages.candidates.front().token,
                                 stages.candidates.front().probability,
                                 SamplingStages::Fate::Kept,
                                 1,
                                 1};
    stages.kept = 1;
    return stages;
}

}  // namespace

SamplingStages samplingStages(const TokenAlternatives& likely,
                              const SamplerConfig& config,
                              int vocabSize) {
    using Fate = SamplingStages::Fate;
    GS_CHECK(!likely.tokens.empty() && likely.tokens.size() == likely.logProbs.size());
    SamplingStages stages;
    double known = 0;
    for (std::size_t i = 0; i < likely.tokens.size(); ++i) {
        const double p = std::exp(static_cast<double>(likely.logProbs[i]));
        stages.candidates.push_back({.token = likely.tokens[i], .probability = p});
        known += p;
    }
    if (config.temperature == 0) return greedy(std::move(stages));

    const auto count = static_cast<int>(stages.candidates.size());
    const int limit = config.topK == 0 ? vocabSize : std::min(config.topK, vocabSize);
    const double smallest = stages.candidates.back().probability;
    const Tempered weight(stages.candidates.front().probability,
                          static_cast<double>(config.temperature));
    Bounds rest;
    if (limit > count) {
        rest = weightOf(std::max(0.0, 1 - known), smallest, vocabSize - count, weight);
        if (limit < vocabSize) rest = {0, std::min(rest.most, (limit - count) * weight(smallest))};
    }
    std::vector<double> weights;
    double all = 0;
    for (int i = 0; i < std::min(count, limit); ++i) {
        weights.push_back(weight(stages.candidates[static_cast<std::size_t>(i)].probability));
        all += weights.back();
    }

    // As Sampler::draw() goes through them.
    const double share = static_cast<double>(config.topP);
    double before = 0;
    double keptWeight = 0;
    double perhaps = 0;
    for (std::size_t i = 0; i < stages.candidates.size(); ++i) {
        Fate& fate = stages.candidates[i].fate;
        if (i >= weights.size()) {
            fate = Fate::TopK;
            continue;
        }
        if (share < 1 && i > 0 && before >= share * (all + rest.most))
            fate = Fate::TopP;
        else if (weights[i] < static_cast<double>(config.minP))
            fate = Fate::MinP;
        else if (share < 1 && i > 0 && before >= share * (all + rest.least))
            fate = Fate::Unknown;
        before += weights[i];
        if (fate == Fate::Kept) keptWeight += weights[i];
        if (fate == Fate::Unknown) perhaps += weights[i];
        stages.kept += fate == Fate::Kept ? 1 : 0;
    }
    const bool restGone = rest.most == 0 || weights.back() < static_cast<double>(config.minP) ||
                          (share < 1 && before >= share * (all + rest.most));
    const double beyond = restGone ? 0 : rest.most;
    const double surely = restGone || share < 1 || config.minP > 0 ? 0 : rest.least;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        auto& candidate = stages.candidates[i];
        if (candidate.fate == Fate::Kept) {
            candidate.least = weights[i] / (keptWeight + perhaps + beyond);
            candidate.most = weights[i] / (keptWeight + surely);
        } else if (candidate.fate == Fate::Unknown) {
            candidate.most = weights[i] / (keptWeight + weights[i]);
        }
    }
    stages.restAtMost = beyond == 0 ? 0 : beyond / (keptWeight + beyond);
    return stages;
}

}  // namespace gatescope
