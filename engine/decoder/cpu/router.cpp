#include "engine/decoder/cpu/router.h"

#include "kernels/cpu/add.h"
#include "kernels/cpu/matvec.h"
#include "kernels/cpu/router_topk.h"
#include "kernels/cpu/softmax.h"

namespace gatescope::cpu {

float router(std::span<const float> hidden,
             std::span<const float> weight,
             const LayerRules& rules,
             std::span<float> probs,
             std::span<std::int32_t> selected,
             std::span<float> gates) {
    const int numExperts = static_cast<int>(probs.size());
    const kernels::WeightMatrix matrix{.type = DType::F32,
                                       .data = weight.data(),
                                       .numIn = static_cast<int>(hidden.size()),
                                       .numOut = numExperts};
    kernels::matvec(matrix, hidden.data(), {0, numExperts}, probs.data());
    kernels::add(rules.bias.data(), numExperts, probs.data());
    const float logSumExp = kernels::softmax(probs.data(), numExperts);
    kernels::routerTopk(probs.data(), numExperts, rules.numSelected, selected.data());
    applyRules(rules, probs, selected, gates);
    return logSumExp;
}

}  // namespace gatescope::cpu
