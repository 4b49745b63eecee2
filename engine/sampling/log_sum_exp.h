#pragma once

#include <span>

namespace gatescope {

/// log(sum(exp(logits))), in double, from the largest down so that nothing overflows: what a logit
/// is less to be a log probability. Requires at least one.
double logSumExp(std::span<const float> logits);

}  // namespace gatescope
