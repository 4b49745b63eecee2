#include "kernels/cpu/attention.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/attention.cpp"
#include <hwy/foreach_target.h>
// after foreach_target.h
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include "kernels/cpu/matvec.h"
#include "kernels/cpu/softmax.h"
#include "kernels/cpu/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gatescope::kernels {
namespace HWY_NAMESPACE {

constexpr float kMaskedScore = -1e30F;

void cappedScoresImpl(const AttentionHead& in, float* scores) {
    const auto headSize = static_cast<std::size_t>(in.headSize);
    const auto numKeys = static_cast<std::size_t>(in.numKeys);
    for (std::size_t t = 0; t < numKeys; ++t)
        scores[t] = dotProduct(in.query, in.keys + t * headSize, headSize);
    forEachVector(hn::ScalableTag<float>(), 0, numKeys, [&](auto d, std::size_t i) HWY_ATTR {
        const auto score = hn::Mul(hn::LoadU(d, scores + i), hn::Set(d, in.scale));
        const auto inner = hn::Div(score, hn::Set(d, in.cap));
        const auto capped = hn::Mul(hn::Set(d, in.cap), hn::Tanh(d, inner));
        // Tanh is not made for NaN; one must not vanish here.
        hn::StoreU(hn::IfThenElse(hn::IsNaN(inner), inner, capped), d, scores + i);
    });
    for (std::size_t t = 0; t < numKeys; ++t)
        scores[t] = in.visible[t] != 0 ? scores[t] : kMaskedScore;
}

}  // namespace HWY_NAMESPACE
}  // namespace gatescope::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gatescope::kernels {

HWY_EXPORT(cappedScoresImpl);

void attendHead(const AttentionHead& in, float* scores, float* output) {
    HWY_DYNAMIC_DISPATCH(cappedScoresImpl)(in, scores);
    softmax(scores, in.numKeys);
    // The values of a head are a matrix [numKeys, headSize], the weights its input.
    const WeightMatrix values{
        .type = DType::F32, .data = in.values, .numIn = in.numKeys, .numOut = in.headSize};
    matvec(values, scores, {0, in.headSize}, output);
}

}  // namespace gatescope::kernels
#endif
