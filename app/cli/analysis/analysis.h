#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/routing/coactivation_stats.h"
#include "engine/routing/layer_statistics.h"
#include "engine/routing/range_stats.h"
#include "engine/routing/run_comparison.h"
#include "engine/routing/transition_stats.h"

namespace gatescope::cli {

/// The branch of a recording that was shown last.
struct RoutedRun {
    std::string file;
    std::string model;
    bool synthetic = false;
    std::vector<std::string> interventions;  ///< of any message of the recording
    std::vector<TokenId> ids;                ///< one a token of the trace
    std::vector<TokenId> predictedNext;      ///< of each, or kNoLabel: not recorded
    int generated = 0;                       ///< of the tokens with routing
    int prompt = 0;                          ///< the same
    int otherShape = 0;  ///< tokens whose routing has another shape than the first: left out
    std::vector<int> firstTokens;  ///< where each recording of readRuns() begins
    RoutingTrace trace;
};

/// Throws Error(BadInput) for a file that is no recording, or one without routing.
RoutedRun readRun(const std::string& file);

/// The branches of recordings of one model, one after the other. Between two stands one token that
/// is none (id -1, no routing), so that no pair of neighbours and no next token crosses from one to
/// the other. Requires at least one file. Throws as readRun().
RoutedRun readRuns(const std::vector<std::string>& files);

/// Which of a run's tokens are counted.
struct TokenChoice {
    Population population = Population::Generated;
    int first = 0;
    int end = 0;  ///< half open
};

/// All statistics of the chosen tokens.
struct Analysis {
    TokenChoice tokens;
    RoutingStats load;
    /// Empty where the layers asked for have more than kMostPairs pairs of experts.
    std::optional<CoactivationStats> pairs;
    AdjacentStats adjacent;
    /// From each layer asked for to the next; empty as `pairs` is.
    std::vector<TransitionStats> transitions;
    LabelStats inputIds;
    LabelStats predictedIds;  ///< the next ones as the model predicted them, where that is recorded
    LabelStats nextIds;       ///< the true next ones
    std::optional<LabelStats> domains;
};

/// All of 64 layers with 64 experts: a million numbers, which a table still holds.
inline constexpr std::int64_t kMostPairs = std::int64_t{1} << 18;

inline constexpr const char* kTooManyPairs = "too many for all layers at once; give --layer";

/// What is wanted of a run.
struct AnalysisRequest {
    TokenChoice tokens;
    std::optional<int> layer;           ///< pairs and transitions of this one only
    std::vector<std::int32_t> domains;  ///< empty, or one tag a token of the trace
};

Analysis analyse(const RoutedRun& run, const AnalysisRequest& request);

/// A run beside another one.
struct Comparison {
    std::string file;
    std::vector<std::string> interventions;
    RoutingStats load;           ///< of the other run's tokens, chosen in the same way
    SaturationStats saturation;  ///< of the chosen tokens up to where the ids part
    int sameIds = 0;             ///< where that is, from the first token on
};

/// Throws Error(BadInput) when the two differ in layers or experts.
Comparison compare(const RoutedRun& run, const TokenChoice& tokens, const RoutedRun& other);

}  // namespace gatescope::cli
