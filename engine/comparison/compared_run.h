#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "engine/comparison/alignment.h"
#include "engine/comparison/routing_difference.h"
#include "engine/store/conversation.h"

namespace gatescope {

/// One side of a comparison: tokens with their routing, and what is known of where they come from.
struct ComparedRun {
    std::string title;                ///< for people; of a stored conversation its own
    std::vector<Message> before;      ///< what stands before the tokens, in order; not compared
    std::vector<TokenRecord> tokens;  ///< what is compared
    InterventionSet interventions;    ///< of `tokens`; a whole conversation's: of its last message
    std::string model;                ///< as given to load: ids of two models mean two things
    ModelFacts facts;
    bool replay = false;  ///< read from a recording
    std::optional<int>
        firstToken;  ///< of `tokens` in the trace of the branch shown, if they are there
};

/// The last message of `branch`, behind the others. Requires one message.
ComparedRun runOfLast(const std::vector<Message>& branch, const ConversationSummary& conversation);
/// All messages of a branch as one run.
ComparedRun runOfAll(const std::vector<Message>& branch, const ConversationSummary& conversation);
/// The branch of a recording's conversation that was shown last. Blocks on the disk.
/// Throws Error(BadInput) naming the file.
ComparedRun runOfRecording(const std::filesystem::path& file);

/// Alignment of the runs' tokens.
std::vector<AlignedPair> alignRuns(const ComparedRun& a, const ComparedRun& b);

/// Which tokens routing is compared over.
enum class ComparedTokens {
    Aligned,  ///< those that are the same on both sides, pair by pair
    All,      ///< all of each run: fewer than half of the shorter one are aligned
};
ComparedTokens comparedTokens(const std::vector<AlignedPair>& pairs,
                              const ComparedRun& a,
                              const ComparedRun& b);

/// Layers and experts both runs were routed by, as {layers, experts} of their first records; empty
/// where they differ or one has no routing: then there is nothing to compare but text.
std::optional<std::pair<int, int>> commonShape(const ComparedRun& a, const ComparedRun& b);

/// Adds columns [first, end) of `pairs` to `difference`, whose shape is the runs' common one.
/// Tokens without routing of that shape are left out.
void addColumns(const ComparedRun& a,
                const ComparedRun& b,
                std::span<const AlignedPair> columns,
                ComparedTokens which,
                RoutingDifference& difference);

/// Two runs side by side. Once aligned a finished result, which several threads may read.
struct AlignedRuns {
    ComparedRun a;
    ComparedRun b;
    std::vector<AlignedPair> pairs;
    AlignmentCounts counts;
    ComparedTokens over = ComparedTokens::Aligned;
};
/// Fills in what follows from `a` and `b`: 0.5 ms for 20,000 tokens that are nearly alike, a few
/// for such that are not.
void align(AlignedRuns& runs);
/// The difference over all columns, 20 us a column for 64 layers of 8 experts. Empty: the runs have
/// no common shape, none of their tokens can be compared, or it was stopped.
std::optional<RoutingDifference> routingDifference(const AlignedRuns& runs,
                                                   const std::stop_token& stop = {});

}  // namespace gatescope
