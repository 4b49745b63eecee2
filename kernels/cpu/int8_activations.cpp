#include "kernels/cpu/int8_activations.h"

#include <cmath>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/int8_activations.cpp"
#include <hwy/foreach_target.h>
// after foreach_target.h
#include <hwy/highway.h>

#include "kernels/cpu/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gatescope::kernels {
namespace HWY_NAMESPACE {

void roundToInt8Impl(const float* x, int begin, int end, const Int8Activations& to, int row) {
    constexpr std::size_t kHalf = kActivationBlock / 2;
    const hn::CappedTag<float, kHalf> d;
    const hn::Rebind<std::int32_t, decltype(d)> d32;
    const hn::Rebind<std::int8_t, decltype(d)> d8;
    const std::size_t lanes = hn::Lanes(d);
    for (int first = begin; first < end; first += kActivationBlock) {
        const float* from = x + first;
        ActivationBlock& block = to.row(row)[first / kActivationBlock];
        const auto [most, spoilt] = blockExtent<kActivationBlock>(d, from);
        const float stretch = 127.0F / most;  // infinite for 0, and for what is as good as 0
        const float inverse = std::isfinite(stretch) && !spoilt ? stretch : 0.0F;
        std::int32_t sums[3];
        for (std::size_t half = 0; half < 2; ++half) {
            auto sum = hn::Zero(d32);
            for (std::size_t i = half * kHalf; i < (half + 1) * kHalf; i += lanes) {
                const auto v = hn::Mul(hn::LoadU(d, from + i), hn::Set(d, inverse));
                const auto q = hn::NearestInt(v);
                sum = hn::Add(sum, q);
                hn::StoreU(hn::DemoteTo(d8, q), d8, block.values + i);
            }
            // Of what is no number NearestInt() makes the smallest.
            sums[half] = spoilt ? 0 : hn::GetLane(hn::SumOfLanes(d32, sum));
        }
        sums[kWholeSum] = sums[0] + sums[1];
        block.scale = spoilt ? std::numeric_limits<float>::quiet_NaN() : most / 127.0F;
        for (std::size_t s = 0; s < 3; ++s) {
            block.scaledSums[s] = block.scale * static_cast<float>(sums[s]);
            block.offsets[s] = -128 * sums[s];
        }
    }
}

}  // namespace HWY_NAMESPACE
}  // namespace gatescope::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gatescope::kernels {

HWY_EXPORT(roundToInt8Impl);

void roundToInt8(const float* x, int begin, int end, const Int8Activations& to, int row) {
    HWY_DYNAMIC_DISPATCH(roundToInt8Impl)(x, begin, end, to, row);
}

}  // namespace gatescope::kernels
#endif
