#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "app/cli/command.h"
#include "app/cli/model_loading.h"
#include "app/cli/model_options.h"
#include "app/cli/progress_bar.h"
#include "app/cli/seed_summary.h"
#include "app/exit_status.h"
#include "engine/comparison/alignment.h"
#include "engine/comparison/score_run.h"
#include "engine/error.h"
#include "engine/generation/generation_run.h"
#include "engine/generation/prompt.h"

namespace gatescope::cli {
namespace {

constexpr int kMostSeeds = 10000;

struct Options {
    std::string model;
    std::optional<std::string> prompt;
    std::string tokens;
    int count = 64;
    int seeds = 20;
    bool json = false;
    SamplerConfig sampler;
    DecoderChoice decoder;
    InterventionChoice interventions;
};

/// What every seed's two replies are computed with.
struct Bench {
    Decoder& decoder;
    Sequence& sequence;
    std::shared_ptr<const Tokenizer> tokenizer;
    std::vector<TokenId> prompt;
    InterventionSet changed;
    SamplerConfig sampler;
    int count = 0;
};

/// The ids of one reply; empty: interrupted.
std::optional<std::vector<TokenId>> reply(const Bench& bench,
                                          const InterventionSet& interventions,
                                          const SamplerConfig& sampler,
                                          const std::stop_token& stop) {
    GenerationRequest request;
    request.id = 1;
    request.prompt = {{.text = {}, .tokens = bench.prompt, .interventions = interventions}};
    request.interventions = interventions;
    request.sampler = sampler;
    request.maxTokens = bench.count;
    std::vector<TokenId> ids;
    GenerationRun run({bench.decoder, bench.sequence, bench.tokenizer}, request, [&](Event event) {
        if (const auto* token = std::get_if<TokenGenerated>(&event)) ids.push_back(token->token);
    });
    if (run.run(stop) == FinishReason::Stopped) return std::nullopt;
    return ids;
}

/// Mean over the tokens of the plain reply of KL(plain || changed), in bits, of the distributions
/// they were drawn from, at temperature 1; 0 for an empty reply. Nothing: interrupted.
std::optional<double> meanKlBits(const Bench& bench,
                                 const std::vector<TokenId>& plain,
                                 const std::stop_token& stop) {
    if (plain.empty()) return 0;
    ScoreRequest request;
    request.id = 1;
    std::vector<TokenId> all = bench.prompt;
    all.insert(all.end(), plain.begin(), plain.end() - 1);  // the last one's own draw is enough
    request.sequence = {{.text = {}, .tokens = all, .interventions = {}}};
    request.changed = bench.changed;
    const auto first = static_cast<int>(bench.prompt.size()) - 1;
    double sum = 0;
    ScoreRun run({bench.decoder, bench.sequence, bench.tokenizer.get()}, request, [&](Event event) {
        const auto& scored = std::get<PositionsScored>(event);
        for (std::size_t i = 0; i < scored.positions.size(); ++i)
            if (scored.first + static_cast<int>(i) >= first) sum += scored.positions[i].klBits;
    });
    if (run.run(stop) == StepStatus::Stopped) return std::nullopt;
    return sum / static_cast<double>(plain.size());
}

std::optional<SeedOutcome> runSeed(const Bench& bench,
                                   std::uint64_t seed,
                                   const std::stop_token& stop) {
    SamplerConfig sampler = bench.sampler;
    sampler.seed = seed;
    const auto plain = reply(bench, {}, sampler, stop);
    if (!plain) return std::nullopt;
    const auto changed = reply(bench, bench.changed, sampler, stop);
    if (!changed) return std::nullopt;
    const auto kl = meanKlBits(bench, *plain, stop);
    if (!kl) return std::nullopt;
    const auto parted = std::ranges::mismatch(*plain, *changed);
    const AlignmentCounts counts = countPairs(alignTokens(*plain, *changed));
    const auto tokens = static_cast<double>(plain->size() + changed->size());
    return SeedOutcome{
        .seed = seed,
        .klBits = *kl,
        .firstDifference = *plain == *changed
                               ? std::nullopt
                               : std::optional(static_cast<int>(parted.in1 - plain->begin())),
        .differing = tokens > 0 ? 1 - 2 * counts.same / tokens : 0,
        .plainTokens = static_cast<int>(plain->size()),
        .changedTokens = static_cast<int>(changed->size())};
}

void checkOptions(const Options& options, const InterventionSet& changed) {
    if (options.prompt.has_value() == !options.tokens.empty())
        throw Error(ErrorKind::BadUsage, "expected either -p TEXT or --tokens ids.npy");
    if (options.seeds < 2 || options.seeds > kMostSeeds)
        throw Error(ErrorKind::BadUsage,
                    fmt::format("--seeds {}: expected 2 to {}; an interval needs more than one",
                                options.seeds,
                                kMostSeeds));
    if (options.count < 1)
        throw Error(ErrorKind::BadUsage,
                    fmt::format("-n {}: expected at least 1 token", options.count));
    if (changed.empty())
        throw Error(ErrorKind::BadUsage,
                    "there is nothing to compare with: give an intervention, like --ablate 3:5");
    validate(options.sampler);
    if (options.sampler.temperature == 0)
        throw Error(ErrorKind::BadUsage,
                    "--temp 0: every seed would say the same; expected a temperature above 0");
}

int seeds(const Options& options, const Context& context) {
    const InterventionSet changed = options.interventions.set();
    checkOptions(options, changed);
    const DecoderOptions decoderOptions = options.decoder.options();
    auto source = openWhole(options.model);
    validate(changed, source->config());
    const auto tokenizer = source->tokenizer();
    PromptSegment segment;
    if (options.prompt)
        segment.text = *options.prompt;
    else
        segment.tokens = readTokens(options.tokens);
    const ModelConfig config = source->config();
    auto prompt = encodePrompt({&segment, 1}, tokenizer.get(), config, config.contextLength).tokens;
    const int length = static_cast<int>(prompt.size()) + options.count;
    // Two KV caches to score with, one for each way: what one of twice the length takes.
    const LoadedModel model =
        loadModel(std::move(source), decoderOptions, 2 * length, context.interrupted);
    if (!model.decoder) return kExitInterrupted;
    Sequence sequence(model.decoder->config(), model.decoder->makeCache(length));
    const Bench bench{*model.decoder,
                      sequence,
                      tokenizer,
                      std::move(prompt),
                      changed,
                      options.sampler,
                      options.count};
    std::vector<SeedOutcome> outcomes;
    {
        ProgressBar bar("seeds", ProgressBar::Unit::Tokens);
        for (int i = 0; i < options.seeds; ++i) {
            const auto outcome = runSeed(
                bench, options.sampler.seed + static_cast<unsigned>(i), context.interrupted);
            if (!outcome) return kExitInterrupted;
            outcomes.push_back(*outcome);
            bar.update(outcomes.size(), static_cast<std::uint64_t>(options.seeds));
        }
    }
    if (options.json)
        fmt::print("{}\n", seedsJson(outcomes, describe(changed), model.source->isSynthetic()));
    else
        fmt::print("{}{}", badge(*model.source), seedsText(outcomes));
    return kExitOk;
}

}  // namespace

void addSeeds(Command& root, Run& run) {
    auto options = std::make_shared<Options>();
    Command command = root.subcommand(
        "seeds",
        "Continue a text plain and with interventions, with N seeds, and say what differs, each "
        "with its 95 % interval over the seeds: KL in bits a token, replies whose first token is "
        "another, replies that differ at all, tokens that differ.\n"
        "Example: gatescope-cli seeds MODEL -p 'The router' -n 40 --seeds 20 --ablate 3:5");
    command.option("MODEL", options->model).required();
    command.option("-p,--prompt", options->prompt, "text to continue");
    command.option("--tokens", options->tokens, "ids to continue, int32 [T], a NumPy file");
    command.option("-n", options->count, "tokens of a reply at most").showDefault();
    command.option("--seeds", options->seeds, "how many: --seed and those behind it").showDefault();
    command.flag("--json", options->json, "one JSON document: every seed, and the summary");
    addSampler(command, options->sampler);
    options->decoder.addTo(command);
    options->interventions.addTo(command, "--top-k");
    command.whenChosen([options, &run] {
        run = [options](const Context& context) { return seeds(*options, context); };
    });
}

}  // namespace gatescope::cli
