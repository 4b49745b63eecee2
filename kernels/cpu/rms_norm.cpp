#include "kernels/cpu/rms_norm.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/rms_norm.cpp"
#include <hwy/foreach_target.h>
// after foreach_target.h
#include <hwy/highway.h>

#include <cmath>

#include "kernels/cpu/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gatescope::kernels {
namespace HWY_NAMESPACE {

void rmsNormPartImpl(
    const float* x, const float* whole, const float* weight, int size, float eps, float* y) {
    const auto n = static_cast<std::size_t>(size);
    const float meanSquare = dotProduct(whole, whole, n) / static_cast<float>(size);
    const float factor = 1.0F / std::sqrt(meanSquare + eps);
    forEachVector(hn::ScalableTag<float>(), 0, n, [&](auto d, std::size_t i) HWY_ATTR {
        const auto normed = hn::Mul(hn::LoadU(d, x + i), hn::Set(d, factor));
        hn::StoreU(hn::Mul(hn::LoadU(d, weight + i), normed), d, y + i);
    });
}

}  // namespace HWY_NAMESPACE
}  // namespace gatescope::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gatescope::kernels {

HWY_EXPORT(rmsNormPartImpl);

void rmsNorm(const float* x, const float* weight, int size, float eps, float* y) {
    rmsNormPart(x, x, weight, size, eps, y);
}

void rmsNormPart(
    const float* part, const float* whole, const float* weight, int size, float eps, float* y) {
    HWY_DYNAMIC_DISPATCH(rmsNormPartImpl)(part, whole, weight, size, eps, y);
}

}  // namespace gatescope::kernels
#endif
