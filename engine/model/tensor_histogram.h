#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <vector>

#include "engine/model/model_source.h"

namespace gatescope {

/// How the values of one tensor are spread, dequantised.
struct TensorHistogram {
    double low = 0;                     ///< smallest value; the first bin begins here
    double high = 0;                    ///< largest; the last bin ends here
    std::vector<std::uint64_t> counts;  ///< of bins of equal width; a value on a border is in the
                                        ///< higher bin, `high` in the last
    std::uint64_t values = 0;
    std::uint64_t zeros = 0;
    double mean = 0;
    double deviation = 0;  ///< population standard deviation
};

/// Reads parameter `tensor` of source.layouts() twice, first for its range, some megabytes at a
/// time: the experts of one of Grok-1's matrices are 1.6 GB. Blocks; not for the UI thread. Empty
/// when `stop` was requested, within a piece. Requires bins >= 1. Throws as
/// ModelSource::visitValues() does.
std::optional<TensorHistogram> tensorHistogram(const ModelSource& source,
                                               std::size_t tensor,
                                               int bins,
                                               const std::stop_token& stop);

}  // namespace gatescope
