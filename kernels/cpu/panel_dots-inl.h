// Included once for each instruction set (see hwy/foreach_target.h), so it has no #pragma once.
// What products of panels have in common. The includer asks Highway for AVX3_DL, the target with
// vpdpbusd, and leaves AVX3 out: without that instruction AVX2 is as good.
#if defined(GATESCOPE_KERNELS_CPU_PANEL_DOTS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GATESCOPE_KERNELS_CPU_PANEL_DOTS_INL_H_
#undef GATESCOPE_KERNELS_CPU_PANEL_DOTS_INL_H_
#else
#define GATESCOPE_KERNELS_CPU_PANEL_DOTS_INL_H_
#endif

#include <hwy/highway.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/cpu/vectors-inl.h"

// Highway 1.0's text for that target names every extension it stands for but this one.
#if HWY_TARGET == HWY_AVX3_DL
#undef HWY_TARGET_STR
#define HWY_TARGET_STR                                              \
    HWY_TARGET_STR_AVX3                                             \
    ",vpclmulqdq,avx512vbmi,avx512vbmi2,vaes,avxvnni,avx512bitalg," \
    "avx512vpopcntdq,avx512vnni"
#endif

HWY_BEFORE_NAMESPACE();
namespace gatescope::kernels {
namespace HWY_NAMESPACE {

// A line of a panel: 16 outputs of 4 bytes, in one vector or several parts.
using Lanes32 = hn::CappedTag<std::int32_t, 16>;
using LanesF = hn::Rebind<float, Lanes32>;
constexpr int kPartLanes = static_cast<int>(hn::MaxLanes(Lanes32()));
constexpr int kParts = 16 / kPartLanes;
constexpr std::size_t kLine = 64;

/// sum[n] += w[4n] * x[4n] + ... + w[4n + 3] * x[4n + 3], w unsigned, x signed. Exact.
HWY_INLINE hn::Vec<Lanes32> addDots(hn::Vec<Lanes32> w, hn::Vec<Lanes32> x, hn::Vec<Lanes32> sum) {
#if HWY_TARGET == HWY_AVX3_DL
    return hn::Vec<Lanes32>{_mm512_dpbusd_epi32(sum.raw, w.raw, x.raw)};
#elif HWY_TARGET == HWY_AVX2
    // Not vpmaddubsw: its sums of two products of 255 and 127 would saturate.
    const __m256i low = _mm256_set1_epi16(255);
    const __m256i evenX = _mm256_srai_epi16(_mm256_slli_epi16(x.raw, 8), 8);
    const __m256i oddX = _mm256_srai_epi16(x.raw, 8);
    const __m256i even = _mm256_madd_epi16(_mm256_and_si256(w.raw, low), evenX);
    const __m256i odd = _mm256_madd_epi16(_mm256_srli_epi16(w.raw, 8), oddX);
    return hn::Vec<Lanes32>{_mm256_add_epi32(sum.raw, _mm256_add_epi32(even, odd))};
#else
    const Lanes32 d;
    const auto mask = hn::Set(d, 255);
    const auto add = [&](hn::Vec<Lanes32> weights, hn::Vec<Lanes32> shifted) HWY_ATTR {
        sum = hn::Add(sum, hn::Mul(hn::And(weights, mask), hn::ShiftRight<24>(shifted)));
    };
    add(w, hn::ShiftLeft<24>(x));
    add(hn::ShiftRight<8>(w), hn::ShiftLeft<16>(x));
    add(hn::ShiftRight<16>(w), hn::ShiftLeft<8>(x));
    add(hn::ShiftRight<24>(w), x);
    return sum;
#endif
}

HWY_INLINE hn::Vec<Lanes32> fourInputs(const std::int8_t* x) {
    std::int32_t four;
    std::memcpy(&four, x, sizeof four);
    return hn::Set(Lanes32(), four);
}

/// The four bytes of kPartLanes outputs.
HWY_INLINE hn::Vec<Lanes32> loadPart(const std::byte* line, int part) {
    return hn::LoadU(Lanes32(), reinterpret_cast<const std::int32_t*>(line) + part * kPartLanes);
}

}  // namespace HWY_NAMESPACE
}  // namespace gatescope::kernels
HWY_AFTER_NAMESPACE();

#endif
