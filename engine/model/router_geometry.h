#pragma once

#include <optional>
#include <span>
#include <stop_token>
#include <vector>

#include "engine/model/model_source.h"

namespace gatescope {

/// A router as directions: expert e's logit is its row times the normed hidden state, so a long row
/// decides more and rows that point the same way compete for the same tokens.
struct RouterGeometry {
    int layer = 0;
    int numExperts = 0;
    std::vector<double> norms;    ///< [numExperts] Euclidean length of each row
    std::vector<double> cosines;  ///< [numExperts, numExperts] of the angle between rows; 1 on the
                                  ///< diagonal, NaN beside a row of zeros
    /// Standard deviation of the cosine of two random directions, 1 / sqrt(dModel): by chance a
    /// cosine is 0 and within twice this in 95 of 100 cases.
    double chanceDeviation = 0;

    double cosine(int a, int b) const {
        return cosines[static_cast<std::size_t>(a) * static_cast<std::size_t>(numExperts) +
                       static_cast<std::size_t>(b)];
    }
};

/// weight [dModel, numExperts] f32, as routers are kept. Computed in double precision.
RouterGeometry routerGeometry(int layer, std::span<const float> weight, int numExperts);

/// Reads every router, in the order of layers. Blocks on the disk. Empty when `stop` was requested.
/// Throws as ModelSource::load() does.
std::optional<std::vector<RouterGeometry>> readRouterGeometry(const ModelSource& source,
                                                              const std::stop_token& stop);

}  // namespace gatescope
