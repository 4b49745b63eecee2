#include "kernels/cpu/gelu_tanh.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/gelu_tanh.cpp"
#include <hwy/foreach_target.h>
// after foreach_target.h
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include "kernels/cpu/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gatescope::kernels {
namespace HWY_NAMESPACE {

void geluTanhTimesImpl(const float* up, int size, float* gate) {
    forEachVector(hn::ScalableTag<float>(),
                  0,
                  static_cast<std::size_t>(size),
                  [&](auto d, std::size_t i) HWY_ATTR {
                      const auto x = hn::LoadU(d, gate + i);
                      const auto cube = hn::Mul(hn::Mul(x, x), x);
                      const auto inner = hn::Mul(hn::Set(d, 0.7978845608028654F),
                                                 hn::MulAdd(hn::Set(d, 0.044715F), cube, x));
                      const auto one = hn::Set(d, 1.0F);
                      const auto factor =
                          hn::Mul(hn::Set(d, 0.5F), hn::Add(one, hn::Tanh(d, inner)));
                      // x * factor keeps a NaN of x whatever Tanh makes of it.
                      hn::StoreU(hn::Mul(hn::Mul(x, factor), hn::LoadU(d, up + i)), d, gate + i);
                  });
}

}  // namespace HWY_NAMESPACE
}  // namespace gatescope::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gatescope::kernels {

HWY_EXPORT(geluTanhTimesImpl);

void geluTanhTimes(const float* up, int size, float* gate) {
    HWY_DYNAMIC_DISPATCH(geluTanhTimesImpl)(up, size, gate);
}

}  // namespace gatescope::kernels
#endif
