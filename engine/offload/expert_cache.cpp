#include "engine/offload/expert_cache.h"

#include <algorithm>

#include "engine/check.h"

namespace gatescope {

ExpertCache::ExpertCache(RuleShape shape, Pool pool, int places, std::unique_ptr<KeepingRule> rule)
    : shape_(shape), pool_(pool), places_(places), rule_(std::move(rule)) {
    const int experts = shape.numLayers * shape.numExperts;
    GS_CHECK(rule_ != nullptr && places >= 0 && places <= experts);
    held_.assign(static_cast<std::size_t>(experts), 0);
    const int pools = pool == Pool::Shared ? 1 : shape.numLayers;
    residents_.resize(static_cast<std::size_t>(pools));
    for (int p = 0; p < pools; ++p) {
        Residents& residents = residents_[static_cast<std::size_t>(p)];
        residents.places = places / pools + (p < places % pools ? 1 : 0);
        residents.experts.reserve(static_cast<std::size_t>(residents.places));
    }
}

ExpertCache::Residents& ExpertCache::residentsFor(int expert) {
    const int pool = pool_ == Pool::Shared ? 0 : expert / shape_.numExperts;
    return residents_[static_cast<std::size_t>(pool)];
}

void ExpertCache::fill(std::span<const int> experts) {
    for (const int expert : experts) {
        Residents& residents = residentsFor(expert);
        std::uint8_t& held = held_[static_cast<std::size_t>(expert)];
        if (held != 0 || static_cast<int>(residents.experts.size()) == residents.places) continue;
        held = 1;
        residents.experts.push_back(expert);
    }
}

int ExpertCache::numHeld() const {
    return static_cast<int>(std::ranges::count(held_, 1));
}

bool ExpertCache::takeIn(int expert) {
    Residents& residents = residentsFor(expert);
    if (residents.places == 0) return false;
    if (static_cast<int>(residents.experts.size()) < residents.places) {
        residents.experts.push_back(expert);
    } else {
        // The lower number on a tie, so that the order in which they came in does not matter.
        const auto least = std::ranges::min_element(residents.experts, [this](int a, int b) {
            const double worthA = rule_->worth(a);
            const double worthB = rule_->worth(b);
            return worthA != worthB ? worthA < worthB : a < b;
        });
        if (rule_->worth(expert) <= rule_->worth(*least)) return false;
        held_[static_cast<std::size_t>(*least)] = 0;
        *least = expert;
    }
    held_[static_cast<std::size_t>(expert)] = 1;
    return true;
}

ExpertCache::Use ExpertCache::select(int layer, std::span<const std::int32_t> selected) {
    Use use;
    for (const auto expert : selected) ++(holds(layer, expert) ? use.hits : use.misses);
    rule_->select(layer, selected);
    if (use.misses == 0) return use;
    for (const auto expert : selected)
        if (!holds(layer, expert) && takeIn(numberOf(layer, expert))) ++use.copies;
    return use;
}

}  // namespace gatescope
