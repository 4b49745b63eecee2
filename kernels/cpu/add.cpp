#include "kernels/cpu/add.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/add.cpp"
#include <hwy/foreach_target.h>
// after foreach_target.h
#include <hwy/highway.h>

#include "kernels/cpu/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gatescope::kernels {
namespace HWY_NAMESPACE {

void addImpl(const float* x, int size, float* sum) {
    forEachVector(hn::ScalableTag<float>(),
                  0,
                  static_cast<std::size_t>(size),
                  [&](auto d, std::size_t i) HWY_ATTR {
                      hn::StoreU(hn::Add(hn::LoadU(d, sum + i), hn::LoadU(d, x + i)), d, sum + i);
                  });
}

void addScaledImpl(const float* x, float factor, int size, float* sum) {
    forEachVector(hn::ScalableTag<float>(),
                  0,
                  static_cast<std::size_t>(size),
                  [&](auto d, std::size_t i) HWY_ATTR {
                      const auto y = hn::MulAdd(
                          hn::Set(d, factor), hn::LoadU(d, x + i), hn::LoadU(d, sum + i));
                      hn::StoreU(y, d, sum + i);
                  });
}

void scaleImpl(const float* x, float factor, int size, float* y) {
    forEachVector(hn::ScalableTag<float>(),
                  0,
                  static_cast<std::size_t>(size),
                  [&](auto d, std::size_t i) HWY_ATTR {
                      hn::StoreU(hn::Mul(hn::Set(d, factor), hn::LoadU(d, x + i)), d, y + i);
                  });
}

}  // namespace HWY_NAMESPACE
}  // namespace gatescope::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gatescope::kernels {

HWY_EXPORT(addImpl);
HWY_EXPORT(addScaledImpl);
HWY_EXPORT(scaleImpl);

void add(const float* x, int size, float* sum) {
    HWY_DYNAMIC_DISPATCH(addImpl)(x, size, sum);
}

void addScaled(const float* x, float factor, int size, float* sum) {
    HWY_DYNAMIC_DISPATCH(addScaledImpl)(x, factor, size, sum);
}

void scale(const float* x, float factor, int size, float* y) {
    HWY_DYNAMIC_DISPATCH(scaleImpl)(x, factor, size, y);
}

}  // namespace gatescope::kernels
#endif
