#pragma once

#include <span>

#include "engine/routing/chance_band.h"

namespace gatescope {

/// A stretch of neighbouring tokens: tokens of a text are not independent of one another, stretches
/// of some length nearly are.
struct Block {
    double sum = 0;   ///< of what is counted: hits, seconds
    double size = 0;  ///< of what it is counted in: selections, tokens
};

/// A mean with its interval; the interval is NaN where there are fewer than two blocks.
struct BlockEstimate {
    double value = 0;
    double low = 0;
    double high = 0;
};

/// Sum of the sums over the sum of the sizes, as the ratio estimate of a sample of clusters, with
/// Student's t of blocks - 1 degrees. 0 with all blocks empty. Requires 0 < confidence < 1.
/// Source: Cochran 1977, "Sampling Techniques", 9A.1 and 6.4.
BlockEstimate ratioOf(std::span<const Block> blocks, double confidence = kConfidence);

}  // namespace gatescope
