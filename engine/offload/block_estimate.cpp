#include "engine/offload/block_estimate.h"

#include <cmath>
#include <limits>

#include "engine/routing/distributions.h"

namespace gatescope {

BlockEstimate ratioOf(std::span<const Block> blocks, double confidence) {
    constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
    double sum = 0;
    double size = 0;
    for (const Block& block : blocks) {
        sum += block.sum;
        size += block.size;
    }
    if (size <= 0) return {0, kUnknown, kUnknown};
    const double value = sum / size;
    if (blocks.size() < 2) return {value, kUnknown, kUnknown};
    double squares = 0;
    for (const Block& block : blocks) {
        const double residual = block.sum - value * block.size;
        squares += residual * residual;
    }
    const auto count = static_cast<double>(blocks.size());
    const double error = std::sqrt(squares * count / (count - 1)) / size;
    const double half =
        error * studentQuantile((1 + confidence) / 2, static_cast<int>(blocks.size()) - 1);
    return {value, value - half, value + half};
}

}  // namespace gatescope
