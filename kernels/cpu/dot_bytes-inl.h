// Included once for each instruction set (see hwy/foreach_target.h), so it has no #pragma once.
// Sums of products of bytes, four a lane. The includer asks Highway for AVX3_DL, the target with
// vpdpbusd, and leaves AVX3 out: without that instruction AVX2 is as good.
#if defined(GATESCOPE_KERNELS_CPU_DOT_BYTES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GATESCOPE_KERNELS_CPU_DOT_BYTES_INL_H_
#undef GATESCOPE_KERNELS_CPU_DOT_BYTES_INL_H_
#else
#define GATESCOPE_KERNELS_CPU_DOT_BYTES_INL_H_
#endif

#include <hwy/highway.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/cpu/vectors-inl.h"

// Highway 1.0's text for that target names every extension it stands for but this one, which
// amx_tiles-inl.h adds with its own.
#if HWY_TARGET == HWY_AVX3_DL && !defined(GATESCOPE_AMX)
#undef HWY_TARGET_STR
#define HWY_TARGET_STR                                              \
    HWY_TARGET_STR_AVX3                                             \
    ",vpclmulqdq,avx512vbmi,avx512vbmi2,vaes,avxvnni,avx512bitalg," \
    "avx512vpopcntdq,avx512vnni"
#endif

HWY_BEFORE_NAMESPACE();
namespace gatescope::kernels {
namespace HWY_NAMESPACE {

// A line of a panel: 16 outputs of 4 inputs, in one vector or several parts.
using Lanes32 = hn::CappedTag<std::int32_t, 16>;
using LanesF = hn::Rebind<float, Lanes32>;
constexpr int kPartLanes = static_cast<int>(hn::MaxLanes(Lanes32()));
constexpr int kParts = 16 / kPartLanes;
constexpr std::size_t kLine = 64;

/// Four inputs, the same for all outputs.
HWY_INLINE hn::Vec<Lanes32> fourInputs(const std::int8_t* x) {
    std::int32_t four;
    std::memcpy(&four, x, sizeof four);
    return hn::Set(Lanes32(), four);
}

/// sum[n] += w[4n] * x[4n] + ... + w[4n + 3] * x[4n + 3], w unsigned, x signed. Exact.
HWY_INLINE hn::Vec<Lanes32> addDots(hn::Vec<Lanes32> w, hn::Vec<Lanes32> x, hn::Vec<Lanes32> sum) {
#if HWY_TARGET == HWY_AVX3_DL
    return hn::Vec<Lanes32>{_mm512_dpbusd_epi32(sum.raw, w.raw, x.raw)};
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

}  // namespace HWY_NAMESPACE
}  // namespace gatescope::kernels
HWY_AFTER_NAMESPACE();

#endif
