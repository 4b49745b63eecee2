#pragma once

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <cmath>
#include <cstddef>
#include <random>
#include <string>
#include <vector>

namespace gatescope::test {

/// Runs the body once for every instruction set that this machine has, then with the best one
/// again. Each kernel is compiled for each.
template <class Body>
void onEveryTarget(const Body& body) {
    const std::vector<std::int64_t> targets = {
        HWY_EMU128, HWY_SSE4, HWY_AVX2, HWY_AVX3, 0 /* whatever is best */};
    const std::int64_t supported = hwy::SupportedTargets();
    for (const std::int64_t target : targets) {
        if (target != 0 && target != HWY_EMU128 && (supported & target) == 0) continue;
        hwy::SetSupportedTargetsForTest(target);
        hwy::GetChosenTarget().DeInit();
        SCOPED_TRACE(target == 0 ? "best target" : hwy::TargetName(target));
        body();
    }
    hwy::SetSupportedTargetsForTest(0);
    hwy::GetChosenTarget().DeInit();
}

/// 0, 1 and the neighbours of every vector width and tile.
inline const std::vector<int>& sweepSizes() {
    static const std::vector<int> sizes = {0,  1,  2,  3,  4,  5,  7,   8,   9,   15,  16,  17,
                                           31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 257, 300};
    return sizes;
}

inline std::vector<float> randomFloats(std::size_t count, unsigned seed, float spread = 1.0F) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal(0.0F, spread);
    std::vector<float> out(count);
    for (float& x : out) x = normal(random);
    return out;
}

/// A value that no kernel writes, around what a kernel may write.
constexpr float kUntouched = -12345.0F;

}  // namespace gatescope::test
