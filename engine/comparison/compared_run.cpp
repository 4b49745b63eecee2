#include "engine/comparison/compared_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/check.h"
#include "engine/error.h"
#include "engine/store/conversation_store.h"

namespace gatescope {
namespace {

ComparedRun describedBy(const ConversationSummary& conversation) {
    ComparedRun run;
    run.title = conversation.title;
    run.model = conversation.model;
    run.facts = conversation.facts;
    return run;
}

std::vector<TokenId> idsOf(const ComparedRun& run) {
    std::vector<TokenId> ids;
    ids.reserve(run.tokens.size());
    for (const TokenRecord& token : run.tokens) ids.push_back(token.token);
    return ids;
}

const RoutingRecord* firstRecord(const ComparedRun& run) {
    for (const TokenRecord& token : run.tokens)
        if (token.routing) return token.routing.get();
    return nullptr;
}

constexpr std::size_t kColumnsAtOnce = 256;  ///< between two looks at the stop token

}  // namespace

ComparedRun runOfLast(const std::vector<Message>& branch, const ConversationSummary& conversation) {
    GS_CHECK(!branch.empty());
    ComparedRun run = describedBy(conversation);
    run.before.assign(branch.begin(), branch.end() - 1);
    run.tokens = branch.back().tokens;
    run.interventions = branch.back().interventions;
    return run;
}

ComparedRun runOfAll(const std::vector<Message>& branch, const ConversationSummary& conversation) {
    ComparedRun run = describedBy(conversation);
    for (const Message& message : branch) {
        run.tokens.insert(run.tokens.end(), message.tokens.begin(), message.tokens.end());
        run.interventions = message.interventions;
    }
    return run;
}

ComparedRun runOfRecording(const std::filesystem::path& file) {
    const ConversationStore recording(file, ConversationStore::Mode::ReadOnly);
    const auto all = recording.conversations();
    if (all.empty())
        throw Error(ErrorKind::BadInput,
                    fmt::format("{}: the recording holds no conversation", file.string()));
    const auto tree = recording.messages(all.front().id);
    std::vector<Message> branch;
    for (const std::size_t i : branchOf(tree)) branch.push_back(tree[i]);
    ComparedRun run = runOfAll(branch, all.front());
    run.replay = true;
    return run;
}

std::vector<AlignedPair> alignRuns(const ComparedRun& a, const ComparedRun& b) {
    return alignTokens(idsOf(a), idsOf(b));
}

ComparedTokens comparedTokens(const std::vector<AlignedPair>& pairs,
                              const ComparedRun& a,
                              const ComparedRun& b) {
    const auto shorter = std::min(a.tokens.size(), b.tokens.size());
    const auto same = static_cast<std::size_t>(countPairs(pairs).same);
    return 2 * same >= shorter ? ComparedTokens::Aligned : ComparedTokens::All;
}

std::optional<std::pair<int, int>> commonShape(const ComparedRun& a, const ComparedRun& b) {
    const RoutingRecord* of[] = {firstRecord(a), firstRecord(b)};
    if (of[0] == nullptr || of[1] == nullptr || of[0]->numLayers != of[1]->numLayers ||
        of[0]->numExperts != of[1]->numExperts)
        return std::nullopt;
    return std::pair(of[0]->numLayers, of[0]->numExperts);
}

void addColumns(const ComparedRun& a,
                const ComparedRun& b,
                std::span<const AlignedPair> columns,
                ComparedTokens which,
                RoutingDifference& difference) {
    const auto record = [&difference](const ComparedRun& run, int token) -> const RoutingRecord* {
        if (token < 0) return nullptr;
        const auto* routing = run.tokens[static_cast<std::size_t>(token)].routing.get();
        return routing != nullptr && routing->numLayers == difference.numLayers() &&
                       routing->numExperts == difference.numExperts()
                   ? routing
                   : nullptr;
    };
    for (const AlignedPair& pair : columns) {
        const RoutingRecord* inA = record(a, pair.a);
        const RoutingRecord* inB = record(b, pair.b);
        if (which == ComparedTokens::Aligned) {
            if (pair.kind == PairKind::Same && inA != nullptr && inB != nullptr)
                difference.addPair(*inA, *inB);
            continue;
        }
        if (inA != nullptr) difference.addA(*inA);
        if (inB != nullptr) difference.addB(*inB);
    }
}

void align(AlignedRuns& runs) {
    runs.pairs = alignRuns(runs.a, runs.b);
    runs.counts = countPairs(runs.pairs);
    runs.over = comparedTokens(runs.pairs, runs.a, runs.b);
}

std::optional<RoutingDifference> routingDifference(const AlignedRuns& runs,
                                                   const std::stop_token& stop) {
    const auto shape = commonShape(runs.a, runs.b);
    if (!shape) return std::nullopt;
    std::optional<RoutingDifference> difference(std::in_place, shape->first, shape->second);
    std::span<const AlignedPair> left(runs.pairs);
    while (!left.empty()) {
        if (stop.stop_requested()) return std::nullopt;
        const std::size_t count = std::min(left.size(), kColumnsAtOnce);
        addColumns(runs.a, runs.b, left.first(count), runs.over, *difference);
        left = left.subspan(count);
    }
    if (difference->tokensA() == 0 || difference->tokensB() == 0) difference.reset();
    return difference;
}

}  // namespace gatescope
