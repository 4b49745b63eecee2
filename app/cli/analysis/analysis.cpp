#include "app/cli/analysis/analysis.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/error.h"
#include "engine/store/recording.h"

namespace gatescope::cli {
namespace {

constexpr TokenId kNoToken = -1;

/// The first record of the branch; what has another shape is from another model.
const RoutingRecord& firstRecord(const Recording& recording,
                                 const std::vector<std::size_t>& branch,
                                 const std::string& file) {
    for (const auto index : branch)
        for (const auto& token : recording.messages[index].tokens)
            if (token.routing) return *token.routing;
    throw Error(ErrorKind::BadInput,
                fmt::format("{}: expected tokens with routing in the branch shown last, found "
                            "none; record a reply with generate --record or from the window",
                            file));
}

void appendToken(const TokenRecord& token, RoutedRun& run) {
    const RoutingRecord* routing = token.routing.get();
    const bool fits = routing != nullptr && routing->numLayers == run.trace.numLayers() &&
                      routing->numExperts == run.trace.numExperts();
    if (fits) ++(token.generated ? run.generated : run.prompt);
    if (routing != nullptr && !fits) ++run.otherShape;
    // A token says what was predicted in its place, which was next at the one before.
    if (!run.predictedNext.empty())
        run.predictedNext.back() = token.predicted();
    run.predictedNext.push_back(kNoLabel);
    run.ids.push_back(token.token);
    run.trace.append(token.routing, token.generated ? TokenOrigin::Generated : TokenOrigin::Prompt);
}

/// A damaged file may hold an id below 0, which is no label.
std::vector<std::int32_t> labelsOf(const RoutedRun& run, VocabularyLabel which) {
    auto labels = vocabularyLabels({run.ids, run.predictedNext}, which);
    std::ranges::replace_if(
        labels, [](std::int32_t label) { return label < 0; }, kNoLabel);
    return labels;
}

LabelStats labelled(const RoutedRun& run,
                    const TokenChoice& tokens,
                    const std::vector<std::int32_t>& labels) {
    return LabelRange(run.trace, tokens.population, labels).over(tokens.first, tokens.end);
}

}  // namespace

RoutedRun readRun(const std::string& file) {
    return readRuns({file});
}

RoutedRun readRuns(const std::vector<std::string>& files) {
    std::optional<RoutedRun> run;
    for (const auto& file : files) {
        const Recording recording = readRecording(file);
        checkSelections(recording, file);
        const auto branch = branchOf(recording.messages);
        const RoutingRecord& shape = firstRecord(recording, branch, file);
        if (run) {
            run->ids.push_back(kNoToken);
            run->predictedNext.push_back(kNoLabel);
            run->trace.append(nullptr, TokenOrigin::Special);
        } else {
            run = RoutedRun{.file = file,
                            .model = recording.conversation.model,
                            .synthetic = recording.conversation.facts.synthetic,
                            .interventions = infoOf(recording, file).interventions,
                            .ids = {},
                            .predictedNext = {},
                            .firstTokens = {},
                            .trace = RoutingTrace(shape.numLayers, shape.numExperts)};
        }
        run->firstTokens.push_back(run->trace.size());
        for (const auto index : branch)
            for (const auto& token : recording.messages[index].tokens) appendToken(token, *run);
    }
    return *std::move(run);
}

Analysis analyse(const RoutedRun& run, const AnalysisRequest& request) {
    const TokenChoice& tokens = request.tokens;
    const auto& [population, first, end] = tokens;
    Analysis a{.tokens = tokens,
               .load = RangeStats(run.trace, population).over(first, end),
               .pairs = {},
               .adjacent = AdjacentRange(run.trace, population).over(first, end),
               .transitions = {},
               .inputIds = labelled(run, tokens, labelsOf(run, VocabularyLabel::Input)),
               .predictedIds = labelled(run, tokens, labelsOf(run, VocabularyLabel::PredictedNext)),
               .nextIds = labelled(run, tokens, labelsOf(run, VocabularyLabel::TrueNext)),
               .domains = {}};
    if (!request.domains.empty()) a.domains = labelled(run, tokens, request.domains);
    const int layers = run.trace.numLayers();
    const int experts = run.trace.numExperts();
    const std::int64_t pairs = std::int64_t{experts} * experts;
    if (pairs * (request.layer ? 1 : layers) > kMostPairs || pairs * layers > 64 * kMostPairs)
        return a;
    a.pairs = RangeOf(run.trace, population, CoactivationStats(layers, experts)).over(first, end);
    for (int layer = 0; layer + 1 < layers; ++layer)
        if (!request.layer || *request.layer == layer)
            a.transitions.push_back(
                RangeOf(run.trace, population, TransitionStats(layer, layer + 1, experts))
                    .over(first, end));
    return a;
}

Comparison compare(const RoutedRun& run, const TokenChoice& tokens, const RoutedRun& other) {
    const int layers = run.trace.numLayers();
    const int experts = run.trace.numExperts();
    if (other.trace.numLayers() != layers || other.trace.numExperts() != experts)
        throw Error(ErrorKind::BadInput,
                    fmt::format("{}: expected {} layers of {} experts as in {}, found {} of {}; "
                                "compare recordings of one model",
                                other.file,
                                layers,
                                experts,
                                run.file,
                                other.trace.numLayers(),
                                other.trace.numExperts()));
    Comparison result{
        .file = other.file,
        .interventions = other.interventions,
        .load = RangeStats(other.trace, tokens.population).over(tokens.first, tokens.end),
        .saturation = SaturationStats(layers, experts)};
    const auto parted = std::ranges::mismatch(run.ids, other.ids);
    result.sameIds = static_cast<int>(parted.in1 - run.ids.begin());
    for (int t = tokens.first; t < std::min(tokens.end, result.sameIds); ++t) {
        // Only this run's population: decode against prefill is a comparison too.
        const RoutingRecord* record = run.trace.record(t, tokens.population);
        const RoutingRecord* reference = other.trace.record(t);
        if (record != nullptr && reference != nullptr) result.saturation.add(*record, *reference);
    }
    return result;
}

}  // namespace gatescope::cli
