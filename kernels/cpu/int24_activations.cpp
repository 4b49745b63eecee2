#include "kernels/cpu/int24_activations.h"

#include <bit>
#include <cmath>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/int24_activations.cpp"
#include <hwy/foreach_target.h>
// after foreach_target.h
#include <hwy/highway.h>

#include "kernels/cpu/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gatescope::kernels {
namespace HWY_NAMESPACE {

/// What no number of a block may exceed: three digits of 127.
constexpr float kLargest = 65536 * 127 + 256 * 127 + 127;

/// The power of two that does not exceed a positive number.
float powerOfTwoBelow(float value) {
    return std::bit_cast<float>(std::bit_cast<std::uint32_t>(value) & 0x7F800000U);
}

template <class D>
HWY_INLINE hn::Vec<D> digitOf(D d, hn::Vec<D> v, std::size_t digit) {
    const auto shifted = digit == 0 ? hn::ShiftRight<16>(v) : digit == 1 ? hn::ShiftRight<8>(v) : v;
    return hn::And(shifted, hn::Set(d, 255));
}

void roundToInt24Impl(const float* x, int begin, int end, const Int24Activations& to, int row) {
    const hn::CappedTag<float, 16> d;
    const hn::RebindToUnsigned<decltype(d)> d32;
    const hn::Rebind<std::uint8_t, decltype(d)> d8;
    const std::size_t lanes = hn::Lanes(d);
    for (int first = begin; first < end; first += kInt24Block) {
        const float* from = x + first;
        Int24Block& block = to.row(row)[first / kInt24Block];
        const auto [most, spoilt] = blockExtent<kInt24Block>(d, from);
        // Infinite for 0, and for what is as good as 0.
        const float stretch = powerOfTwoBelow(kLargest / most);
        const float inverse = std::isfinite(stretch) && !spoilt ? stretch : 0.0F;
        hn::Vec<decltype(d32)> sums[kDigits] = {hn::Zero(d32), hn::Zero(d32), hn::Zero(d32)};
        for (std::size_t i = 0; i < kInt24Block; i += lanes) {
            const auto v = hn::Mul(hn::LoadU(d, from + i), hn::Set(d, inverse));
            // With 128 added to each of the three bytes they have no sign and borrow nothing.
            const auto number =
                hn::Add(hn::BitCast(d32, hn::NearestInt(v)), hn::Set(d32, 0x00808080));
            for (std::size_t digit = 0; digit < kDigits; ++digit) {
                const auto byte = digitOf(d32, number, digit);
                sums[digit] = hn::Add(sums[digit], byte);
                const auto bytes = hn::Xor(hn::TruncateTo(d8, byte), hn::Set(d8, 128));
                hn::StoreU(bytes, d8, reinterpret_cast<std::uint8_t*>(block.digits[digit]) + i);
            }
        }
        block.scale = spoilt ? std::numeric_limits<float>::quiet_NaN() : 1 / stretch;
        for (std::size_t digit = 0; digit < kDigits; ++digit) {
            const auto sum =
                static_cast<std::int32_t>(hn::GetLane(hn::SumOfLanes(d32, sums[digit])));
            block.offsets[digit] = -128 * (sum - 128 * kInt24Block);
        }
    }
}

}  // namespace HWY_NAMESPACE
}  // namespace gatescope::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gatescope::kernels {

HWY_EXPORT(roundToInt24Impl);

void roundToInt24(const float* x, int begin, int end, const Int24Activations& to, int row) {
    HWY_DYNAMIC_DISPATCH(roundToInt24Impl)(x, begin, end, to, row);
}

}  // namespace gatescope::kernels
#endif
