#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/cli/command.h"
#include "app/cli/model_loading.h"
#include "app/cli/model_options.h"
#include "app/cli/progress_bar.h"
#include "app/cli/routing_summary.h"
#include "app/exit_status.h"
#include "engine/engine.h"
#include "engine/error.h"
#include "engine/model/open_model.h"
#include "engine/store/conversation_store.h"

namespace gatescope::cli {
namespace {

using namespace std::chrono_literals;

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

/// What the engine's events add up to.
struct Outcome {
    std::shared_ptr<const ModelInfo> model;
    std::vector<TokenRecord> prompt;
    std::vector<TokenRecord> reply;
    std::string text;
    std::optional<GenerationFinished> finished;
    std::optional<EngineFailed> failure;
    bool loadCancelled = false;
};

class Listener {
  public:
    Listener(Outcome& outcome, bool stream) : outcome_(outcome), stream_(stream) {}

    void operator()(const LoadProgressed& e) {
        load_.update(e.progress.bytesDone, e.progress.bytesTotal);
    }
    void operator()(const ModelUsable&) {}  // a load is no part of what is timed
    void operator()(const ModelLoaded& e) {
        outcome_.model = e.model;
        if (e.model->note.empty()) return;
        load_.clear();
        fmt::print(stderr, "{}\n", e.model->note);
    }
    void operator()(const LoadCancelled&) { outcome_.loadCancelled = true; }
    void operator()(const ModelUnloaded&) {}
    void operator()(const PromptEncoded& e) {
        for (const auto& segment : e.segments)
            for (const TokenId id : segment) {
                TokenRecord token;
                token.token = id;
                outcome_.prompt.push_back(std::move(token));
            }
    }
    void operator()(const PrefillProgressed& e) {
        for (std::size_t i = 0; i < e.routing.size(); ++i)
            outcome_.prompt[static_cast<std::size_t>(e.firstPosition) + i].routing = e.routing[i];
        prefill_.update(static_cast<std::uint64_t>(e.done), static_cast<std::uint64_t>(e.total));
    }
    void operator()(const TokenGenerated& e) {
        outcome_.reply.push_back({.token = e.token,
                                  .text = e.text,
                                  .generated = true,
                                  .drafted = e.drafted,
                                  .logProb = e.logProb,
                                  .routing = e.routing});
        append(e.text);
    }
    void operator()(const GenerationFinished& e) {
        append(e.trailingText);
        outcome_.finished = e;
    }
    void operator()(const PositionsScored&) {}  // nothing here asks for scores
    void operator()(const ScoreFinished&) {}
    void operator()(const EngineFailed& e) { outcome_.failure = e; }

  private:
    void append(const std::string& text) {
        outcome_.text += text;
        if (!stream_) return;
        std::fwrite(text.data(), 1, text.size(), stdout);
        std::fflush(stdout);
    }

    Outcome& outcome_;
    bool stream_;
    ProgressBar load_{"loading", ProgressBar::Unit::Bytes};
    ProgressBar prefill_{"reading the prompt", ProgressBar::Unit::Tokens};
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

/// Drains events until `done`; passes a Ctrl-C on to the engine once.
template <class Done>
void listenUntil(Engine& engine,
                 Listener& listener,
                 const std::stop_token& interrupted,
                 Done done) {
    bool stopped = false;
    while (!done()) {
        if (const auto event = engine.waitEvent(50ms)) std::visit(listener, *event);
        if (interrupted.stop_requested() && !std::exchange(stopped, true)) {
            engine.cancelLoad();
            engine.stop();
        }
    }
}

void throwFailure(const Outcome& outcome) {
    if (outcome.failure) throw Error(outcome.failure->kind, outcome.failure->message);
}

RoutingStats statsOf(const std::vector<TokenRecord>& tokens, const ModelConfig& config) {
    RoutingStats stats(config.numLayers, config.numExperts);
    for (const auto& token : tokens)
        if (token.routing) stats.add(*token.routing);
    return stats;
}

/// The prompt's tokens with their texts, so that a recording can be read without the vocabulary.
void spell(std::vector<TokenRecord>& prompt, const std::shared_ptr<const Tokenizer>& tokenizer) {
    if (!tokenizer || prompt.empty()) return;
    StreamDecoder decoder(tokenizer, true);
    for (auto& token : prompt) token.text = decoder.next(token.token);
    prompt.back().text += decoder.finish();
}

void saveRecording(const Options& options, const Outcome& outcome) {
    const ModelInfo& model = *outcome.model;
    auto library = ConversationStore::inMemory();
    ConversationSummary conversation;
    conversation.templateName = "continuation";
    conversation.model = options.model;
    conversation.facts = {.name = model.name,
                          .numLayers = model.config.numLayers,
                          .numExperts = model.config.numExperts,
                          .numSelected = model.config.numSelected,
                          .synthetic = model.synthetic,
                          .decoder = model.decoder,
                          .precision = model.precision};
    Message prompt;
    prompt.tokens = outcome.prompt;
    spell(prompt.tokens, model.tokenizer);
    for (const auto& token : prompt.tokens) prompt.text += token.text;
    if (options.prompt) prompt.text = *options.prompt;
    conversation.title = prompt.text.substr(0, prompt.text.find('\n'));
    prompt.interventions = options.interventions.set();
    const ConversationId id = library.createConversation(conversation);
    Message reply;
    reply.parent = library.addMessage(id, prompt);
    reply.role = Role::Assistant;
    reply.text = outcome.text;
    reply.tokens = outcome.reply;
    reply.sampler = options.sampler;
    reply.interventions = prompt.interventions;
    reply.finishReason = outcome.finished->reason;
    library.addMessage(id, reply);
    library.saveRecording(id, options.record);
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

nlohmann::ordered_json speculationJson(const Outcome& outcome) {
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
                              const Outcome& outcome,
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
                                {"synthetic", outcome.model->synthetic},
                                {"prompt_ids", promptIds},
                                {"ids", ids},
                                {"text", outcome.text},
                                {"logprobs", logProbs},
                                {"ms_per_token", msPerToken(timings)},
                                {"prefill_ms", milliseconds(timings.prefill)},
                                {"time_to_first_token_ms", milliseconds(timings.timeToFirstToken)},
                                {"finish_reason", name(outcome.finished->reason)},
                                {"seed", options.sampler.seed},
                                {"decoder", outcome.model->decoder},
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

    Outcome outcome;
    Listener listener(outcome, !options.json);
    Engine engine;
    engine.load(options.model, decoderOptions);
    listenUntil(engine, listener, context.interrupted, [&] {
        return outcome.model || outcome.failure || outcome.loadCancelled;
    });
    throwFailure(outcome);
    if (!outcome.model) return kExitInterrupted;
    engine.submit(std::move(request));
    listenUntil(
        engine, listener, context.interrupted, [&] { return outcome.finished.has_value(); });
    if (!options.json && !outcome.text.empty()) fmt::print("\n");
    if (!options.record.empty() && !outcome.reply.empty()) saveRecording(options, outcome);
    throwFailure(outcome);

    const RoutingStats stats = statsOf(outcome.reply, outcome.model->config);
    if (options.json)
        fmt::print("{}\n",
                   toJson(options, outcome, stats)
                       .dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
    else
        fmt::print(stderr,
                   "{}{:.1f} ms a token{}, {}; {}\n",
                   outcome.model->synthetic ? "SYNTHETIC " : "",
                   msPerToken(outcome.finished->timings),
                   speculationText(options, outcome.finished->timings),
                   name(outcome.finished->reason),
                   routingLine(stats));
    return context.interrupted.stop_requested() ? kExitInterrupted : kExitOk;
}

void addSampler(Command& command, SamplerConfig& sampler) {
    command.option("--temp", sampler.temperature, "temperature; 0: always the likeliest token")
        .showDefault();
    command.option("--top-p", sampler.topP, "keep the smallest set with this probability; 1: all")
        .showDefault();
    command.option("--top-k-tokens", sampler.topK, "keep the k likeliest tokens; 0: all")
        .showDefault();
    command
        .option("--min-p", sampler.minP, "drop tokens below this share of the likeliest; 0: none")
        .showDefault();
    command.option("--repetition-penalty", sampler.repetitionPenalty, "1: none").showDefault();
    command.option("--seed", sampler.seed, "same seed, same text").wholeNumber().showDefault();
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
        run = [options](const Context& context) { return generate(*options, context); };
    });
}

}  // namespace gatescope::cli
