#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

namespace gatescope {

/// |A and B| of two selections, each without repetition. O(|A| |B|), which for what routers select
/// (at most a dozen or two) is less than any set costs.
inline int sharedExperts(std::span<const std::int32_t> a, std::span<const std::int32_t> b) {
    return static_cast<int>(
        std::ranges::count_if(a, [b](auto e) { return std::ranges::find(b, e) != b.end(); }));
}

}  // namespace gatescope
