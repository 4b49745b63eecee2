#include "engine/model/router_geometry.h"

#include <algorithm>
#include <cmath>

#include "engine/check.h"

namespace gatescope {

RouterGeometry routerGeometry(int layer, std::span<const float> weight, int numExperts) {
    GS_CHECK(numExperts > 0 && weight.size() % static_cast<std::size_t>(numExperts) == 0);
    const auto experts = static_cast<std::size_t>(numExperts);
    const std::size_t dModel = weight.size() / experts;
    RouterGeometry g{.layer = layer,
                     .numExperts = numExperts,
                     .norms = std::vector<double>(experts),
                     .cosines = std::vector<double>(experts * experts),
                     .chanceDeviation = 1 / std::sqrt(static_cast<double>(dModel))};
    const auto product = [&](std::size_t a, std::size_t b) {
        double sum = 0;
        for (std::size_t k = 0; k < dModel; ++k)
            sum += static_cast<double>(weight[k * experts + a]) *
                   static_cast<double>(weight[k * experts + b]);
        return sum;
    };
    for (std::size_t e = 0; e < experts; ++e) g.norms[e] = std::sqrt(product(e, e));
    for (std::size_t a = 0; a < experts; ++a)
        for (std::size_t b = 0; b <= a; ++b) {
            const double cosine =
                a == b ? (g.norms[a] > 0 ? 1.0 : NAN) : product(a, b) / (g.norms[a] * g.norms[b]);
            g.cosines[a * experts + b] = g.cosines[b * experts + a] = cosine;
        }
    return g;
}

std::optional<std::vector<RouterGeometry>> readRouterGeometry(const ModelSource& source,
                                                              const std::stop_token& stop) {
    std::vector<RouterGeometry> all;
    std::vector<float> weight;
    const auto& layouts = source.layouts();
    for (std::size_t i = 0; i < layouts.size(); ++i) {
        const TensorSlot& slot = layouts[i].slot;
        if (slot.role != TensorRole::Router) continue;
        weight.resize(slot.numElements());
        const TensorMemory memory{.data = std::as_writable_bytes(std::span(weight)).data()};
        if (source.readTensor(i, memory, stop) == LoadOutcome::Stopped) return std::nullopt;
        all.push_back(routerGeometry(slot.layer, weight, source.config().numExperts));
    }
    std::ranges::sort(all, {}, &RouterGeometry::layer);
    return all;
}

}  // namespace gatescope
