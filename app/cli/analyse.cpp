#include <fmt/format.h>

#include <charconv>
#include <memory>
#include <string>

#include "app/cli/analysis/analysis.h"
#include "app/cli/analysis/files.h"
#include "app/cli/analysis/text.h"
#include "app/cli/command.h"
#include "app/cli/prompts/run_prompts.h"
#include "app/cli/quantised_model.h"
#include "app/exit_status.h"
#include "engine/error.h"
#include "engine/io/npy.h"
#include "engine/io/shown_text.h"

namespace gatescope::cli {
namespace {

struct Options {
    std::string file;
    std::optional<std::string> range;
    std::string population = "generated";
    int layer = -1;
    bool oneLayer = false;
    std::optional<std::string> against;
    std::optional<std::string> tags;
    std::optional<std::string> csv;
    bool json = false;
    std::optional<std::string> prompts;
    std::optional<std::string> out;
    PromptsRequest run;  ///< the rest of what --prompts takes
};

Population populationOf(const std::string& name) {
    if (name == "prompt") return Population::Prompt;
    return name == "all" ? Population::All : Population::Generated;
}

/// "BEGIN:END" within the trace.
void readRange(const std::string& text, int size, TokenChoice& tokens) {
    const char* const end = text.data() + text.size();
    const auto first = std::from_chars(text.data(), end, tokens.first);
    const bool colon = first.ec == std::errc() && first.ptr != end && *first.ptr == ':';
    const auto last = std::from_chars(colon ? first.ptr + 1 : end, end, tokens.end);
    if (colon && last.ec == std::errc() && last.ptr == end && tokens.first >= 0 &&
        tokens.first < tokens.end && tokens.end <= size)
        return;
    throw Error(ErrorKind::BadUsage,
                fmt::format("--range {}: expected BEGIN:END with 0 <= BEGIN < END <= {}, the "
                            "branch's tokens",
                            shownText(text),
                            size));
}

TokenChoice chooseTokens(const Options& options, const RoutedRun& run) {
    TokenChoice tokens{populationOf(options.population), 0, run.trace.size()};
    if (options.range) readRange(*options.range, run.trace.size(), tokens);
    int there = 0;
    for (int t = tokens.first; t < tokens.end; ++t)
        there += run.trace.record(t, tokens.population) != nullptr ? 1 : 0;
    if (there == 0)
        throw Error(ErrorKind::BadUsage,
                    fmt::format("{}: no token with routing in {}:{} for --population {}; the whole "
                                "branch has {} generated ones and {} of the prompt",
                                run.file,
                                tokens.first,
                                tokens.end,
                                options.population,
                                run.generated,
                                run.prompt));
    return tokens;
}

std::optional<int> chooseLayer(const Options& options, const RoutedRun& run) {
    if (!options.oneLayer) return std::nullopt;
    if (options.layer < 0 || options.layer >= run.trace.numLayers())
        throw Error(ErrorKind::BadUsage,
                    fmt::format("--layer {}: {} has layers 0 to {}",
                                options.layer,
                                run.file,
                                run.trace.numLayers() - 1));
    return options.layer;
}

std::vector<std::int32_t> readTags(const std::string& file, int tokens) {
    auto tags = readNpy<std::int32_t>(file);
    if (tags.shape.size() != 1 || tags.shape[0] != tokens)
        throw Error(
            ErrorKind::BadInput,
            fmt::format("{}: expected one tag a token of the branch, int32 [{}], found [{}]",
                        file,
                        tokens,
                        fmt::join(tags.shape, ", ")));
    for (std::size_t t = 0; t < tags.data.size(); ++t)
        if (tags.data[t] < kNoLabel)
            throw Error(ErrorKind::BadInput,
                        fmt::format("{}: the tag of token {} is {}, expected 0 or more, or -1 for "
                                    "none",
                                    file,
                                    t,
                                    tags.data[t]));
    return std::move(tags.data);
}

int run(const Options& options) {
    const RoutedRun recorded = readRun(options.file);
    const TokenChoice tokens = chooseTokens(options, recorded);
    const auto layer = chooseLayer(options, recorded);
    AnalysisRequest request{.tokens = tokens, .layer = layer, .domains = {}};
    if (options.tags) request.domains = readTags(*options.tags, recorded.trace.size());
    std::optional<Comparison> comparison;
    if (options.against) comparison = compare(recorded, tokens, readRun(*options.against));
    const Analysis analysis = analyse(recorded, request);
    const AnalysisFacts facts{recorded, analysis, comparison ? &*comparison : nullptr};
    if (options.csv) {
        const auto files =
            writeAnalysisCsv(facts, tablesOf(analysis, facts.comparison, layer), *options.csv);
        if (!options.json)
            for (const auto& file : files) fmt::print("{}\n", file.string());
    }
    if (options.json)
        fmt::print("{}", analysisJson(facts, tablesOf(analysis, facts.comparison, layer)));
    else if (!options.csv)
        printAnalysis(facts, layer);
    return kExitOk;
}

int runPromptFile(Options& options, bool populationGiven, const Context& context) {
    if (!options.out)
        throw Error(ErrorKind::BadUsage, "--prompts: expected --out DIR for what is written");
    if (options.range || options.oneLayer || options.against || options.tags || options.csv)
        throw Error(ErrorKind::BadUsage,
                    "--prompts: --range, --layer, --against, --tags and --csv are for recordings; "
                    "give a prompt's tag in its line");
    PromptsRequest& request = options.run;
    const auto model = quantisedModel(options.file, request.decoder, context.interrupted);
    if (!model) return kExitInterrupted;
    request.model = *model;
    request.prompts = *options.prompts;
    request.out = *options.out;
    request.json = options.json;
    if (populationGiven) request.population = populationOf(options.population);
    return runPrompts(request, context);
}

void addPromptOptions(Command& command, Options& options) {
    command.option("--prompts",
                   options.prompts,
                   "JSON lines {\"prompt\": ..., \"tag\": ..., \"id\": ..., \"max_tokens\": ...}: "
                   "run each on the model FILE, record it, and write the statistics of all");
    command.option("--out", options.out, "folder for what --prompts writes; made if absent");
    command
        .option("-n",
                options.run.count,
                "with --prompts: tokens to generate after a prompt that does not say; 0: none")
        .showDefault();
    command.flag("--ignore-eos", options.run.ignoreEos, "go on after the end-of-text token");
    addSampler(command, options.run.sampler);
    options.run.decoder.addTo(command);
    options.run.interventions.addTo(command, "--top-k");
}

}  // namespace

void addAnalyse(Command& root, Run& chosen) {
    auto options = std::make_shared<Options>();
    Command command = root.subcommand(
        "analyse",
        "Statistics of a recording's routing: load, entropy, margins, pairs, transitions, "
        "repetition, specialisation, each with what chance gives and how many tokens it stands "
        "on.\n"
        "Example: gatescope-cli analyse chat.gscope --csv tables/\n"
        "         gatescope-cli analyse MODEL --prompts file.jsonl -n 64 --out run/");
    command
        .option("FILE",
                options->file,
                "a .gscope recording; the branch shown last. With --prompts: a model")
        .required();
    command.option("--range", options->range, "BEGIN:END, these tokens of the branch only");
    command.option("--population", options->population, "generated, prompt or all tokens")
        .oneOf({"generated", "prompt", "all"})
        .showDefault();
    command.option("--layer", options->layer, "every number of this layer");
    command.option(
        "--against",
        options->against,
        "another recording of the model: how alike the same tokens are routed, and which "
        "experts are selected more here than there");
    command.option(
        "--tags", options->tags, "a NumPy file, int32 [tokens]: each token's domain, -1 for none");
    command.option("--csv", options->csv, "write all numbers as tables into this folder");
    command.flag("--json", options->json, "one JSON document with all numbers");
    addPromptOptions(command, *options);
    command.whenChosen([options, command, &chosen] {
        options->oneLayer = command.given("--layer");
        const bool populationGiven = command.given("--population");
        chosen = [options, populationGiven](const Context& context) {
            return options->prompts ? runPromptFile(*options, populationGiven, context)
                                    : run(*options);
        };
    });
}

}  // namespace gatescope::cli
