#include "app/cli/rerun.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "app/cli/command.h"
#include "app/cli/engine_run.h"
#include "app/cli/model_loading.h"
#include "app/cli/model_options.h"
#include "app/cli/quantised_model.h"
#include "app/exit_status.h"
#include "engine/error.h"
#include "engine/io/shown_text.h"
#include "engine/model/fingerprint.h"
#include "engine/store/pinned_routes.h"
#include "engine/store/recording.h"

namespace gatescope::cli {
namespace {

struct Options {
    std::string file;
    std::optional<std::string> model;
    bool otherWeights = false;
    bool json = false;
    DecoderChoice decoder;
    bool decoderGiven = false;
    bool precisionGiven = false;
    bool ranksGiven = false;
};

/// A reply, computed once more.
struct Rerun {
    const RecordedReply& recorded;
    std::vector<TokenRecord> tokens;
    /// The first token that is not the recorded one; empty: all are.
    std::optional<std::size_t> differsAt;
};

/// Says in one sentence how `source` differs from what was recorded, or that nobody can tell.
void checkWeights(const RunManifest& manifest,
                  const ModelSource& source,
                  const Options& options,
                  const std::stop_token& stop) {
    if (manifest.facts.fingerprint.empty()) {
        fmt::print(stderr,
                   "{} does not say which weights it was made with: other tokens may mean another "
                   "model\n",
                   options.file);
        return;
    }
    const std::string found = modelFingerprint(source, stop);
    if (found == manifest.facts.fingerprint || stop.stop_requested()) return;
    const std::string sentence =
        fmt::format("{} was made with weights of fingerprint {}, {} has {}",
                    options.file,
                    shownText(manifest.facts.fingerprint),
                    source.name(),
                    found);
    if (!options.otherWeights)
        throw Error(ErrorKind::BadInput,
                    sentence +
                        "; give the same model with --model, or --other-weights to see what "
                        "this one says");
    fmt::print(stderr, "{}\n", sentence);
}

DecoderOptions decoderOptions(const RunManifest& manifest, Options& options) {
    if (!options.decoderGiven && !manifest.facts.decoder.empty())
        options.decoder.kind = manifest.facts.decoder;
    if (!options.precisionGiven && !manifest.facts.precision.empty())
        options.decoder.precision = manifest.facts.precision;
    if (!options.ranksGiven && !options.decoderGiven)
        options.decoder.ranks = manifest.facts.numRanks;
    return options.decoder.options();
}

GenerationRequest requestOf(const RecordedReply& reply) {
    GenerationRequest request;
    request.id = 1;
    request.prompt = reply.prompt;
    request.interventions = reply.interventions;
    request.sampler = reply.sampler;
    request.drawsBefore = reply.drawsBefore;
    request.maxTokens = static_cast<int>(reply.ids.size());
    request.stopAtEos = false;  // as many tokens as were recorded, whatever ended them
    return request;
}

Rerun compareWith(const RecordedReply& recorded, std::vector<TokenRecord> tokens) {
    Rerun rerun{.recorded = recorded, .tokens = std::move(tokens), .differsAt = {}};
    for (std::size_t i = 0; i < recorded.ids.size() && !rerun.differsAt; ++i)
        if (i >= rerun.tokens.size() || rerun.tokens[i].token != recorded.ids[i])
            rerun.differsAt = i;
    return rerun;
}

void print(const Rerun& rerun) {
    const std::size_t count = rerun.recorded.ids.size();
    if (!rerun.differsAt) {
        fmt::print("message {}: the same {} tokens\n", rerun.recorded.message, count);
        return;
    }
    const std::size_t at = *rerun.differsAt;
    const bool there = at < rerun.tokens.size();
    fmt::print(
        "message {}: differs from token {} of {} on: was id {}, is {}\n",
        rerun.recorded.message,
        at,
        count,
        rerun.recorded.ids[at],
        there ? fmt::format("id {} '{}'", rerun.tokens[at].token, shownText(rerun.tokens[at].text))
              : std::string("nothing"));
}

nlohmann::ordered_json toJson(const Rerun& rerun) {
    std::vector<TokenId> ids;
    for (const auto& token : rerun.tokens) ids.push_back(token.token);
    return {{"message", rerun.recorded.message},
            {"tokens", rerun.recorded.ids.size()},
            {"same", !rerun.differsAt.has_value()},
            {"differs_at", rerun.differsAt ? nlohmann::ordered_json(*rerun.differsAt) : nullptr},
            {"recorded_ids", rerun.recorded.ids},
            {"ids", ids}};
}

/// A manifest says what a run was pinned to, not how that was routed. Throws Error(BadInput) where
/// it is not to be found: without it the run would be another one.
void findPins(RunManifest& manifest, const std::string& file) {
    std::vector<Message> own;
    if (std::filesystem::path(file).extension() != ".json") own = readRecording(file).messages;
    std::map<std::string, std::shared_ptr<const RoutePin>> known;  // a file is read once
    const auto find = [&](InterventionSet& set) {
        if (!set.pin) return;
        auto& pin = known[set.pin->fingerprint];
        if (!pin) {
            FoundPin found = findPin(*set.pin, own);
            if (!found.pin)
                throw Error(ErrorKind::BadInput, fmt::format("{}: {}", file, found.problem));
            pin = std::move(found.pin);
        }
        set.pin = pin;
    };
    for (auto& reply : manifest.replies) {
        find(reply.interventions);
        for (auto& segment : reply.prompt) find(segment.interventions);
    }
}

int rerunAll(Options options, const Context& context) {
    RunManifest manifest = readRunManifest(options.file);
    if (manifest.replies.empty())
        throw Error(
            ErrorKind::BadInput,
            fmt::format("{}: nothing was generated in it that could run again", options.file));
    findPins(manifest, options.file);
    const auto opened = quantisedModel(
        options.model.value_or(manifest.model), options.decoder, context.interrupted);
    if (!opened) return kExitInterrupted;
    const std::string& model = *opened;
    const DecoderOptions decoder = decoderOptions(manifest, options);
    {
        const auto source = openWhole(model);
        checkWeights(manifest, *source, options, context.interrupted);
        for (const auto& reply : manifest.replies) {
            for (const auto& segment : reply.prompt)
                checkTokens(segment.tokens, source->config(), options.file);
            validate(reply.sampler);
            validate(reply.interventions, source->config());
        }
    }
    EngineRun engine(context.interrupted, /*stream=*/false);
    if (!engine.load(model, decoder)) return kExitInterrupted;
    bool same = true;
    nlohmann::ordered_json all = nlohmann::ordered_json::array();
    for (const auto& reply : manifest.replies) {
        RunOutcome outcome = engine.run(requestOf(reply));
        outcome.throwFailure();
        if (engine.interrupted()) return kExitInterrupted;
        const Rerun rerun = compareWith(reply, std::move(outcome.reply));
        same = same && !rerun.differsAt;
        if (options.json)
            all.push_back(toJson(rerun));
        else
            print(rerun);
    }
    if (options.json)
        fmt::print("{}\n", nlohmann::ordered_json{{"same", same}, {"replies", all}}.dump(2));
    return same ? kExitOk : kExitDiffers;
}

}  // namespace

void addRerun(Command& record, Run& run) {
    auto options = std::make_shared<Options>();
    Command command = record.subcommand(
        "rerun",
        "Compute the replies of the branch shown last once more, from the recorded prompt, seed, "
        "sampler and interventions, and say where they differ (exit status 1).");
    command
        .option("FILE", options->file, "a .gscope recording, or the manifest or JSON export of one")
        .required();
    command.option("--model", options->model, "the model, where it is not where it was");
    command.flag("--other-weights",
                 options->otherWeights,
                 "go on with a model that is not the recorded one");
    command.flag("--json", options->json, "one JSON document: both lists of ids, where they part");
    options->decoder.addTo(command);
    command.whenChosen([options, command, &run] {
        options->decoderGiven = command.given("--decoder");
        options->precisionGiven = command.given("--precision");
        options->ranksGiven = command.given("--ranks");
        run = [options](const Context& context) { return rerunAll(*options, context); };
    });
}

}  // namespace gatescope::cli
