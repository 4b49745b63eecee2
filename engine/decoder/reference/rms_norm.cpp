#include "engine/decoder/reference/rms_norm.h"

#include <cmath>

#include "engine/decoder/reference/linear.h"

namespace gatescope::reference {

void rmsNorm(std::span<const float> x,
             std::span<const float> weight,
             float eps,
             const Arithmetic& arithmetic,
             std::span<float> y) {
    rmsNormPart(x, x, weight, eps, arithmetic, y);
}

void rmsNormPart(std::span<const float> part,
                 std::span<const float> whole,
                 std::span<const float> weight,
                 float eps,
                 const Arithmetic& arithmetic,
                 std::span<float> y) {
    const float meanSquare = dot(whole, whole) / static_cast<float>(whole.size());
    const float factor = 1.0F / std::sqrt(meanSquare + eps);
    for (std::size_t i = 0; i < part.size(); ++i) y[i] = weight[i] * (part[i] * factor);
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
