#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "engine/offload/simulation.h"

namespace gatescope {

/// One policy beside another on the same tokens.
struct PolicyDifference {
    BlockEstimate hitRate;  ///< of the first less that of the second
    BlockEstimate seconds;  ///< a token, the same
};
/// Block by block, so that what is hard for both counts for neither. Requires outcomes of the same
/// replay. `confidence` of each interval.
PolicyDifference differenceOf(const PolicyOutcome& a,
                              const PolicyOutcome& b,
                              MissPath path,
                              double confidence = kConfidence);

/// Which policy to run with, and why.
struct OffloadChoice {
    std::size_t chosen = 0;           ///< of the outcomes
    std::size_t baseline = 0;         ///< the faster LRU
    MissPath path = MissPath::OnCpu;  ///< where that one is fastest
    bool stands = false;              ///< it is faster than the baseline by more than luck
    PolicyDifference difference;      ///< to the baseline; of the chosen, or the best that failed
    std::size_t compared = 0;         ///< policies that were compared with the baseline
    // Of the same policies, by hits alone.
    std::size_t mostHits = 0;     ///< of the outcomes
    std::size_t mostLruHits = 0;  ///< the LRU with more hits
    BlockEstimate hitsGained;     ///< of the first less the second; the interval as above
};

/// On the path that is fastest of all with what host memory holds (OnCpu, FromHost): the policy
/// that takes least time of those that can be run (not belady), if its interval against the
/// baseline, made wide enough for as many comparisons as there were (Bonferroni), lies on its side
/// of 0; else the baseline itself. Requires an LRU among the outcomes, and tokens.
OffloadChoice chooseOffload(std::span<const PolicyOutcome> outcomes);

/// "on the CPU", "copied from host memory", "copied from disk".
std::string_view describe(MissPath path);

}  // namespace gatescope
