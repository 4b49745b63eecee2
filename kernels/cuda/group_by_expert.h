#pragma once

#include <cstdint>

#include "kernels/cuda/stream.h"

namespace gatescope::kernels::cuda {

/// Puts the pairs (token, place in its selection) of each expert side by side, in the order of the
/// tokens: a product can take them as the rows of one matrix. A pair is t * numSelected + s. Pairs
/// without an expert and those whose gate is 0 (ablated) come nowhere. Requires numExperts <=
/// kMostExperts (router_topk.h).
struct GroupByExpert {
    const std::int32_t* selected = nullptr;  ///< [numTokens, numSelected], -1: none
    const float* gates = nullptr;            ///< [numTokens, numSelected]
    int numTokens = 0;
    int numSelected = 0;
    int numExperts = 0;
    int* begins = nullptr;          ///< [numExperts + 1] out: where an expert's pairs begin
    std::int32_t* pair = nullptr;   ///< [numTokens * numSelected] out: by expert, then by token
    std::int32_t* place = nullptr;  ///< [numTokens * numSelected] out: where a pair came, or -1
};
int groupByExpert(const GroupByExpert& op, Stream stream);

}  // namespace gatescope::kernels::cuda
