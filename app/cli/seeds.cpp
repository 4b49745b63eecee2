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
#include "app/cli/quantised_model.h"
#include "app/cli/seed_summary.h"
#include "app/exit_status.h"
#include "engine/comparison/score_run.h"
#include "engine/comparison/seed_run.h"
#include "engine/error.h"
#include "engine/generation/generation_run.h"
#include "engine/generation/prompt.h"

namespace gatescope::cli {
namespace {

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

/// What every seed is run with.
struct Bench {
    Decoder& decoder;
    Sequence& sequence;
    std::shared_ptr<const Tokenizer> tokenizer;
};

/// False: interrupted.
bool runRequest(const Bench& bench,
                SeedRun::Request request,
                SeedRun& run,
                const std::stop_token& stop) {
    const auto take = [&run](Event event) { run.take(event); };
    if (auto* reply = std::get_if<GenerationRequest>(&request)) {
        reply->id = 1;
        GenerationRun generation(
            {bench.decoder, bench.sequence, bench.tokenizer}, std::move(*reply), take);
        return generation.run(stop) != FinishReason::Stopped;
    }
    auto& score = std::get<ScoreRequest>(request);
    score.id = 1;
    ScoreRun scoring({bench.decoder, bench.sequence, bench.tokenizer.get()}, score, take);
    return scoring.run(stop) != StepStatus::Stopped;
}

/// Nothing: interrupted.
std::optional<SeedOutcome> runSeed(const Bench& bench,
                                   const SeedComparison& comparison,
                                   std::uint64_t seed,
                                   const std::stop_token& stop) {
    SeedRun run(comparison, seed);
    while (auto request = run.next()) {
        if (!runRequest(bench, std::move(*request), run, stop)) return std::nullopt;
        run.ended();
    }
    return run.outcome();
}

SeedComparison comparisonOf(const Options& options) {
    if (options.prompt.has_value() == !options.tokens.empty())
        throw Error(ErrorKind::BadUsage, "expected either -p TEXT or --tokens ids.npy");
    SeedComparison comparison{.prompt = {},
                              .plain = {},
                              .changed = options.interventions.set(),
                              .sampler = options.sampler,
                              .maxTokens = options.count,
                              .seeds = options.seeds};
    validate(comparison);
    return comparison;
}

int seeds(const Options& options, const Context& context) {
    SeedComparison comparison = comparisonOf(options);
    const DecoderOptions decoderOptions = options.decoder.options();
    auto source = openWhole(options.model);
    validate(comparison.changed, source->config());
    const auto tokenizer = source->tokenizer();
    PromptSegment segment;
    if (options.prompt)
        segment.text = *options.prompt;
    else
        segment.tokens = readTokens(options.tokens);
    const ModelConfig config = source->config();
    comparison.prompt =
        encodePrompt({&segment, 1}, tokenizer.get(), config, config.contextLength).tokens;
    const int length = static_cast<int>(comparison.prompt.size()) + options.count;
    // Two KV caches to score with, one for each way: what one of twice the length takes.
    const LoadedModel model =
        loadModel(std::move(source), decoderOptions, 2 * length, context.interrupted);
    if (!model.decoder) return kExitInterrupted;
    Sequence sequence(model.decoder->config(), model.decoder->makeCache(length));
    const Bench bench{*model.decoder, sequence, tokenizer};
    std::vector<SeedOutcome> outcomes;
    {
        ProgressBar bar("seeds", ProgressBar::Unit::Tokens);
        for (int i = 0; i < options.seeds; ++i) {
            const auto outcome = runSeed(bench,
                                         comparison,
                                         options.sampler.seed + static_cast<unsigned>(i),
                                         context.interrupted);
            if (!outcome) return kExitInterrupted;
            outcomes.push_back(*outcome);
            bar.update(outcomes.size(), static_cast<std::uint64_t>(options.seeds));
        }
    }
    if (options.json)
        fmt::print("{}\n",
                   seedsJson(outcomes, describe(comparison.changed), model.source->isSynthetic()));
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
        run = [options](const Context& context) { return runQuantised(*options, context, seeds); };
    });
}

}  // namespace gatescope::cli
