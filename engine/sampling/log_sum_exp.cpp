#include "engine/sampling/log_sum_exp.h"

#include <algorithm>
#include <cmath>

namespace gatescope {

double logSumExp(std::span<const float> logits) {
    const double top = *std::max_element(logits.begin(), logits.end());
    double sum = 0;
    for (const float logit : logits) sum += std::exp(static_cast<double>(logit) - top);
    return top + std::log(sum);
}

}  // namespace gatescope
