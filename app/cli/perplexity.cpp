#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "app/cli/command.h"
#include "app/cli/model_loading.h"
#include "app/cli/model_options.h"
#include "app/cli/progress_bar.h"
#include "app/cli/quantised_model.h"
#include "app/exit_status.h"
#include "engine/error.h"
#include "engine/model/open_model.h"

namespace gatescope::cli {
namespace {

/// Tokens of one call; logits of a full-size vocabulary are 0.5 MB each.
constexpr std::size_t kChunk = 64;

struct Options {
    std::string model;
    std::string file;
    int ctx = 512;
    bool json = false;
    DecoderChoice decoder;
};

std::string readText(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in || std::filesystem::is_directory(file))
        throw Error(ErrorKind::BadInput,
                    fmt::format("{}: expected a text file, found none that can be read", file));
    std::string text{std::istreambuf_iterator<char>(in), {}};
    if (text.empty())
        throw Error(ErrorKind::BadInput, fmt::format("{}: there is no text in it", file));
    return text;
}

/// -log p(next) in nats, in double: log-sum-exp over a large vocabulary loses digits in float.
double negativeLogLikelihood(std::span<const float> logits, TokenId next) {
    const double top = *std::max_element(logits.begin(), logits.end());
    double sum = 0;
    for (const float logit : logits) sum += std::exp(logit - top);
    return top + std::log(sum) - logits[static_cast<std::size_t>(next)];
}

struct Total {
    double nats = 0;
    std::uint64_t predicted = 0;
    std::uint64_t bytes = 0;  ///< of text that the predicted tokens spell
};

/// One window: every token but its first is predicted from those before it. False: interrupted.
bool addWindow(Decoder& decoder,
               const Tokenizer& tokenizer,
               std::span<const TokenId> window,
               KvCache& cache,
               std::stop_token stop,
               Total& total) {
    const auto vocab = static_cast<std::size_t>(decoder.config().vocabSize);
    StepOutput out;
    cache.truncate(0);
    for (std::size_t first = 0; first + 1 < window.size(); first += kChunk) {
        const std::size_t count = std::min(kChunk, window.size() - 1 - first);
        const Batch batch{.tokens = window.subspan(first, count),
                          .logitsFor = LogitsFor::AllTokens};
        if (decoder.forward(batch, cache, {}, out, stop) == StepStatus::Stopped) return false;
        requireFinite(out, decoder.config(), static_cast<int>(first));
        for (std::size_t i = 0; i < count; ++i) {
            const TokenId next = window[first + i + 1];
            total.nats +=
                negativeLogLikelihood(std::span(out.logits).subspan(i * vocab, vocab), next);
            const PieceSurface surface = tokenizer.surface(next);
            total.bytes += surface.byte ? 1 : surface.text.size();
        }
        total.predicted += count;
    }
    return true;
}

int perplexity(const Options& options, const Context& context) {
    const DecoderOptions decoderOptions = options.decoder.options();
    if (options.ctx < 2)
        throw Error(ErrorKind::BadUsage, fmt::format("--ctx {}: expected at least 2", options.ctx));
    const std::string text = readText(options.file);
    auto source = openModel(options.model);
    const auto tokenizer = loadTokenizer(*source);
    const auto tokens = tokenizer->encode(text);
    if (tokens.size() < 2)
        throw Error(ErrorKind::BadInput,
                    fmt::format("{}: expected at least 2 tokens of text", options.file));

    const int ctx = std::min(options.ctx, source->config().contextLength);
    const LoadedModel model =
        loadModel(std::move(source), decoderOptions, ctx, context.interrupted);
    if (!model.decoder) return kExitInterrupted;
    const auto cache = model.decoder->makeCache(ctx);
    ProgressBar bar("perplexity", ProgressBar::Unit::Tokens);
    Total total;
    for (std::size_t first = 0; first + 1 < tokens.size(); first += static_cast<std::size_t>(ctx)) {
        const std::size_t count = std::min(static_cast<std::size_t>(ctx), tokens.size() - first);
        if (!addWindow(*model.decoder,
                       *tokenizer,
                       std::span(tokens).subspan(first, count),
                       *cache,
                       context.interrupted,
                       total))
            return kExitInterrupted;
        bar.update(first + count, tokens.size());
    }
    const double nats = total.nats / static_cast<double>(total.predicted);
    const double bitsPerByte = total.nats / std::log(2.0) / static_cast<double>(total.bytes);
    if (options.json) {
        const nlohmann::ordered_json out{{"model", options.model},
                                         {"synthetic", model.source->isSynthetic()},
                                         {"file", options.file},
                                         {"ctx", ctx},
                                         {"tokens", tokens.size()},
                                         {"predicted_tokens", total.predicted},
                                         {"nats_per_token", nats},
                                         {"perplexity", std::exp(nats)},
                                         {"bits_per_byte", bitsPerByte}};
        fmt::print("{}\n", out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
    } else {
        fmt::print(
            "{}perplexity {:.3f} ({:.4f} nats a token over {} tokens in windows of {}; {:.3f} bits "
            "a byte)\n",
            badge(*model.source),
            std::exp(nats),
            nats,
            total.predicted,
            ctx,
            bitsPerByte);
    }
    return kExitOk;
}

}  // namespace

void addPerplexity(Command& root, Run& run) {
    auto options = std::make_shared<Options>();
    Command command = root.subcommand(
        "perplexity",
        "How well the model predicts a text, in windows of --ctx tokens that do not overlap; the "
        "first token of "
        "each is not predicted.\nExample: gatescope-cli perplexity MODEL --file book.txt");
    command.option("MODEL", options->model).required();
    command.option("--file", options->file, "UTF-8 text").required();
    command.option("--ctx", options->ctx, "window, at most the model's context").showDefault();
    command.flag("--json", options->json, "one JSON document");
    options->decoder.addTo(command);
    command.whenChosen([options, &run] {
        run = [options](const Context& context) {
            return runQuantised(*options, context, perplexity);
        };
    });
}

}  // namespace gatescope::cli
