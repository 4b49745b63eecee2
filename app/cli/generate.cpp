#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/cli/command.h"
#include "app/cli/engine_run.h"
#include "app/cli/model_loading.h"
#include "app/cli/model_options.h"
#include "app/cli/quantised_model.h"
#include "app/cli/recorded_run.h"
#include "app/cli/routing_summary.h"
#include "app/exit_status.h"
#include "engine/error.h"
#include "engine/model/open_model.h"

namespace gatescope::cli {
namespace {

struct Options {
    std::string model;
    std::optional<std::string> prompt;
    std::string tokens;
    int count = 128;
    bool ignoreEos = false;
    std::vector<std::string> stop;
    std::string record;
    bool json = false;
    bool speculate = false;
    SamplerConfig sampler;
    DecoderChoice decoder;
    InterventionChoice interventions;
};

GenerationRequest requestOf(const Options& options) {
    GenerationRequest request;
    request.id = 1;
    request.interventions = options.interventions.set();
    PromptSegment segment;
    segment.interventions = request.interventions;
    if (options.prompt)
        segment.text = *options.prompt;
    else
        segment.tokens = readTokens(options.tokens);
    request.prompt.push_back(std::move(segment));
    request.sampler = options.sampler;
    request.maxTokens = options.count;
    request.stopStrings = options.stop;
    request.stopAtEos = !options.ignoreEos;
    request.speculate = options.speculate;
    return request;
}

RoutingStats statsOf(const std::vector<TokenRecord>& tokens, const ModelConfig& config) {
    RoutingStats stats(config.numLayers, config.numExperts);
    for (const auto& token : tokens)
        if (token.routing) stats.add(*token.routing);
    return stats;
}

double milliseconds(std::chrono::microseconds time) {
    return static_cast<double>(time.count()) / 1000.0;
}

/// Of the decode steps that computed one token each, so that speculation has no part in it; a reply
/// of one token has none, and its time since the prompt is given.
double msPerToken(const GenerationTimings& timings) {
    if (timings.generatedTokens < 1) return 0;
    if (timings.plainTokens == 0) return milliseconds(timings.timeToFirstToken - timings.prefill);
    return milliseconds(timings.plainDecode) / timings.plainTokens;
}

/// Of all tokens but the first, drafted ones too.
double msPerTokenWithDrafts(const GenerationTimings& timings) {
    return timings.generatedTokens > 1
               ? milliseconds(timings.decode) / (timings.generatedTokens - 1)
               : msPerToken(timings);
}

nlohmann::ordered_json speculationJson(const RunOutcome& outcome) {
    const GenerationTimings& timings = outcome.finished->timings;
    std::vector<std::size_t> draftedAt;
    for (std::size_t i = 0; i < outcome.reply.size(); ++i)
        if (outcome.reply[i].drafted) draftedAt.push_back(i);
    return {{"drafted", timings.speculation.drafted},
            {"accepted", timings.speculation.accepted},
            {"drafted_at", draftedAt},
            {"ms_per_token_with_drafts", msPerTokenWithDrafts(timings)}};
}

nlohmann::ordered_json toJson(const Options& options,
                              const ModelInfo& model,
                              const RunOutcome& outcome,
                              const RoutingStats& stats) {
    const GenerationTimings& timings = outcome.finished->timings;
    std::vector<TokenId> ids;
    std::vector<float> logProbs;
    for (const auto& token : outcome.reply) {
        ids.push_back(token.token);
        logProbs.push_back(token.logProb);
    }
    std::vector<TokenId> promptIds;
    for (const auto& token : outcome.prompt) promptIds.push_back(token.token);
    nlohmann::ordered_json json{{"model", options.model},
                                {"synthetic", model.synthetic},
                                {"prompt_ids", promptIds},
                                {"ids", ids},
                                {"text", outcome.text},
                                {"logprobs", logProbs},
                                {"ms_per_token", msPerToken(timings)},
                                {"prefill_ms", milliseconds(timings.prefill)},
                                {"time_to_first_token_ms", milliseconds(timings.timeToFirstToken)},
                                {"finish_reason", name(outcome.finished->reason)},
                                {"seed", options.sampler.seed},
                                {"decoder", model.decoder},
                                {"routing", routingJson(stats)}};
    if (options.speculate) json["speculation"] = speculationJson(outcome);
    return json;
}

/// What speculation did, for people; empty without it.
std::string speculationText(const Options& options, const GenerationTimings& timings) {
    if (!options.speculate) return {};
    return fmt::format(" ({:.1f} with drafts, {} of {} right)",
                       msPerTokenWithDrafts(timings),
                       timings.speculation.accepted,
                       timings.speculation.drafted);
}

int generate(const Options& options, const Context& context) {
    if (options.prompt.has_value() == !options.tokens.empty())
        throw Error(ErrorKind::BadUsage, "expected either -p TEXT or --tokens ids.npy");
    validate(options.sampler);
    if (options.count < 1)
        throw Error(ErrorKind::BadUsage,
                    fmt::format("-n {}: expected at least 1 token", options.count));
    const DecoderOptions decoderOptions = options.decoder.options();
    GenerationRequest request = requestOf(options);
    {
        const auto source = openModel(options.model);  // told before gigabytes are read
        validate(request.interventions, source->config());
        if (options.prompt)
            loadTokenizer(*source);
        else
            checkTokens(request.prompt.front().tokens, source->config(), options.tokens);
    }

    EngineRun engine(context.interrupted, !options.json);
    const auto model = engine.load(options.model, decoderOptions);
    if (!model) return kExitInterrupted;
    const RunOutcome outcome = engine.run(std::move(request));
    if (!options.json && !outcome.text.empty()) fmt::print("\n");
    if (!options.record.empty() && !outcome.reply.empty())
        saveRun({.outcome = outcome,
                 .model = *model,
                 .modelPath = options.model,
                 .fingerprint = model->fingerprint,
                 .promptText = options.prompt,
                 .title = {},
                 .sampler = options.sampler,
                 .interventions = options.interventions.set()},
                options.record);
    outcome.throwFailure();

    const RoutingStats stats = statsOf(outcome.reply, model->config);
    if (options.json)
        fmt::print("{}\n",
                   toJson(options, *model, outcome, stats)
                       .dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
    else
        fmt::print(stderr,
                   "{}{:.1f} ms a token{}, {}; {}\n",
                   model->synthetic ? "SYNTHETIC " : "",
                   msPerToken(outcome.finished->timings),
                   speculationText(options, outcome.finished->timings),
                   name(outcome.finished->reason),
                   routingLine(stats));
    return context.interrupted.stop_requested() ? kExitInterrupted : kExitOk;
}

}  // namespace

void addGenerate(Command& root, Run& run) {
    auto options = std::make_shared<Options>();
    Command command = root.subcommand(
        "generate",
        "Continue a text, streaming it to standard output.\n"
        "Example: gatescope-cli generate MODEL -p 'The router' -n 40 --temp 0 --record out.gscope");
    command.option("MODEL", options->model).required();
    command.option("-p,--prompt", options->prompt, "text to continue");
    command.option("--tokens", options->tokens, "ids to continue, int32 [T], a NumPy file");
    command.option("-n", options->count, "tokens to generate at most").showDefault();
    command.flag("--ignore-eos", options->ignoreEos, "go on after the end-of-text token");
    command.option("--stop", options->stop, "end before this text (repeatable)");
    command.option("--record", options->record, "write tokens and routing to FILE.gscope");
    command.flag("--json",
                 options->json,
                 "one JSON document: ids, text, ms_per_token, finish_reason, routing by layer");
    command.flag("--speculate", options->speculate, kSpeculateHelp);
    addSampler(command, options->sampler);
    options->decoder.addTo(command);
    options->interventions.addTo(command, "--top-k");
    command.whenChosen([options, &run] {
        run = [options](const Context& context) {
            return runQuantised(*options, context, generate);
        };
    });
}

}  // namespace gatescope::cli
