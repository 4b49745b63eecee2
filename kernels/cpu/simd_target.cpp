#include "kernels/cpu/simd_target.h"

#include "kernels/cpu/amx.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/simd_target.cpp"
#include <hwy/foreach_target.h>
// after foreach_target.h
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace gatescope::kernels {
namespace HWY_NAMESPACE {

const char* targetName() {
#if HWY_TARGET == HWY_AVX3
    return "AVX-512";
#elif HWY_TARGET == HWY_AVX2
    return "AVX2";
#elif HWY_TARGET == HWY_SSE4
    return "SSE4";
#elif HWY_TARGET == HWY_EMU128 || HWY_TARGET == HWY_SCALAR
    return "portable";
#else
    return hwy::TargetName(HWY_TARGET);
#endif
}

}  // namespace HWY_NAMESPACE
}  // namespace gatescope::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gatescope::kernels {

HWY_EXPORT(targetName);

std::string simdTargetName() {
    const std::string name = HWY_DYNAMIC_DISPATCH(targetName)();
    return name == "AVX-512" && hasAmx() ? name + " and AMX" : name;
}

}  // namespace gatescope::kernels
#endif
