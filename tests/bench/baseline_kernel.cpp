#include "tests/bench/baseline_kernel.h"

#include <cstring>

// FROZEN since 2026-11-28; see the header. The vectors are of the compiler, four floats wide, which
// every 64-bit processor has: what a compiler does or does not vectorise by itself changes from
// version to version.

namespace gatescope::bench {
namespace {

using Floats4 [[gnu::vector_size(16)]] = float;

Floats4 load(const float* from) {
    Floats4 out;
    std::memcpy(&out, from, sizeof out);
    return out;
}

}  // namespace

void baselineProduct(const float* weights, const float* x, int numIn, int numOut, float* y) {
    for (int n = 0; n < numOut; ++n) {
        const float* row = weights + static_cast<long>(n) * numIn;
        Floats4 a = {};
        Floats4 b = {};
        Floats4 c = {};
        Floats4 d = {};
        for (int k = 0; k < numIn; k += 16) {
            a += load(row + k) * load(x + k);
            b += load(row + k + 4) * load(x + k + 4);
            c += load(row + k + 8) * load(x + k + 8);
            d += load(row + k + 12) * load(x + k + 12);
        }
        const Floats4 sum = (a + b) + (c + d);
        y[n] = (sum[0] + sum[1]) + (sum[2] + sum[3]);
    }
}

}  // namespace gatescope::bench
