#include "kernels/cpu/bf16_activations.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/bf16_activations.cpp"
#include <hwy/foreach_target.h>
// after foreach_target.h
#include <hwy/highway.h>

#include "kernels/cpu/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gatescope::kernels {
namespace HWY_NAMESPACE {

void roundRowToBf16Impl(const float* x, std::size_t count, std::uint16_t* to) {
    forEachVector(hn::ScalableTag<float>(), 0, count, [&](auto d, std::size_t i) HWY_ATTR {
        const hn::RebindToUnsigned<decltype(d)> d32;
        const hn::Rebind<std::uint16_t, decltype(d)> d16;
        const auto value = hn::LoadU(d, x + i);
        const auto bits = hn::BitCast(d32, value);
        const auto upper = hn::ShiftRight<16>(bits);
        const auto odd = hn::And(upper, hn::Set(d32, 1));
        const auto nearest = hn::ShiftRight<16>(hn::Add(bits, hn::Add(odd, hn::Set(d32, 0x7FFF))));
        const auto quietNan = hn::Or(upper, hn::Set(d32, 0x40));
        const auto rounded =
            hn::IfThenElse(hn::RebindMask(d32, hn::IsNaN(value)), quietNan, nearest);
        hn::StoreU(hn::TruncateTo(d16, rounded), d16, to + i);
    });
}

}  // namespace HWY_NAMESPACE
}  // namespace gatescope::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gatescope::kernels {

HWY_EXPORT(roundRowToBf16Impl);

void roundRowToBf16(const float* x, std::size_t count, std::uint16_t* to) {
    HWY_DYNAMIC_DISPATCH(roundRowToBf16Impl)(x, count, to);
}

}  // namespace gatescope::kernels
#endif
