#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "engine/routing/exact_sum.h"
#include "engine/routing/routing_record.h"
#include "engine/routing/routing_stats.h"
#include "engine/routing/run_comparison.h"

namespace gatescope {

/// What one cell of the difference heatmap says: B less A.
struct CellDifference {
    double probability = 0;  ///< difference of the mean router probabilities, -1 to 1
    /// Half width of the noise band: 19 of 20 cells differ by less than this between two runs of so
    /// many tokens that route alike.
    double noise = 0;
    Contrast selection;  ///< of the selection rates, A less B, with Newcombe's interval

    /// Outside of what luck does. Of many cells, one in twenty is so by luck.
    bool stands() const { return probability > noise || probability < -noise; }
};

/// How two runs route: sums over pairs of tokens, from which differences and their noise follow.
/// The noise is measured, not assumed: each run is cut into its even and its odd tokens, and what
/// these halves differ by (two samples of one router, half as long) says what two whole runs would
/// differ by if nothing had changed; pooled over the experts of a layer and both runs, as one
/// cell's halves are one draw. Tokens of one text that lie side by side resemble each other, which
/// makes the band wider than for independent ones: right, as runs of one text do too. Each add
/// costs O(layers * experts). Used by one thread.
class RoutingDifference {
  public:
    RoutingDifference(int numLayers, int numExperts);

    /// One token of each run, the same one. Requires the shape given above.
    void addPair(const RoutingRecord& a, const RoutingRecord& b);
    /// A token of one run alone: for runs that share no tokens. No part of saturation.
    void addA(const RoutingRecord& record) { add(0, record); }
    void addB(const RoutingRecord& record) { add(1, record); }

    int numLayers() const { return a_.numLayers(); }
    int numExperts() const { return a_.numExperts(); }
    int tokensA() const { return a_.tokens(); }
    int tokensB() const { return b_.tokens(); }
    const RoutingStats& a() const { return a_; }
    const RoutingStats& b() const { return b_; }

    /// Requires tokens on both sides.
    CellDifference cell(int layer, int expert) const;
    /// Half width of the band of a layer's cells; 1 where a side has fewer than 4 tokens.
    double noise(int layer) const;
    /// Over the pairs: how alike a layer selects, B against A.
    Statistic saturation(int layer) const { return saturation_.saturation(layer); }
    Statistic sameFirst(int layer) const { return saturation_.sameFirst(layer); }

  private:
    void add(int side, const RoutingRecord& record);

    RoutingStats a_;
    RoutingStats b_;
    SaturationStats saturation_;
    /// [numLayers, numExperts] sums of p over the odd tokens of A and of B.
    std::array<std::vector<ExactSum>, 2> odd_;
};

}  // namespace gatescope
