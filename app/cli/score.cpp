#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "app/cli/command.h"
#include "app/cli/model_loading.h"
#include "app/cli/model_options.h"
#include "app/cli/progress_bar.h"
#include "app/cli/quantised_model.h"
#include "app/exit_status.h"
#include "engine/comparison/score_run.h"
#include "engine/error.h"
#include "engine/io/npy.h"

namespace gatescope::cli {
namespace {

struct Options {
    std::string model;
    std::string tokens;
    std::string out;
    DecoderChoice decoder;
    InterventionChoice interventions;
};

/// The arrays, [T] each.
struct Arrays {
    std::vector<float> kl;
    std::vector<float> plain;
    std::vector<float> changed;
    std::vector<std::int32_t> topPlain;
    std::vector<std::int32_t> topChanged;

    void add(const PositionScore& position) {
        kl.push_back(static_cast<float>(position.klBits));
        plain.push_back(position.logProbPlain);
        changed.push_back(position.logProbChanged);
        topPlain.push_back(position.topPlain);
        topChanged.push_back(position.topChanged);
    }
    double meanKl() const {
        double sum = 0;
        for (const float bits : kl) sum += bits;
        return sum / static_cast<double>(kl.size());
    }
};

void write(const Arrays& arrays, const std::filesystem::path& dir) {
    std::error_code error;
    std::filesystem::create_directories(dir, error);
    if (error)
        throw Error(
            ErrorKind::DeviceFault,
            fmt::format("{}: the folder could not be made: {}", dir.string(), error.message()));
    const std::vector shape{static_cast<std::int64_t>(arrays.kl.size())};
    writeNpy<float>(dir / "kl.npy", shape, arrays.kl);
    writeNpy<float>(dir / "logprobs_plain.npy", shape, arrays.plain);
    writeNpy<float>(dir / "logprobs_changed.npy", shape, arrays.changed);
    writeNpy<std::int32_t>(dir / "top_plain.npy", shape, arrays.topPlain);
    writeNpy<std::int32_t>(dir / "top_changed.npy", shape, arrays.topChanged);
}

int score(const Options& options, const Context& context) {
    const InterventionSet changed = options.interventions.set();
    const DecoderOptions decoderOptions = options.decoder.options();
    if (changed.empty())
        throw Error(ErrorKind::BadUsage,
                    "there is nothing to compare with: give --ablate, --force, --bias, --top-k or "
                    "--renormalise");
    const std::vector<TokenId> tokens = readTokens(options.tokens);
    auto source = openWhole(options.model);
    checkTokens(tokens, source->config(), options.tokens);
    validate(changed, source->config());
    const auto count = static_cast<int>(tokens.size());
    // Two KV caches, one for each way: what one of twice the length takes.
    const LoadedModel model =
        loadModel(std::move(source), decoderOptions, 2 * count, context.interrupted);
    if (!model.decoder) return kExitInterrupted;

    const auto tokenizer = model.source->tokenizer();
    Sequence sequence(model.decoder->config(), model.decoder->makeCache(count));
    ScoreRequest request;
    request.id = 1;
    request.sequence = {{.text = {}, .tokens = tokens, .interventions = {}}};
    request.changed = changed;
    Arrays arrays;
    ProgressBar bar("score", ProgressBar::Unit::Tokens);
    ScoreRun run({*model.decoder, sequence, tokenizer.get()}, request, [&](Event event) {
        for (const PositionScore& position : std::get<PositionsScored>(event).positions)
            arrays.add(position);
        bar.update(arrays.kl.size(), tokens.size());
    });
    if (run.run(context.interrupted) == StepStatus::Stopped) return kExitInterrupted;
    write(arrays, options.out);
    fmt::print(stderr,
               "{}{} tokens, mean KL {:.4g} bit, arrays in {}\n",
               badge(*model.source),
               count,
               arrays.meanKl(),
               options.out);
    return kExitOk;
}

}  // namespace

void addScore(Command& root, Run& run) {
    auto options = std::make_shared<Options>();
    Command command = root.subcommand(
        "score",
        "Compute a sequence of ids plain and with interventions, and write what differs, [T] each: "
        "kl.npy (KL of the next token's distributions, plain against changed, in bits), "
        "logprobs_plain.npy and logprobs_changed.npy (ln p of the token that follows; NaN behind "
        "the last), top_plain.npy and top_changed.npy (the most likely next id).\n"
        "Example: gatescope-cli score MODEL --tokens ids.npy --ablate 3:5 --out out/");
    command.option("MODEL", options->model).required();
    command.option("--tokens", options->tokens, "ids, int32 [T], a NumPy file").required();
    command.option("--out", options->out, "folder for the arrays; made if absent").required();
    options->decoder.addTo(command);
    options->interventions.addTo(command, "--top-k");
    command.whenChosen([options, &run] {
        run = [options](const Context& context) { return runQuantised(*options, context, score); };
    });
}

}  // namespace gatescope::cli
