#include "engine/offload/keeping_rule.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include "engine/check.h"

namespace gatescope {
namespace {

std::size_t cells(RuleShape shape) {
    GS_CHECK(shape.numLayers > 0 && shape.numExperts > 0);
    return static_cast<std::size_t>(shape.numLayers) * static_cast<std::size_t>(shape.numExperts);
}

std::size_t cellOf(int numExperts, int layer, std::int32_t expert) {
    return static_cast<std::size_t>(layer) * static_cast<std::size_t>(numExperts) +
           static_cast<std::size_t>(expert);
}

class Lru : public KeepingRule {
  public:
    explicit Lru(RuleShape shape) : numExperts_(shape.numExperts), used_(cells(shape), 0) {}
    void select(int layer, std::span<const std::int32_t> selected) override {
        ++step_;
        for (const auto expert : selected) used_[cellOf(numExperts_, layer, expert)] = step_;
    }
    double worth(int expert) const override {
        return static_cast<double>(used_[static_cast<std::size_t>(expert)]);
    }

  private:
    int numExperts_;
    std::int64_t step_ = 0;
    std::vector<std::int64_t> used_;  ///< [layers, experts] step of the last use; 0: none
};

class Frequency : public KeepingRule {
  public:
    Frequency(RuleShape shape, double halfLife, const Heat* heat)
        : numExperts_(shape.numExperts),
          growth_(std::exp2(1 / halfLife)),
          sums_(cells(shape), 0.0) {
        GS_CHECK(halfLife > 0);
        if (heat != nullptr) beginWith(*heat, halfLife);
    }
    void select(int layer, std::span<const std::int32_t> selected) override {
        // Later uses weigh more, rather than all earlier ones less: nothing else is touched.
        if (layer == 0) grow();
        for (const auto expert : selected) sums_[cellOf(numExperts_, layer, expert)] += weight_;
    }
    double worth(int expert) const override { return sums_[static_cast<std::size_t>(expert)]; }

  private:
    /// As if its tokens had come before. Of more than this half-life remembers, its shares count.
    void beginWith(const Heat& heat, double halfLife) {
        const double remembered = -1 / std::expm1(-std::numbers::ln2 / halfLife);
        const double scale = std::min(1.0, remembered / std::max(1.0, heat.weight()));
        std::ranges::transform(
            heat.counts(), sums_.begin(), [scale](double count) { return scale * count; });
    }
    void grow() {
        weight_ *= growth_;
        if (weight_ < 0x1p500) return;
        weight_ *= 0x1p-500;  // a power of two: the order stays as it is
        for (double& sum : sums_) sum *= 0x1p-500;
    }

    int numExperts_;
    double growth_;
    double weight_ = 1;
    std::vector<double> sums_;  ///< [layers, experts] in units that grow with each token
};

class LeastStale : public KeepingRule {
  public:
    explicit LeastStale(RuleShape shape)
        : numLayers_(shape.numLayers), numExperts_(shape.numExperts), used_(cells(shape), 0) {}
    void select(int layer, std::span<const std::int32_t> selected) override {
        if (layer == 0) ++pass_;
        layer_ = layer;
        for (const auto expert : selected) used_[cellOf(numExperts_, layer, expert)] = pass_;
    }
    double worth(int expert) const override {
        const int layer = expert / numExperts_;
        const std::int64_t used = used_[static_cast<std::size_t>(expert)];
        if (layer == layer_ && used == pass_) return kInUse;
        if (layer <= layer_ && used < pass_) return static_cast<double>(used - pass_);  // stale
        const int until = layer > layer_ ? layer - layer_ : numLayers_ - layer_ + layer;
        return static_cast<double>(numLayers_ - until);  // 0 to numLayers - 1
    }

  private:
    static constexpr double kInUse = std::numeric_limits<double>::infinity();
    int numLayers_;
    int numExperts_;
    int layer_ = 0;
    std::int64_t pass_ = 0;
    std::vector<std::int64_t> used_;  ///< [layers, experts] pass of the last use; 0: none
};

class Fixed : public KeepingRule {
  public:
    explicit Fixed(const Heat& heat) : counts_(heat.counts().begin(), heat.counts().end()) {}
    void select(int /*layer*/, std::span<const std::int32_t> /*selected*/) override {}
    double worth(int expert) const override { return counts_[static_cast<std::size_t>(expert)]; }

  private:
    std::vector<double> counts_;
};

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

/// When each expert is used next: steps are counted through tokens and layers.
struct FutureUses {
    std::vector<std::int64_t> first;   ///< [layers, experts] first use; kNever: none that counts
    std::vector<std::int64_t> behind;  ///< [selections] the next use behind that one; the same
};

FutureUses futureUses(const RoutingReplay& replay) {
    const int layers = replay.numLayers();
    FutureUses uses;
    uses.first.assign(cells({layers, replay.numExperts()}), kNever);
    uses.behind.resize(replay.numSelections());
    for (int token = replay.size() - 1; token >= 0; --token)
        for (int layer = layers - 1; layer >= 0; --layer) {
            const std::int64_t step = std::int64_t{token} * layers + layer;
            std::size_t selection = replay.firstSelection(token, layer);
            for (const auto expert : replay.selected(token, layer)) {
                std::int64_t& next = uses.first[cellOf(replay.numExperts(), layer, expert)];
                uses.behind[selection++] = next;
                next = replay.counted(token) ? step : kNever;
            }
        }
    return uses;
}

class Belady : public KeepingRule {
  public:
    explicit Belady(const RoutingReplay& replay)
        : numExperts_(replay.numExperts()), uses_(futureUses(replay)) {}
    void select(int layer, std::span<const std::int32_t> selected) override {
        for (const auto expert : selected)
            uses_.first[cellOf(numExperts_, layer, expert)] = uses_.behind[selection_++];
    }
    double worth(int expert) const override {
        return -static_cast<double>(uses_.first[static_cast<std::size_t>(expert)]);
    }

  private:
    int numExperts_;
    std::size_t selection_ = 0;
    FutureUses uses_;
};

template <class Worth>
std::vector<int> worthiestFirst(std::size_t experts, const Worth& worth) {
    std::vector<int> order(experts);
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, [&](int a, int b) { return worth(a) > worth(b); });
    return order;
}

}  // namespace

std::unique_ptr<KeepingRule> lruRule(RuleShape shape) {
    return std::make_unique<Lru>(shape);
}
std::unique_ptr<KeepingRule> frequencyRule(RuleShape shape, double halfLife, const Heat* heat) {
    return std::make_unique<Frequency>(shape, halfLife, heat);
}
std::unique_ptr<KeepingRule> leastStaleRule(RuleShape shape) {
    return std::make_unique<LeastStale>(shape);
}
std::unique_ptr<KeepingRule> fixedRule(const Heat& heat) {
    return std::make_unique<Fixed>(heat);
}
std::unique_ptr<KeepingRule> beladyRule(const RoutingReplay& replay) {
    return std::make_unique<Belady>(replay);
}

std::vector<int> hottestFirst(const Heat& heat) {
    const auto counts = heat.counts();
    return worthiestFirst(counts.size(),
                          [&](int e) { return counts[static_cast<std::size_t>(e)]; });
}

double shareOfHottest(const Heat& heat, int experts) {
    const std::vector<int> order = hottestFirst(heat);
    GS_CHECK(experts >= 0 && static_cast<std::size_t>(experts) <= order.size());
    double all = 0;
    double taken = 0;
    for (std::size_t place = 0; place < order.size(); ++place) {
        const double count = heat.counts()[static_cast<std::size_t>(order[place])];
        all += count;
        if (place < static_cast<std::size_t>(experts)) taken += count;
    }
    return all > 0 ? taken / all : 0;
}

std::vector<int> soonestFirst(const RoutingReplay& replay) {
    const FutureUses uses = futureUses(replay);
    return worthiestFirst(uses.first.size(), [&](int e) {
        return -static_cast<double>(uses.first[static_cast<std::size_t>(e)]);
    });
}

}  // namespace gatescope
