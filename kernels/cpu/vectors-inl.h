// Included once for each instruction set (see hwy/foreach_target.h), so it has no #pragma once.
#if defined(GATESCOPE_KERNELS_CPU_VECTORS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GATESCOPE_KERNELS_CPU_VECTORS_INL_H_
#undef GATESCOPE_KERNELS_CPU_VECTORS_INL_H_
#else
#define GATESCOPE_KERNELS_CPU_VECTORS_INL_H_
#endif

#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include <cstddef>
#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace gatescope::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Stored element types that C++ has no type for.
struct Bf16 {
    std::uint16_t bits;
};
struct F16 {
    std::uint16_t bits;
};
struct F8E4M3 {
    std::uint8_t bits;
};

/// Asks for the `size` bytes that lie `distance` behind p, if distance is not 0.
HWY_INLINE void prefetchBehind(const void* p, std::size_t size, std::size_t distance) {
    if (distance == 0) return;
    const auto* ahead = static_cast<const char*>(p) + distance;
    for (std::size_t i = 0; i < size; i += 64) hwy::Prefetch(ahead + i);
}

// Lanes(d) weights as f32. Each is exact.
template <class D>
HWY_INLINE hn::Vec<D> loadWeights(D d, const float* p) {
    return hn::LoadU(d, p);
}
template <class D>
HWY_INLINE hn::Vec<D> loadWeights(D d, const std::int8_t* p) {
    const hn::Rebind<std::int8_t, D> d8;
    const hn::Rebind<std::int32_t, D> d32;
    return hn::ConvertTo(d, hn::PromoteTo(d32, hn::LoadU(d8, p)));
}
template <class D>
HWY_INLINE hn::Vec<D> loadWeights(D d, const Bf16* p) {
    const hn::Rebind<std::uint16_t, D> d16;
    const hn::Rebind<std::uint32_t, D> d32;
    const auto bits = hn::LoadU(d16, reinterpret_cast<const std::uint16_t*>(p));
    return hn::BitCast(d, hn::ShiftLeft<16>(hn::PromoteTo(d32, bits)));
}
template <class D>
HWY_INLINE hn::Vec<D> loadWeights(D d, const F16* p) {
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
    const hn::Rebind<hwy::float16_t, D> d16;
    return hn::PromoteTo(d, hn::LoadU(d16, reinterpret_cast<const hwy::float16_t*>(p)));
#else
    // Highway's own way knows no infinity. Exponent and fraction where f32 has them make a number
    // that is 2^112 too small, subnormal or not.
    const hn::Rebind<std::uint16_t, D> d16;
    const hn::Rebind<std::uint32_t, D> d32;
    const auto bits = hn::PromoteTo(d32, hn::LoadU(d16, reinterpret_cast<const std::uint16_t*>(p)));
    const auto sign = hn::ShiftLeft<16>(hn::And(bits, hn::Set(d32, 0x8000)));
    const auto rest = hn::ShiftLeft<13>(hn::And(bits, hn::Set(d32, 0x7fff)));
    const auto number = hn::Mul(hn::BitCast(d, rest), hn::Set(d, 0x1p112F));
    const auto endless = hn::Ge(number, hn::Set(d, 65536.0F));
    const auto most = hn::Or(hn::BitCast(d32, number), hn::Set(d32, 0x7f800000));
    const auto whole = hn::IfThenElse(hn::RebindMask(d32, endless), most, hn::BitCast(d32, number));
    return hn::BitCast(d, hn::Or(whole, sign));
#endif
}

template <class D>
HWY_INLINE hn::Vec<D> loadWeights(D d, const F8E4M3* p) {
    const hn::Rebind<std::int8_t, D> d8;
    const hn::Rebind<std::int32_t, D> d32;
    const auto wide = hn::PromoteTo(d32, hn::LoadU(d8, reinterpret_cast<const std::int8_t*>(p)));
    // With its exponent where a float has it, it is 2^120 too small, below 2^-6 too.
    const auto bits = hn::And(hn::ShiftLeft<20>(wide), hn::Set(d32, -0x78100000));  // 0x87F00000
    const auto value = hn::Mul(hn::BitCast(d, bits), hn::Set(d, 0x1p120F));
    const auto magnitude = hn::And(wide, hn::Set(d32, 0x7F));
    const auto nan = hn::BitCast(d, hn::Or(bits, hn::Set(d32, 0x7FC00000)));
    const auto isNan = hn::Eq(magnitude, hn::Set(d32, 0x7F));
    return hn::IfThenElse(hn::RebindMask(d, isNan), nan, value);
}

/// Calls step(d, i) for each full vector at element i of [begin, end), then for half vectors, down
/// to one lane: every element once, nothing read or written beyond the end.
template <class D, class Step>
HWY_INLINE void forEachVector(D d, std::size_t begin, std::size_t end, const Step& step) {
    const std::size_t lanes = hn::Lanes(d);
    std::size_t i = begin;
    for (; i + lanes <= end; i += lanes) step(d, i);
    if constexpr (hn::MaxLanes(D()) > 1) {
        if (i < end) forEachVector(hn::Half<D>(), i, end, step);
    }
}

template <class D>
HWY_INLINE float sumOfLanes(D d, hn::Vec<D> v) {
    return hn::GetLane(hn::SumOfLanes(d, v));
}

/// The largest magnitude of kCount numbers, and whether they hold a NaN or an infinity; then the
/// first says nothing.
struct BlockExtent {
    float largest;
    bool spoilt;
};
template <std::size_t kCount, class D>
HWY_INLINE BlockExtent blockExtent(D d, const float* from) {
    auto largest = hn::Zero(d);
    auto poison = hn::Zero(d);  // 0 * x: NaN where x is NaN or infinite
    for (std::size_t i = 0; i < kCount; i += hn::Lanes(d)) {
        const auto v = hn::LoadU(d, from + i);
        largest = hn::Max(largest, hn::Abs(v));
        poison = hn::MulAdd(v, hn::Zero(d), poison);
    }
    return {hn::GetLane(hn::MaxOfLanes(d, largest)), sumOfLanes(d, poison) != 0};
}

// One weight as f32.
HWY_INLINE float loadWeight(const float* p) {
    return *p;
}
template <class Stored>
HWY_INLINE float loadWeight(const Stored* p) {
    const hn::CappedTag<float, 1> d;
    return hn::GetLane(loadWeights(d, p));
}

/// Activations times weights of any plain type. Four running sums hide the latency of the
/// multiply-adds; the order is fixed by n alone.
template <class Stored>
HWY_INLINE float dotProduct(const float* HWY_RESTRICT x,
                            const Stored* HWY_RESTRICT w,
                            std::size_t n) {
    const hn::ScalableTag<float> d;
    const std::size_t lanes = hn::Lanes(d);
    auto sum0 = hn::Zero(d);
    auto sum1 = hn::Zero(d);
    auto sum2 = hn::Zero(d);
    auto sum3 = hn::Zero(d);
    const auto step = [&](std::size_t i, hn::Vec<decltype(d)> sum) HWY_ATTR {
        return hn::MulAdd(hn::LoadU(d, x + i), loadWeights(d, w + i), sum);
    };
    std::size_t i = 0;
    for (; i + 4 * lanes <= n; i += 4 * lanes) {
        sum0 = step(i, sum0);
        sum1 = step(i + lanes, sum1);
        sum2 = step(i + 2 * lanes, sum2);
        sum3 = step(i + 3 * lanes, sum3);
    }
    for (; i + lanes <= n; i += lanes) sum0 = step(i, sum0);
    float sum = sumOfLanes(d, hn::Add(hn::Add(sum0, sum1), hn::Add(sum2, sum3)));
    for (; i < n; ++i) sum += x[i] * loadWeight(w + i);
    return sum;
}

}  // namespace HWY_NAMESPACE
}  // namespace gatescope::kernels
HWY_AFTER_NAMESPACE();

#endif
