#include "kernels/cpu/router_topk.h"

namespace gatescope::kernels {
namespace {

bool contains(const std::int32_t* values, int count, std::int32_t value) {
    for (int i = 0; i < count; ++i)
        if (values[i] == value) return true;
    return false;
}

}  // namespace

void routerTopk(const float* probs, int numExperts, int numSelected, std::int32_t* selected) {
    for (int s = 0; s < numSelected; ++s) {
        std::int32_t best = -1;
        for (std::int32_t e = 0; e < numExperts; ++e)
            if (!contains(selected, s, e) && (best < 0 || probs[e] > probs[best])) best = e;
        selected[s] = best;
    }
}

}  // namespace gatescope::kernels
