#include "kernels/cpu/rope.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/rope.cpp"
#include <hwy/foreach_target.h>
// after foreach_target.h
#include <hwy/highway.h>

#include <cmath>

#include "kernels/cpu/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gatescope::kernels {
namespace HWY_NAMESPACE {

void ropeImpl(const float* cosines, const float* sines, int headSize, float* head) {
    const std::size_t half = static_cast<std::size_t>(headSize) / 2;
    forEachVector(hn::ScalableTag<float>(), 0, half, [&](auto d, std::size_t i) HWY_ATTR {
        const auto c = hn::LoadU(d, cosines + i);
        const auto s = hn::LoadU(d, sines + i);
        const auto first = hn::LoadU(d, head + i);
        const auto second = hn::LoadU(d, head + half + i);
        hn::StoreU(hn::Sub(hn::Mul(first, c), hn::Mul(second, s)), d, head + i);
        hn::StoreU(hn::Add(hn::Mul(second, c), hn::Mul(first, s)), d, head + half + i);
    });
}

}  // namespace HWY_NAMESPACE
}  // namespace gatescope::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gatescope::kernels {

HWY_EXPORT(ropeImpl);

void ropeAngles(int position, float base, int headSize, float* cosines, float* sines) {
    for (int i = 0; i < headSize / 2; ++i) {
        const float exponent = static_cast<float>(2 * i) / static_cast<float>(headSize);
        const float angle = static_cast<float>(position) * (1.0F / std::pow(base, exponent));
        cosines[i] = std::cos(angle);
        sines[i] = std::sin(angle);
    }
}

void rope(const float* cosines, const float* sines, int headSize, float* head) {
    HWY_DYNAMIC_DISPATCH(ropeImpl)(cosines, sines, headSize, head);
}

}  // namespace gatescope::kernels
#endif
