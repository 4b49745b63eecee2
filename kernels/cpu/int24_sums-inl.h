// Included once for each instruction set (see hwy/foreach_target.h), so it has no #pragma once.
// In which order products of int8 weights with activations of 24 bits are added, the same for every
// way to compute them.
#if defined(GATESCOPE_KERNELS_CPU_INT24_SUMS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GATESCOPE_KERNELS_CPU_INT24_SUMS_INL_H_
#undef GATESCOPE_KERNELS_CPU_INT24_SUMS_INL_H_
#else
#define GATESCOPE_KERNELS_CPU_INT24_SUMS_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "kernels/cpu/dot_bytes-inl.h"
#include "kernels/cpu/int24_activations.h"
#include "kernels/cpu/panels.h"

HWY_BEFORE_NAMESPACE();
namespace gatescope::kernels {
namespace HWY_NAMESPACE {

/// Blocks of inputs that are added before the scale of the weights comes in: few enough for their
/// weights to stay in the caches while many rows take them.
constexpr std::size_t kStretchBlocks = 8;

/// Calls use(begin, end, group) for the stretches of blocks: each within one group of scales.
template <class Use>
HWY_INLINE void forEachStretch(const PanelMatrix& w, const Use& use) {
    const auto numGroups = static_cast<std::size_t>(w.numGroups);
    const std::size_t blocks = static_cast<std::size_t>(w.numIn) / kInt24Block / numGroups;
    for (std::size_t group = 0; group < numGroups; ++group)
        for (std::size_t b = 0; b < blocks; b += kStretchBlocks)
            use(group * blocks + b, group * blocks + std::min(b + kStretchBlocks, blocks), group);
}

/// The scales of a group of weights, of outputs from `out` on.
HWY_INLINE hn::Vec<LanesF> weightScales(const PanelMatrix& w, std::size_t group, std::size_t out) {
    const std::uint16_t* scales = w.scales + group * static_cast<std::size_t>(w.numOut) + out;
    return loadWeights(LanesF(), reinterpret_cast<const Bf16*>(scales));
}

/// total + scale * (65536 * first + 256 * second + third), where each sum of up to 64 products of
/// two bytes is exact.
HWY_INLINE hn::Vec<LanesF> addScaledDigits(hn::Vec<Lanes32> first,
                                           hn::Vec<Lanes32> second,
                                           hn::Vec<Lanes32> third,
                                           float scale,
                                           hn::Vec<LanesF> total) {
    const LanesF d;
    const auto upper = hn::Add(hn::ShiftLeft<8>(first), second);
    total = hn::MulAdd(hn::ConvertTo(d, upper), hn::Set(d, 256 * scale), total);
    return hn::MulAdd(hn::ConvertTo(d, third), hn::Set(d, scale), total);
}

}  // namespace HWY_NAMESPACE
}  // namespace gatescope::kernels
HWY_AFTER_NAMESPACE();

#endif
