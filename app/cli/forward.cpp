#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/cli/command.h"
#include "app/cli/model_loading.h"
#include "app/cli/model_options.h"
#include "app/cli/progress_bar.h"
#include "app/cli/quantised_model.h"
#include "app/exit_status.h"
#include "engine/decoder/step.h"
#include "engine/error.h"
#include "engine/generation/scoped_interventions.h"
#include "engine/io/npy.h"

namespace gatescope::cli {
namespace {

/// Tokens computed by one call: bounds the memory of a long sequence; the bar moves after each.
constexpr int kChunk = 64;

struct Options {
    std::string model;
    std::string tokens;
    std::string out;
    bool hidden = false;
    bool parts = false;
    bool lens = false;
    std::string attention;
    DecoderChoice decoder;
    InterventionChoice interventions;
};

/// The arrays of a whole sequence, put together from chunks.
struct Arrays {
    std::vector<float> logits;           // [T, V]
    std::vector<float> routerProbs;      // [L, T, E]
    std::vector<float> routerLse;        // [L, T]
    std::vector<std::int32_t> selected;  // [L, T, K]
    std::vector<float> gates;            // [L, T, K]
    std::vector<float> hidden;           // [L, T, D], if asked for, as the rest
    std::vector<float> embedded;         // [T, D]
    std::vector<float> parts;            // [L, T, 1 + K, D]
    std::vector<float> lens;             // [L, T, V]
    std::vector<float> attention;        // [T, T]
};

/// Copies a chunk [numLayers, numTokens, width] to its place in [numLayers, allTokens, width].
template <class T>
void place(const std::vector<T>& chunk,
           int numLayers,
           int numTokens,
           int first,
           int allTokens,
           std::vector<T>& all) {
    const std::size_t width = chunk.size() / static_cast<std::size_t>(numLayers * numTokens);
    all.resize(static_cast<std::size_t>(numLayers) * static_cast<std::size_t>(allTokens) * width);
    for (int layer = 0; layer < numLayers; ++layer)
        std::copy_n(chunk.begin() + static_cast<std::ptrdiff_t>(
                                        static_cast<std::size_t>(layer * numTokens) * width),
                    static_cast<std::size_t>(numTokens) * width,
                    all.begin() + static_cast<std::ptrdiff_t>(
                                      static_cast<std::size_t>(layer * allTokens + first) * width));
}

/// What the model would say behind each layer, [numLayers, numTokens, vocabSize]. False:
/// interrupted.
bool look(Decoder& decoder,
          const StepOutput& out,
          const std::stop_token& stop,
          std::vector<float>& lens) {
    const ModelConfig& config = decoder.config();
    const std::size_t rows = static_cast<std::size_t>(out.numTokens);
    const std::size_t residuals = rows * static_cast<std::size_t>(config.dModel);
    const std::size_t logits = rows * static_cast<std::size_t>(config.vocabSize);
    lens.resize(static_cast<std::size_t>(config.numLayers) * logits);
    for (std::size_t layer = 0; layer < static_cast<std::size_t>(config.numLayers); ++layer)
        if (decoder.logitsOf(std::span(out.residuals).subspan(layer * residuals, residuals),
                             {},
                             std::span(lens).subspan(layer * logits, logits),
                             stop) == StepStatus::Stopped)
            return false;
    return true;
}

/// False: interrupted.
bool compute(Decoder& decoder,
             const std::vector<TokenId>& tokens,
             const ScopedInterventions& interventions,
             const std::optional<AttentionHead>& head,
             const Options& options,
             const std::stop_token& stop,
             Arrays& arrays) {
    const auto total = static_cast<int>(tokens.size());
    const int layers = decoder.config().numLayers;
    const auto cache = decoder.makeCache(total);
    ProgressBar bar("forward", ProgressBar::Unit::Tokens);
    StepOutput out;
    std::vector<float> lens;
    const auto inForceAt = [&](int i) {
        return interventions.at(i, tokens[static_cast<std::size_t>(i)]);
    };
    for (int first = 0, count = 0; first < total; first += count) {
        const auto inForce = inForceAt(first);  // a batch has one set of interventions
        count = 1;
        while (count < std::min(kChunk, total - first) && inForceAt(first + count) == inForce)
            ++count;
        const Batch batch{.tokens = std::span(tokens).subspan(static_cast<std::size_t>(first),
                                                              static_cast<std::size_t>(count)),
                          .logitsFor = LogitsFor::AllTokens,
                          .tapResiduals = options.hidden || options.lens,
                          .tapParts = options.parts,
                          .tapAttention = head};
        if (decoder.forward(batch, *cache, *inForce, out, stop) == StepStatus::Stopped)
            return false;
        requireFinite(out, decoder.config(), first);
        arrays.logits.insert(arrays.logits.end(), out.logits.begin(), out.logits.end());
        place(out.routerProbs, layers, count, first, total, arrays.routerProbs);
        place(out.routerLogSumExps, layers, count, first, total, arrays.routerLse);
        place(out.selected, layers, count, first, total, arrays.selected);
        place(out.gates, layers, count, first, total, arrays.gates);
        if (options.hidden) place(out.residuals, layers, count, first, total, arrays.hidden);
        if (options.parts) {
            arrays.embedded.insert(arrays.embedded.end(), out.embedded.begin(), out.embedded.end());
            place(out.parts, layers, count, first, total, arrays.parts);
        }
        if (options.lens) {
            if (!look(decoder, out, stop, lens)) return false;
            place(lens, layers, count, first, total, arrays.lens);
        }
        for (int t = 0; head && t < count; ++t) {
            const auto row = attentionOf(out, t);
            arrays.attention.insert(arrays.attention.end(), row.begin(), row.end());
            arrays.attention.resize(static_cast<std::size_t>(first + t + 1) * tokens.size());
        }
        bar.update(static_cast<std::uint64_t>(first + count), static_cast<std::uint64_t>(total));
    }
    return true;
}

void write(const Arrays& arrays,
           const ModelConfig& config,
           std::int64_t tokens,
           int numSelected,
           const Options& options) {
    const std::filesystem::path dir = options.out;
    using Shape = std::vector<std::int64_t>;
    const std::int64_t layers = config.numLayers;
    writeNpy<float>(dir / "logits.npy", Shape{tokens, config.vocabSize}, arrays.logits);
    writeNpy<float>(
        dir / "router_probs.npy", Shape{layers, tokens, config.numExperts}, arrays.routerProbs);
    writeNpy<float>(dir / "router_lse.npy", Shape{layers, tokens}, arrays.routerLse);
    writeNpy<std::int32_t>(
        dir / "selected.npy", Shape{layers, tokens, numSelected}, arrays.selected);
    writeNpy<float>(dir / "gates.npy", Shape{layers, tokens, numSelected}, arrays.gates);
    if (options.hidden)
        writeNpy<float>(dir / "hidden.npy", Shape{layers, tokens, config.dModel}, arrays.hidden);
    if (options.parts) {
        writeNpy<float>(dir / "embedded.npy", Shape{tokens, config.dModel}, arrays.embedded);
        writeNpy<float>(
            dir / "parts.npy", Shape{layers, tokens, 1 + numSelected, config.dModel}, arrays.parts);
    }
    if (options.lens)
        writeNpy<float>(dir / "lens.npy", Shape{layers, tokens, config.vocabSize}, arrays.lens);
    if (!options.attention.empty())
        writeNpy<float>(dir / "attention.npy", Shape{tokens, tokens}, arrays.attention);
}

/// "L:H", checked; none where nothing is asked for.
std::optional<AttentionHead> headOf(const std::string& text, const ModelConfig& config) {
    if (text.empty()) return std::nullopt;
    const ExpertSite site = parseExpertSite(text);  // two numbers as well
    const AttentionHead head{site.layer.value, site.expert.value};
    if (head.layer >= config.numLayers || head.head >= config.numQHeads)
        throw Error(ErrorKind::BadUsage,
                    fmt::format("--attention {}: the model has layers 0 to {} and query heads 0 to "
                                "{}",
                                text,
                                config.numLayers - 1,
                                config.numQHeads - 1));
    return head;
}

void makeFolder(const std::filesystem::path& dir) {
    std::error_code error;
    std::filesystem::create_directories(dir, error);
    if (error)
        throw Error(
            ErrorKind::DeviceFault,
            fmt::format("{}: the folder could not be made: {}", dir.string(), error.message()));
}

int forward(const Options& options, const Context& context) {
    const InterventionSet interventions = options.interventions.set();
    const DecoderOptions decoderOptions = options.decoder.options();
    const std::vector<TokenId> tokens = readTokens(options.tokens);
    auto source = openWhole(options.model);
    checkTokens(tokens, source->config(), options.tokens);
    validate(interventions, source->config());
    const auto tokenizer = source->tokenizer();
    const ScopedInterventions scoped(interventions, tokenizer.get());
    if (!scoped.everywhere() && (interventions.topK > 0 || !interventions.layerTopK.empty()))
        throw Error(ErrorKind::BadUsage,
                    "--where with --top-k: the arrays have as many experts for every token; leave "
                    "one of them out");
    const auto head = headOf(options.attention, source->config());
    makeFolder(options.out);
    const LoadedModel model = loadModel(
        std::move(source), decoderOptions, static_cast<int>(tokens.size()), context.interrupted);
    if (!model.decoder) return kExitInterrupted;
    Arrays arrays;
    if (!compute(*model.decoder, tokens, scoped, head, options, context.interrupted, arrays))
        return kExitInterrupted;
    const ModelConfig& config = model.decoder->config();
    const auto count = static_cast<std::int64_t>(tokens.size());
    write(arrays, config, count, interventions.numSelected(config), options);
    fmt::print(stderr,
               "{}{} tokens through {} layers, arrays in {}\n",
               badge(*model.source),
               count,
               config.numLayers,
               options.out);
    return kExitOk;
}

}  // namespace

void addForward(Command& root, Run& run) {
    auto options = std::make_shared<Options>();
    Command command = root.subcommand("forward",
                                      "Compute a sequence of ids and write logits.npy [T,V], "
                                      "router_probs.npy [L,T,E], router_lse.npy [L,T] (ln of the "
                                      "sum of exp over the router's logits), selected.npy "
                                      "[L,T,K], gates.npy [L,T,K].\nExample: gatescope-cli forward "
                                      "MODEL --tokens ids.npy --out out/ --ablate 3:5");
    command.option("MODEL", options->model).required();
    command.option("--tokens", options->tokens, "ids, int32 [T], a NumPy file").required();
    command.option("--out", options->out, "folder for the arrays; made if absent").required();
    command.flag(
        "--hidden", options->hidden, "also hidden.npy [L,T,D], the residual after each layer");
    command.flag("--parts",
                 options->parts,
                 "also embedded.npy [T,D] and parts.npy [L,T,1+K,D], what attention and then each "
                 "selected expert added to it: they sum up to the residual");
    command.flag("--lens",
                 options->lens,
                 "also lens.npy [L,T,V], the logits that each layer's residual would give (logit "
                 "lens)");
    command.option("--attention",
                   options->attention,
                   "L:H: also attention.npy [T,T], how much that query head of that layer looks at "
                   "each token (a row a token)");
    options->decoder.addTo(command);
    options->interventions.addTo(command, "--top-k");
    command.whenChosen([options, &run] {
        run = [options](const Context& context) {
            return runQuantised(*options, context, forward);
        };
    });
}

}  // namespace gatescope::cli
