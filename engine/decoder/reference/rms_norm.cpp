#include "engine/decoder/reference/rms_norm.h"

#include <cmath>

#include "engine/decoder/reference/linear.h"

namespace gatescope::reference {

void rmsNorm(std::span<const float> x,
             std::span<const float> weight,
             float eps,
             const Arithmetic& arithmetic,
             std::span<float> y) {
    const float meanSquare = dot(x, x) / static_cast<float>(x.size());
    const float factor = 1.0F / std::sqrt(meanSquare + eps);
    for (std::size_t i = 0; i < x.size(); ++i) y[i] = weight[i] * (x[i] * factor);
    arithmetic.round(y);
}

Rows rmsNorm(const Rows& x,
             std::span<const float> weight,
             float eps,
             const Arithmetic& arithmetic) {
    Rows y(x.count(), static_cast<int>(weight.size()));
    for (int token = 0; token < x.count(); ++token)
        rmsNorm(x.row(token), weight, eps, arithmetic, y.row(token));
    return y;
}

}  // namespace gatescope::reference
