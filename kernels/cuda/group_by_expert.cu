#include "kernels/cuda/group_by_expert.h"

#include "kernels/cuda/device.h"
#include "kernels/cuda/router_topk.h"

namespace gatescope::kernels::cuda {
namespace {

// One block; a thread follows one expert through all pairs. They are a few thousand, which all
// threads read together.
__global__ void __launch_bounds__(kMostExperts) groupByExpertKernel(GroupByExpert op) {
    GATESCOPE_SHARED(int, counts, [kMostExperts]);
    const auto expert = static_cast<std::int32_t>(threadIdx.x);
    const int numPairs = op.numTokens * op.numSelected;
    int count = 0;
    for (int p = 0; p < numPairs; ++p)
        count += op.selected[p] == expert && op.gates[p] != 0 ? 1 : 0;
    counts[expert] = count;
    __syncthreads();
    int at = 0;
    for (int e = 0; e < expert; ++e) at += counts[e];
    if (expert < op.numExperts) op.begins[expert] = at;
    if (expert == op.numExperts - 1) op.begins[op.numExperts] = at + count;
    for (int p = 0; p < numPairs; ++p)
        if (op.selected[p] == expert && op.gates[p] != 0) {
            op.pair[at] = p;
            op.place[p] = at;
            ++at;
        }
    for (int p = expert; p < numPairs; p += kMostExperts)
        if (op.selected[p] < 0 || op.gates[p] == 0) op.place[p] = -1;
}

}  // namespace

int groupByExpert(const GroupByExpert& op, Stream stream) {
    return GATESCOPE_LAUNCH(groupByExpertKernel, 1, kMostExperts, 0, stream, op);
}

}  // namespace gatescope::kernels::cuda
