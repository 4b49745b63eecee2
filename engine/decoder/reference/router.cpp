#include "engine/decoder/reference/router.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "engine/decoder/reference/softmax.h"

namespace gatescope::reference {

float router(std::span<const float> hidden,
             std::span<const float> weight,
             const LayerRules& rules,
             std::span<float> probs,
             std::span<std::int32_t> selected,
             std::span<float> gates) {
    std::ranges::fill(probs, 0.0F);
    for (std::size_t k = 0; k < hidden.size(); ++k)
        for (std::size_t e = 0; e < probs.size(); ++e)
            probs[e] += hidden[k] * weight[k * probs.size() + e];
    for (std::size_t e = 0; e < probs.size(); ++e) probs[e] += rules.bias[e];
    const float logSumExp = softmax(probs);

    std::vector<std::int32_t> order(probs.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, [&](std::int32_t a, std::int32_t b) {
        return probs[static_cast<std::size_t>(a)] > probs[static_cast<std::size_t>(b)];
    });
    std::copy_n(order.begin(), rules.numSelected, selected.begin());
    applyRules(rules, probs, selected, gates);
    return logSumExp;
}

}  // namespace gatescope::reference
