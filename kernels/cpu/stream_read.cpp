#include "kernels/cpu/stream_read.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/stream_read.cpp"
#include <hwy/foreach_target.h>
// after foreach_target.h
#include <hwy/highway.h>

#include "kernels/cpu/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gatescope::kernels {
namespace HWY_NAMESPACE {

std::uint64_t streamReadImpl(const std::byte* data, std::size_t size) {
    const hn::CappedTag<std::uint64_t, 8> d;
    const std::size_t lanes = hn::Lanes(d);
    const auto* words = reinterpret_cast<const std::uint64_t*>(data);
    auto sum0 = hn::Zero(d);
    auto sum1 = hn::Zero(d);
    auto sum2 = hn::Zero(d);
    auto sum3 = hn::Zero(d);
    for (std::size_t i = 0; i < size / sizeof(std::uint64_t); i += 4 * lanes) {
        sum0 = hn::Add(sum0, hn::Load(d, words + i));
        sum1 = hn::Add(sum1, hn::Load(d, words + i + lanes));
        sum2 = hn::Add(sum2, hn::Load(d, words + i + 2 * lanes));
        sum3 = hn::Add(sum3, hn::Load(d, words + i + 3 * lanes));
    }
    return hn::GetLane(hn::SumOfLanes(d, hn::Add(hn::Add(sum0, sum1), hn::Add(sum2, sum3))));
}

}  // namespace HWY_NAMESPACE
}  // namespace gatescope::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gatescope::kernels {

HWY_EXPORT(streamReadImpl);

std::uint64_t streamRead(const std::byte* data, std::size_t size) {
    return HWY_DYNAMIC_DISPATCH(streamReadImpl)(data, size);
}

}  // namespace gatescope::kernels
#endif
