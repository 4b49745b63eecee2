#include "kernels/cpu/softmax.h"

#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/softmax.cpp"
#include <hwy/foreach_target.h>
// after foreach_target.h
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include "kernels/cpu/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gatescope::kernels {
namespace HWY_NAMESPACE {

float softmaxImpl(float* values, int size) {
    const hn::ScalableTag<float> d;
    const auto n = static_cast<std::size_t>(size);
    float largest = values[0];
    for (std::size_t i = 1; i < n; ++i) largest = values[i] > largest ? values[i] : largest;
    float sum = 0;
    forEachVector(d, 0, n, [&](auto dd, std::size_t i) HWY_ATTR {
        const auto x = hn::Sub(hn::LoadU(dd, values + i), hn::Set(dd, largest));
        // Highway's Exp takes NaN for a very small number.
        const auto e = hn::IfThenElse(hn::IsNaN(x), x, hn::Exp(dd, x));
        sum += sumOfLanes(dd, e);
        hn::StoreU(e, dd, values + i);
    });
    forEachVector(d, 0, n, [&](auto dd, std::size_t i) HWY_ATTR {
        hn::StoreU(hn::Div(hn::LoadU(dd, values + i), hn::Set(dd, sum)), dd, values + i);
    });
    return largest + std::log(sum);
}

}  // namespace HWY_NAMESPACE
}  // namespace gatescope::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gatescope::kernels {

HWY_EXPORT(softmaxImpl);

float softmax(float* values, int size) {
    return HWY_DYNAMIC_DISPATCH(softmaxImpl)(values, size);
}

}  // namespace gatescope::kernels
#endif
