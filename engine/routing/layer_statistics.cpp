#include "engine/routing/layer_statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "engine/check.h"
#include "engine/routing/distributions.h"
#include "engine/routing/information.h"
#include "engine/routing/uniform_routing.h"

namespace gatescope {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

ChanceBand only(double level) {
    return {level, level, level};
}

ChanceBand levelAlone(double level) {
    return {level, kUnknown, kUnknown};
}

/// Collects a layer's rows. All of them are empty without tokens.
class LayerRows {
  public:
    LayerRows(const RoutingStats& stats, int layer)
        : stats_(stats),
          sums_(stats.sums(layer)),
          layer_(layer),
          tokens_(stats.tokens()),
          experts_(stats.numExperts()),
          assignments_(static_cast<double>(stats.assignments(layer))) {}

    std::vector<NamedStatistic> rows() {
        addSpread();
        addEntropies();
        addMargins();
        addEffective();
        addCapacity();
        addLosses();
        return std::move(rows_);
    }

  private:
    /// Of a sum that not every token adds to.
    static double meanOf(const ExactSum& sum, std::int64_t count) {
        return count == 0 ? 0 : sum.value() / static_cast<double>(count);
    }

    void add(std::string_view name, double value, std::optional<ChanceBand> chance) {
        addCounted(name, value, chance, tokens_);
    }

    void addCounted(std::string_view name,
                    double value,
                    std::optional<ChanceBand> chance,
                    std::int64_t count) {
        Statistic s{.value = {}, .count = count, .chance = chance, .thin = count < kThinBelow};
        if (count > 0) s.value = value;
        if (tokens_ == 0) s.chance.reset();
        rows_.push_back({name, s});
    }

    /// CV^2 of the load where the balance statistic is `q`.
    double squaredVariation(double q) const {
        const double e = experts_;
        if (experts_ == 1 || tokens_ == 0) return 0;
        return q * e * e * stats_.countVariance(layer_) / ((e - 1) * assignments_ * assignments_);
    }
    /// Balance statistic at the ends and the mean of its chance band.
    ChanceBand balanceChance() const {
        const double degrees = experts_ - 1;
        if (degrees == 0 || stats_.countVariance(layer_) <= 0) return only(0);
        return {degrees,
                chiSquareQuantile((1 - kConfidence) / 2, degrees),
                chiSquareQuantile((1 + kConfidence) / 2, degrees)};
    }
    /// A chance band of what `of` makes of CV^2, rising or falling.
    template <class Function>
    ChanceBand ofVariation(const Function& of) const {
        const ChanceBand q = balanceChance();
        const double a = of(squaredVariation(q.low));
        const double b = of(squaredVariation(q.high));
        return {of(squaredVariation(q.level)), std::min(a, b), std::max(a, b)};
    }

    /// Population standard deviation over mean of one number an expert.
    template <class Function>
    double variation(const Function& of) const {
        double mean = 0;
        for (int e = 0; e < experts_; ++e) mean += of(e) / experts_;
        double squares = 0;
        for (int e = 0; e < experts_; ++e) squares += (of(e) - mean) * (of(e) - mean);
        return mean == 0 ? 0 : std::sqrt(squares / experts_) / mean;
    }
    template <class Function>
    ChanceBand shuffledVariation(const Function& of, const ExactSum& variance) const {
        double mean = 0;
        for (int e = 0; e < experts_; ++e) mean += of(e) / experts_;
        return levelAlone(mean == 0 ? 0 : std::sqrt(variance.value()) / mean);
    }

    double largestShare() const {
        double largest = 0;
        for (int e = 0; e < experts_; ++e) largest = std::max(largest, stats_.loadShare(layer_, e));
        return largest;
    }
    /// Counts of E experts are equally correlated normals: their largest lies E[max of independent
    /// ones] * sqrt(E / (E - 1)) standard deviations above the mean.
    ChanceBand violationChance() const {
        if (experts_ == 1 || tokens_ == 0) return only(0);
        const double e = experts_;
        const double deviation = std::sqrt(stats_.countVariance(layer_) * e / (e - 1));
        return {e / assignments_ * deviation * expectedLargestNormal(experts_),
                0,
                e * stats_.chanceBand(layer_, BandScope::AllExperts).high - 1};
    }

    void addSpread() {
        const auto importance = [this](int e) { return stats_.importance(layer_, e); };
        const auto applied = [this](int e) { return stats_.appliedImportance(layer_, e); };
        add("load_cv", stats_.loadVariation(layer_), ofVariation([](double squared) {
                return std::sqrt(squared);
            }));
        add("importance_cv",
            variation(importance),
            shuffledVariation(importance, sums_.chanceVariance));
        add("applied_importance_cv",
            variation(applied),
            shuffledVariation(applied, sums_.chanceGateVariance));
        add("max_violation", experts_ * largestShare() - 1, violationChance());
        const double q = stats_.balanceStatistic(layer_);
        const bool choice = experts_ > 1 && stats_.countVariance(layer_) > 0;
        add("balance_q", q, balanceChance());
        add("balance_p",
            choice ? chiSquareTail(q, experts_ - 1) : 1,
            ChanceBand{0.5, (1 - kConfidence) / 2, (1 + kConfidence) / 2});
    }

    void addEntropies() {
        const double most = std::log2(experts_);
        const double tokenBits = mean(sums_.entropyBits);
        double total = 0;
        for (int e = 0; e < experts_; ++e) total += stats_.importance(layer_, e);
        std::vector<double> meanProbs;
        std::vector<double> loads;
        for (int e = 0; e < experts_; ++e) {
            // Probabilities kept as f16 add up to nearly one.
            meanProbs.push_back(total > 0 ? stats_.importance(layer_, e) / total : 0);
            loads.push_back(stats_.loadShare(layer_, e));
        }
        const double spreadBits = entropyBits(meanProbs);
        const auto used = std::ranges::count_if(meanProbs, [](double p) { return p > 0; });
        add("token_entropy_bits", tokenBits, only(most));
        addCounted("token_entropy_share",
                   experts_ > 1 ? tokenBits / most : 0,
                   only(1),
                   experts_ > 1 ? tokens_ : 0);
        add("mean_prob_entropy_bits", spreadBits, only(most));
        add("load_entropy_bits", entropyBits(loads), loadEntropyChance());
        add("information_bits", spreadBits - tokenBits, only(0));
        add("information_bias_bits",
            static_cast<double>(used - 1) / (2.0 * tokens_ * std::numbers::ln2),
            std::nullopt);
    }
    /// H = log2 E - CV^2 / (2 ln 2), to second order.
    ChanceBand loadEntropyChance() const {
        return ofVariation([this](double squared) {
            return std::max(0.0, std::log2(experts_) - squared / (2 * std::numbers::ln2));
        });
    }

    void addMargins() {
        add("margin", mean(sums_.margin), only(0));
        add("decisive_margin", mean(sums_.decisiveMargin), only(0));
        add("relative_margin", mean(sums_.relativeMargin), only(0));
        addCounted("logit_margin",
                   meanOf(sums_.logitMargin, sums_.logitMargins),
                   only(0),
                   sums_.logitMargins);
        addCounted("decisive_logit_margin",
                   meanOf(sums_.decisiveLogitMargin, sums_.decisiveLogitMargins),
                   only(0),
                   sums_.decisiveLogitMargins);
        add("first_prob", mean(sums_.firstProb), only(1.0 / experts_));
        const double rate = tokens_ == 0 ? 0 : assignments_ / tokens_ / experts_;
        add("routed_mass", mean(sums_.routedMass), only(rate));
        add("fragile_share", stats_.fragileShare(layer_), std::nullopt);
    }

    void addEffective() {
        const ChanceBand bits = loadEntropyChance();
        add("effective_experts",
            stats_.effectiveExperts(layer_),
            ChanceBand{std::exp2(bits.level), std::exp2(bits.low), std::exp2(bits.high)});
        add("participation_ratio",
            stats_.participationRatio(layer_),
            ofVariation([this](double squared) { return experts_ / (1 + squared); }));
        int dead = 0;
        for (int e = 0; e < experts_; ++e) dead += stats_.count(layer_, e) == 0 ? 1 : 0;
        addCounted("dead_experts",
                   dead,
                   levelAlone(experts_ * stats_.chanceNeverSelected(layer_)),
                   deadCanBeTold(stats_) ? tokens_ : 0);
        rows_.back().statistic.count = tokens_;
    }

    void addCapacity() {
        for (const auto& [name, factor] :
             {std::pair{"overflow_1_00", 1.0}, std::pair{"overflow_1_25", 1.25}}) {
            double beyond = 0;
            for (int e = 0; e < experts_; ++e)
                beyond += std::max(0.0, stats_.loadShare(layer_, e) - factor / experts_);
            add(name,
                beyond,
                levelAlone(
                    tokens_ == 0
                        ? 0
                        : chanceOverflow(tokens_, stats_.assignments(layer_), experts_, factor)));
        }
    }

    void addLosses() {
        double product = 0;  // sum of n P T
        for (int e = 0; e < experts_; ++e)
            product += static_cast<double>(stats_.count(layer_, e)) * stats_.importance(layer_, e);
        const double perToken = tokens_ == 0 ? 0 : experts_ * product / tokens_ / tokens_;
        const double meanSelected = tokens_ == 0 ? 0 : assignments_ / tokens_;
        add("switch_loss", tokens_ == 0 ? 0 : perToken / meanSelected, only(1));
        add("slot_loss", perToken, only(meanSelected));
        addCounted("z_value",
                   meanOf(sums_.squaredLogSumExp, sums_.logSumExps),
                   std::nullopt,
                   sums_.logSumExps);
    }

    double mean(const ExactSum& sum) const { return tokens_ == 0 ? 0 : sum.value() / tokens_; }

    const RoutingStats& stats_;
    const RoutingStats::LayerSums& sums_;
    int layer_;
    int tokens_;
    int experts_;
    double assignments_;
    std::vector<NamedStatistic> rows_;
};

Statistic shuffledImportance(double value, double layerSum, const ExactSum& variance, int experts) {
    const double level = layerSum / experts;
    const double half = normalQuantile((1 + kConfidence) / 2) * std::sqrt(variance.value());
    return {.value = value,
            .count = 0,
            .chance = ChanceBand{level, std::max(0.0, level - half), level + half},
            .thin = false};
}

Statistic deadStatistic(const RoutingStats& stats, int layer, int expert) {
    Statistic s{.value = {}, .count = stats.tokens(), .chance = {}, .thin = true};
    s.chance = levelAlone(stats.chanceNeverSelected(layer));
    const bool none = stats.count(layer, expert) == 0;
    if (!none || deadCanBeTold(stats)) s.value = none ? 1 : 0;
    s.thin = !s.value;
    return s;
}

}  // namespace

bool deadCanBeTold(const RoutingStats& stats) {
    double neverSelected = 0;  // of all layers' experts
    for (int layer = 0; layer < stats.numLayers(); ++layer)
        neverSelected += stats.numExperts() * stats.chanceNeverSelected(layer);
    return stats.tokens() > 0 && neverSelected < 0.05;
}

std::vector<NamedStatistic> layerStatistics(const RoutingStats& stats, int layer) {
    GS_CHECK(layer >= 0 && layer < stats.numLayers());
    return LayerRows(stats, layer).rows();
}

std::vector<NamedStatistic> expertStatistics(const RoutingStats& stats, int layer, int expert) {
    GS_CHECK(layer >= 0 && layer < stats.numLayers());
    const int experts = stats.numExperts();
    const int tokens = stats.tokens();
    const double rate =
        tokens == 0 ? 0 : static_cast<double>(stats.assignments(layer)) / tokens / experts;
    const Statistic share = shareStatistic(stats.count(layer, expert), tokens, rate);
    Statistic load = share;
    if (load.value) load.value = stats.loadShare(layer, expert);
    load.chance = stats.chanceBand(layer, BandScope::OneExpert);
    const auto& sums = stats.sums(layer);
    double probSum = 0;
    double gateSum = 0;
    for (int e = 0; e < experts; ++e) {
        probSum += stats.importance(layer, e);
        gateSum += stats.appliedImportance(layer, e);
    }
    Statistic full =
        shuffledImportance(stats.importance(layer, expert), probSum, sums.chanceVariance, experts);
    Statistic applied = shuffledImportance(
        stats.appliedImportance(layer, expert), gateSum, sums.chanceGateVariance, experts);
    for (Statistic* s : {&full, &applied}) {
        s->count = tokens;
        s->thin = tokens < kThinBelow;
    }
    Statistic count = share;
    count.value = static_cast<double>(stats.count(layer, expert));
    for (double* end : {&count.chance->level, &count.chance->low, &count.chance->high})
        *end *= tokens;
    return {{"load_count", count},
            {"token_share", share},
            {"load_share", load},
            {"first_share", shareStatistic(stats.firstCount(layer, expert), tokens, 1.0 / experts)},
            {"importance", full},
            {"applied_importance", applied},
            {"dead", deadStatistic(stats, layer, expert)}};
}

}  // namespace gatescope
