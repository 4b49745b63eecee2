#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "app/cli/command.h"
#include "app/cli/model_loading.h"
#include "app/cli/model_options.h"
#include "app/cli/progress_bar.h"
#include "app/exit_status.h"
#include "engine/decoder/cpu/read_bandwidth.h"
#include "engine/error.h"

namespace gatescope::cli {
namespace {

using Clock = std::chrono::steady_clock;

/// Tokens of one call: what the cpu decoder takes through its layers together.
constexpr std::size_t kPrefillChunk = 512;

struct Options {
    std::string model;
    int prompt = 512;
    int generated = 128;
    bool noCapture = false;
    bool json = false;
    DecoderChoice decoder;
};

struct Speeds {
    double prefillTokPerS = 0;
    double decodeTokPerS = 0;
};

std::uint64_t peakRssBytes() {
    std::ifstream in("/proc/self/status");
    for (std::string line; std::getline(in, line);)
        if (line.starts_with("VmHWM:")) return std::stoull(line.substr(6)) * 1024;
    return 0;
}

double secondsSince(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Ids spread over the vocabulary without a pattern that a cache could use; never the pad token.
TokenId benchToken(int i, int vocabSize) {
    const auto mixed = (static_cast<std::uint64_t>(i) + 1) * 2654435761ULL;
    return static_cast<TokenId>(mixed % static_cast<std::uint64_t>(vocabSize - 1)) + 1;
}

/// Empty: interrupted.
std::optional<Speeds> measure(Decoder& decoder, const Options& options, std::stop_token stop) {
    const int vocab = decoder.config().vocabSize;
    const auto cache = decoder.makeCache(options.prompt + options.generated);
    StepOutput out;
    const InterventionSet none;
    std::vector<TokenId> prompt;
    for (int i = 0; i < options.prompt; ++i) prompt.push_back(benchToken(i, vocab));

    Speeds speeds;
    // Each shape of step once before, so that neither part pays for scratch memory.
    for (const std::size_t count : {std::min(kPrefillChunk, prompt.size()), std::size_t{1}}) {
        std::vector<TokenId> tokens;
        for (int i = 0; i < static_cast<int>(count); ++i) tokens.push_back(benchToken(i, vocab));
        if (!tokens.empty() &&
            decoder.forward({.tokens = tokens}, *cache, none, out, stop) == StepStatus::Stopped)
            return {};
        cache->truncate(0);
    }
    if (options.prompt > 0) {
        ProgressBar bar("reading the prompt", ProgressBar::Unit::Tokens);
        const auto start = Clock::now();
        for (std::size_t first = 0; first < prompt.size(); first += kPrefillChunk) {
            const auto chunk = std::span<const TokenId>(prompt).subspan(
                first, std::min(kPrefillChunk, prompt.size() - first));
            const bool last = first + chunk.size() == prompt.size();
            const Batch batch{.tokens = chunk,
                              .logitsFor = last ? LogitsFor::LastToken : LogitsFor::None};
            if (decoder.forward(batch, *cache, none, out, stop) == StepStatus::Stopped) return {};
            requireFinite(out, decoder.config(), static_cast<int>(first));
            bar.update(first + chunk.size(), prompt.size());
        }
        speeds.prefillTokPerS = options.prompt / secondsSince(start);
    }
    std::vector<RoutingRecord> captured;
    captured.reserve(static_cast<std::size_t>(options.generated));
    ProgressBar bar("decoding", ProgressBar::Unit::Tokens);
    const auto start = Clock::now();
    for (int i = 0; i < options.generated; ++i) {
        const TokenId token = benchToken(options.prompt + i, vocab);
        if (decoder.forward({.tokens = {&token, 1}}, *cache, none, out, stop) ==
            StepStatus::Stopped)
            return {};
        requireFinite(out, decoder.config(), options.prompt + i);
        if (!options.noCapture) captured.push_back(out.record(decoder.config(), 0));
        bar.update(static_cast<std::uint64_t>(i + 1),
                   static_cast<std::uint64_t>(options.generated));
    }
    if (options.generated > 0) speeds.decodeTokPerS = options.generated / secondsSince(start);
    return speeds;
}

void checkCounts(const Options& options, const ModelConfig& config) {
    const std::int64_t total = std::int64_t{options.prompt} + options.generated;
    if (options.prompt < 0 || options.generated < 0 || total < 1)
        throw Error(ErrorKind::BadUsage, "-p and -n: expected counts from 0 up, and not both 0");
    if (total > config.contextLength)
        throw Error(ErrorKind::BadUsage,
                    fmt::format("-p {} and -n {} need more than the model's context of {} tokens",
                                options.prompt,
                                options.generated,
                                config.contextLength));
}

int bench(const Options& options, const Context& context) {
    const DecoderOptions decoderOptions = options.decoder.options();
    auto source = openWhole(options.model);
    checkCounts(options, source->config());
    LoadedModel model = loadModel(
        std::move(source), decoderOptions, options.prompt + options.generated, context.interrupted);
    if (!model.decoder) return kExitInterrupted;
    const auto speeds = measure(*model.decoder, options, context.interrupted);
    if (!speeds) return kExitInterrupted;
    const std::uint64_t perToken = model.decoder->weightBytesPerToken();
    const double readGbPerS = static_cast<double>(perToken) * speeds->decodeTokPerS / 1e9;
    const std::uint64_t peakBytes = peakRssBytes();  // before the memory that is measured with
    const std::string decoder = model.decoder->name();
    const std::string device = model.decoder->device();
    const std::string precision = toString(model.decoder->precision());
    const int threads = model.decoder->threads();
    model.decoder.reset();  // and its weights, which may leave no room for that memory
    const double bandwidthGbPerS = cpu::readBandwidth(threads) / 1e9;
    if (options.json) {
        const nlohmann::ordered_json out{{"model", options.model},
                                         {"synthetic", model.source->isSynthetic()},
                                         {"load_s", model.loadSeconds},
                                         {"prefill_tokens", options.prompt},
                                         {"prefill_tok_s", speeds->prefillTokPerS},
                                         {"decode_tokens", options.generated},
                                         {"decode_tok_s", speeds->decodeTokPerS},
                                         {"weight_bytes_per_token", perToken},
                                         {"read_gb_s", readGbPerS},
                                         {"bandwidth_gb_s", bandwidthGbPerS},
                                         {"peak_rss_bytes", peakBytes},
                                         {"threads", threads},
                                         {"decoder", decoder},
                                         {"precision", precision},
                                         {"device", device},
                                         {"capture", !options.noCapture}};
        fmt::print("{}\n", out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
        return kExitOk;
    }
    fmt::print(
        "{}{} on {} ({}, {})\n", badge(*model.source), options.model, device, decoder, precision);
    fmt::print("load      {:.2f} s\n", model.loadSeconds);
    fmt::print(
        "prefill   {:.1f} tokens/s over {} tokens\n", speeds->prefillTokPerS, options.prompt);
    fmt::print("decode    {:.1f} tokens/s over {} tokens{}\n",
               speeds->decodeTokPerS,
               options.generated,
               options.noCapture ? ", routing not kept" : "");
    fmt::print(
        "weights   {} a token, read at {:.1f} GB/s, {:.0f} % of the {:.1f} GB/s of this memory\n",
        bytesText(perToken),
        readGbPerS,
        100 * readGbPerS / bandwidthGbPerS,
        bandwidthGbPerS);
    fmt::print("memory    {} at most\n", bytesText(peakBytes));
    return kExitOk;
}

}  // namespace

void addBench(CLI::App& app, Run& run) {
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand(
        "bench",
        "Measure load, prefill and decode.\nExample: gatescope-cli bench synthetic:bench-1b -t 2");
    command->add_option("MODEL", options->model)->required();
    command->add_option("-p", options->prompt, "prompt tokens")->capture_default_str();
    command->add_option("-n", options->generated, "decoded tokens")->capture_default_str();
    command->add_flag("--no-capture", options->noCapture, "do not keep routing records");
    command->add_flag("--json", options->json, "one JSON document");
    options->decoder.addTo(*command);
    command->callback([options, &run] {
        run = [options](const Context& context) { return bench(*options, context); };
    });
}

}  // namespace gatescope::cli
