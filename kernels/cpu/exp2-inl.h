// Included once for each instruction set (see hwy/foreach_target.h), so it has no #pragma once.
#if defined(GATESCOPE_KERNELS_CPU_EXP2_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GATESCOPE_KERNELS_CPU_EXP2_INL_H_
#undef GATESCOPE_KERNELS_CPU_EXP2_INL_H_
#else
#define GATESCOPE_KERNELS_CPU_EXP2_INL_H_
#endif

#include <hwy/highway.h>

#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace gatescope::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// 2^y for y in [-126, 126], relative error below 2e-7; NaN stays NaN.
/// y is split into a whole number, which becomes the exponent, and f in [-0.5, 0.5], whose 2^f is
/// the polynomial of degree 6 with the least relative error that is 1 at 0.
template <class D>
HWY_INLINE hn::Vec<D> exp2Within(D d, hn::Vec<D> y) {
    const hn::Rebind<std::int32_t, D> d32;
    const auto whole = hn::Round(y);
    const auto f = hn::Sub(y, whole);
    auto power = hn::Set(d, 1.5353362e-4F);
    power = hn::MulAdd(power, f, hn::Set(d, 1.3398875e-3F));
    power = hn::MulAdd(power, f, hn::Set(d, 9.6184369e-3F));
    power = hn::MulAdd(power, f, hn::Set(d, 5.5503324e-2F));
    power = hn::MulAdd(power, f, hn::Set(d, 2.4022648e-1F));
    power = hn::MulAdd(power, f, hn::Set(d, 6.9314718e-1F));
    power = hn::MulAdd(power, f, hn::Set(d, 1.0F));
    const auto exponent = hn::Add(hn::ConvertTo(d32, whole), hn::Set(d32, 127));
    return hn::Mul(power, hn::BitCast(d, hn::ShiftLeft<23>(exponent)));
}

/// tanh(y * ln 2 / 2) = (2^y - 1) / (2^y + 1), absolute error below 2e-7; NaN stays NaN.
template <class D>
HWY_INLINE hn::Vec<D> tanhOfExp2(D d, hn::Vec<D> y) {
    const auto within = hn::Min(hn::Max(y, hn::Set(d, -126.0F)), hn::Set(d, 126.0F));
    const auto e = exp2Within(d, within);
    const auto one = hn::Set(d, 1.0F);
    // What Max makes of a NaN differs from one instruction set to the next.
    return hn::IfThenElse(hn::IsNaN(y), y, hn::Div(hn::Sub(e, one), hn::Add(e, one)));
}

}  // namespace HWY_NAMESPACE
}  // namespace gatescope::kernels
HWY_AFTER_NAMESPACE();

#endif
