#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/cli/bench_speeds.h"
#include "app/cli/command.h"
#include "app/cli/first_token.h"
#include "app/cli/machine.h"
#include "app/cli/model_loading.h"
#include "app/cli/model_options.h"
#include "app/cli/progress_bar.h"
#include "app/cli/quantised_model.h"
#include "app/exit_status.h"
#include "engine/decoder/cpu/read_bandwidth.h"
#include "engine/decoder/cuda/cuda_module.h"
#include "engine/decoder/cuda/read_bandwidth.h"
#include "engine/error.h"

namespace gatescope::cli {
namespace {

struct Options {
    std::string model;
    SpeedOptions speeds;
    bool countsGiven = false;  ///< -p or -n; else a small model gets as much as it has room for
    bool noCapture = false;
    std::string start = "both";
    bool json = false;
    DecoderChoice decoder;
};

/// Everything that a run found out.
struct Report {
    Starts starts;
    Speeds speeds;
    std::string badge;
    std::string decoder;
    std::string device;
    std::string precision;
    int threads = 0;
    bool synthetic = false;
    std::uint64_t weightBytesPerToken = 0;
    std::uint64_t peakRssBytes = 0;
    double bandwidthGbPerS = 0;

    double readGbPerS() const {
        return static_cast<double>(weightBytesPerToken) * speeds.decodeTokPerS / 1e9;
    }
    double readPercent() const { return 100 * readGbPerS() / bandwidthGbPerS; }
    /// What the weights and everything else took.
    std::uint64_t rssWithoutCache() const {
        return peakRssBytes - std::min(peakRssBytes, speeds.cacheBytes);
    }
};

template <class T>
nlohmann::ordered_json orNull(const std::optional<T>& value) {
    return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
}

nlohmann::ordered_json json(const FirstToken& start) {
    nlohmann::ordered_json out{{"seconds", orNull(start.seconds)}};
    if (!start.seconds) out["not_measured"] = start.whyNot;
    return out;
}

nlohmann::ordered_json json(const std::optional<CaptureCost>& cost) {
    if (!cost) return nullptr;
    nlohmann::ordered_json out{{"percent", cost->percent}, {"pairs", cost->pairs}};
    if (cost->interval) out["interval_95"] = {cost->interval->low, cost->interval->high};
    return out;
}

void printJson(const Options& options, const Report& report) {
    const nlohmann::ordered_json out{
        {"model", options.model},
        {"synthetic", report.synthetic},
        {"cpu_model", cpuModel()},
        {"competing_load", orNull(report.speeds.competingLoad)},
        {"load_s", report.starts.model.loadSeconds},
        {"start_copy", report.starts.model.fromStartCopy},
        {"first_token", {{"cold", json(report.starts.cold)}, {"warm", json(report.starts.warm)}}},
        {"prefill_tokens", options.speeds.prompt},
        {"prefill_tok_s", report.speeds.prefillTokPerS},
        {"decode_tokens", options.speeds.generated},
        {"decode_tok_s", report.speeds.decodeTokPerS},
        {"reply_tok_s", orNull(report.speeds.replyTokPerS)},
        {"weight_bytes_per_token", report.weightBytesPerToken},
        {"read_gb_s", report.readGbPerS()},
        {"bandwidth_gb_s", report.bandwidthGbPerS},
        {"read_percent", report.readPercent()},
        {"peak_rss_bytes", report.peakRssBytes},
        {"kv_type", name(report.starts.model.cacheType)},
        {"kv_bytes", report.speeds.cacheBytes},
        {"peak_rss_without_kv_bytes", report.rssWithoutCache()},
        {"file_bytes", report.starts.fileBytes},
        {"threads", report.threads},
        {"decoder", report.decoder},
        {"precision", report.precision},
        {"device", report.device},
        {"capture", options.speeds.capture},
        {"capture_cost", json(report.speeds.captureCost)}};
    fmt::print("{}\n", out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

std::string text(const FirstToken& start) {
    return start.seconds ? fmt::format("after {:.2f} s", *start.seconds)
                         : fmt::format("not measured ({})", start.whyNot);
}

std::string captureText(const Options& options, const Report& report) {
    if (!options.speeds.capture) return "off: no routing records are kept";
    const auto& cost = report.speeds.captureCost;
    if (!cost) return "on: every token's routing record is kept";
    std::string out =
        fmt::format("on: keeping the routing costs {:+.2f} % of a token", cost->percent);
    if (cost->interval)
        out +=
            fmt::format(" (95 %: {:+.2f} to {:+.2f})", cost->interval->low, cost->interval->high);
    return out + fmt::format(", {} pairs in turn", cost->pairs);
}

void printText(const Options& options, const Report& report) {
    const auto line = [](const char* name, const std::string& value) {
        fmt::print("{:<9} {}\n", name, value);
    };
    fmt::print("{}{} on {} ({}, {})\n",
               report.badge,
               options.model,
               report.device,
               report.decoder,
               report.precision);
    const auto& load = report.speeds.competingLoad;
    line("cpu",
         fmt::format("{}, others took {} of its time",
                     cpuModel(),
                     load ? fmt::format("{:.0f} %", 100 * *load) : "an unknown part"));
    line("load",
         fmt::format("{:.2f} s{}",
                     report.starts.model.loadSeconds,
                     report.starts.model.fromStartCopy ? ", from the start copy" : ""));
    line("cold", "first token " + text(report.starts.cold));
    line("warm", "first token " + text(report.starts.warm));
    line(
        "prefill",
        fmt::format(
            "{:.1f} tokens/s over {} tokens", report.speeds.prefillTokPerS, options.speeds.prompt));
    line("decode",
         fmt::format("{:.1f} tokens/s over {} tokens",
                     report.speeds.decodeTokPerS,
                     options.speeds.generated));
    if (report.speeds.replyTokPerS)
        line("reply",
             fmt::format("{:.1f} tokens/s where the device draws them",
                         *report.speeds.replyTokPerS));
    line("capture", captureText(options, report));
    line("weights",
         fmt::format("{} a token, read at {:.1f} GB/s, {:.0f} % of the {:.1f} GB/s of this memory",
                     bytesText(report.weightBytesPerToken),
                     report.readGbPerS(),
                     report.readPercent(),
                     report.bandwidthGbPerS));
    std::string memory = fmt::format("{} at most, {} without the KV cache",
                                     bytesText(report.peakRssBytes),
                                     bytesText(report.rssWithoutCache()));
    if (report.starts.fileBytes > 0)
        memory += fmt::format("; the files have {}", bytesText(report.starts.fileBytes));
    line("memory", memory);
}

void checkCounts(const SpeedOptions& options, const ModelConfig& config) {
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

/// A quarter of a small context is decoded, the rest prompt.
void fitCounts(SpeedOptions& options, const ModelConfig& config) {
    options.generated = std::min(options.generated, std::max(1, config.contextLength / 4));
    options.prompt = std::min(options.prompt, config.contextLength - options.generated);
}

/// Empty: interrupted.
std::optional<Report> measure(const Options& options, const std::stop_token& stop) {
    Report report;
    report.starts = startModel({.model = options.model,
                                .decoder = options.decoder.options(),
                                .contextTokens = options.speeds.prompt + options.speeds.generated,
                                .cold = options.start != "warm",
                                .warm = options.start != "cold"},
                               stop);
    LoadedModel& model = report.starts.model;
    if (!model.decoder) return {};
    const auto speeds = measureSpeeds(*model.decoder, options.speeds, stop);
    if (!speeds) return {};
    report.speeds = *speeds;
    report.badge = badge(*model.source);
    report.synthetic = model.source->isSynthetic();
    report.decoder = model.decoder->name();
    report.device = model.decoder->device();
    report.precision = toString(model.decoder->precision());
    report.threads = model.decoder->threads();
    report.weightBytesPerToken = model.decoder->weightBytesPerToken();
    report.peakRssBytes = peakRssBytes();  // before the memory that is measured with
    model.decoder.reset();  // and its weights, which may leave no room for that memory
    report.bandwidthGbPerS = (report.decoder == "cuda" ? cuda::readBandwidth(cuda::cudaModule(), 0)
                                                       : cpu::readBandwidth(report.threads)) /
                             1e9;
    return report;
}

int bench(Options options, const Context& context) {
    options.speeds.capture = !options.noCapture;
    const ModelConfig config = openWhole(options.model)->config();
    if (!options.countsGiven) fitCounts(options.speeds, config);
    checkCounts(options.speeds, config);
    const auto report = measure(options, context.interrupted);
    if (!report) return kExitInterrupted;
    if (options.json)
        printJson(options, *report);
    else
        printText(options, *report);
    return kExitOk;
}

}  // namespace

void addBench(Command& root, Run& run) {
    auto options = std::make_shared<Options>();
    Command command = root.subcommand(
        "bench",
        "Measure load, time to first token, prefill, decode and memory, and what the machine did "
        "meanwhile.\nExample: gatescope-cli bench synthetic:bench-1b -t 2");
    command.option("MODEL", options->model).required();
    command
        .option("-p",
                options->speeds.prompt,
                "prompt tokens; without -p and -n less where the context is short")
        .showDefault();
    command.option("-n", options->speeds.generated, "decoded tokens").showDefault();
    command.flag("--no-capture",
                 options->noCapture,
                 "keep no routing records, and do not measure their cost");
    command
        .option("--start",
                options->start,
                "time to first token, the model's files not in the page cache (cold), in it "
                "(warm), or one after the other (both); speeds are those after the last")
        .oneOf({"both", "cold", "warm"})
        .showDefault();
    command.flag("--json", options->json, "one JSON document");
    options->decoder.addTo(command);
    command.whenChosen([options, command, &run] {
        options->countsGiven = command.given("-p") || command.given("-n");
        run = [options](const Context& context) { return runQuantised(*options, context, bench); };
    });
}

}  // namespace gatescope::cli
