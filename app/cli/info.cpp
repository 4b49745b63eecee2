#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "app/cli/command.h"
#include "app/cli/info_tensors.h"
#include "app/cli/progress_bar.h"
#include "app/exit_status.h"
#include "engine/model/native/start_copies.h"
#include "engine/model/open_model.h"
#include "engine/plan/model_summary.h"

namespace gatescope::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
    std::string model;
    std::string decoder = "cpu";
    bool json = false;
    bool tensors = false;
    bool routers = false;
    std::optional<std::string> histogram;
};

Json configJson(const ModelConfig& c) {
    return {{"layers", c.numLayers},
            {"d_model", c.dModel},
            {"q_heads", c.numQHeads},
            {"kv_heads", c.numKvHeads},
            {"head_size", c.headSize},
            {"experts", c.numExperts},
            {"experts_selected", c.numSelected},
            {"expert_width", c.ffnSize},
            {"vocab_size", c.vocabSize},
            {"context_length", c.contextLength},
            {"tied_output", c.tiedOutput},
            {"embedding_scale", c.embeddingScale},
            {"logit_scale", c.logitScale},
            {"attention_scale", c.attentionScale},
            {"attention_cap", c.attentionCap},
            {"rms_eps", c.rmsEps},
            {"rope_base", c.ropeBase},
            {"pad_token", c.padToken},
            {"eos_token", c.eosToken}};
}

Json planJson(const MemoryPlan& plan) {
    Json devices = Json::array();
    for (const DeviceShare& share : plan.devices)
        devices.push_back({{"device", share.device},
                           {"weight_bytes", share.weightBytes},
                           {"kv_cache_bytes", share.cacheBytes},
                           {"branch_bytes", share.branchBytes},
                           {"reserve_bytes", share.reserveBytes},
                           {"available_bytes", share.availableBytes}});
    const DeviceShare& first = plan.devices.front();
    return {{"device", "cpu"},
            {"weight_bytes", first.weightBytes},
            {"kv_cache_bytes", first.cacheBytes},
            {"available_bytes", first.availableBytes},
            {"fits", plan.fits},
            {"weight_bytes_per_token", plan.weightBytesPerToken},
            {"context_tokens", plan.contextTokens},
            {"embedding_type", name(plan.embeddingType)},
            {"devices", devices},
            {"reasons", plan.reasons},
            {"provenance", "derived"}};
}

Json tokenizerJson(const std::optional<TokenizerSummary>& tokenizer) {
    if (!tokenizer) return nullptr;
    return {{"type", "sentencepiece"},
            {"algorithm", tokenizer->algorithm},
            {"file", tokenizer->origin},
            {"pieces", tokenizer->numPieces},
            {"pieces_by_kind", tokenizer->piecesByKind},
            {"special_tokens", tokenizer->specialTokens},
            {"space_before_text", tokenizer->spaceBeforeText},
            {"bos", "never added"}};
}

Json toJson(const ModelSummary& summary) {
    return {{"model", summary.name},
            {"format", summary.format},
            {"synthetic", summary.synthetic},
            {"architecture", summary.config.architecture},
            {"sizes", configJson(summary.config)},
            {"parameters",
             {{"total", summary.parameters.total}, {"active", summary.parameters.active}}},
            {"bytes", summary.bytesByType},
            {"bytes_total", summary.storedBytes},
            {"tensors", summary.numTensors},
            {"tokenizer", tokenizerJson(summary.tokenizer)},
            {"remarks", summary.remarks},
            {"plan", planJson(summary.plan)}};
}

Json startCopyJson(const std::optional<StartCopy>& copy, const ModelSource& source) {
    if (!copy) return nullptr;
    const std::string problem = staleness(*copy, source);
    return {{"file", copy->file.string()},
            {"bytes", copy->bytes},
            {"usable", problem.empty()},
            {"problem", problem.empty() ? Json() : Json(problem)}};
}

void printText(const ModelSummary& summary,
               const std::optional<StartCopy>& copy,
               const ModelSource& source) {
    fmt::print("{}{}\n", summary.synthetic ? "SYNTHETIC " : "", summary.name);
    for (const auto& [label, text] : rowsOf(summary)) fmt::print("{:<15}{}\n", label, text);
    if (!copy) return;
    const std::string problem = staleness(*copy, source);
    fmt::print("{:<15}{}, {}\n",
               "start copy",
               bytesText(copy->bytes),
               problem.empty() ? "used when it starts" : "not used: it " + problem);
}

/// False: interrupted.
bool printParts(const Options& options, const ModelSource& source, const std::stop_token& stop) {
    if (options.tensors) printTensors(source);
    if (options.routers && !printRouters(source, stop)) return false;
    return !options.histogram || printHistogram(source, *options.histogram, stop);
}

void addParts(const Options& options,
              const ModelSource& source,
              const std::stop_token& stop,
              Json& json) {
    if (options.tensors) json["tensor_list"] = tensorsJson(source);
    if (options.routers) json["routers"] = routersJson(source, stop);
    if (options.histogram) json["histogram"] = histogramJson(source, *options.histogram, stop);
}

int info(const Options& options, const Context& context) {
    const auto source = openModel(options.model);
    const ModelSummary summary = summarize(*source, {.kind = options.decoder});
    const auto copy = findStartCopy(startCopyFolder(), *source);
    if (options.json) {
        Json json = toJson(summary);
        json["start_copy"] = startCopyJson(copy, *source);
        addParts(options, *source, context.interrupted, json);
        fmt::print("{}\n", json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
    } else {
        printText(summary, copy, *source);
        if (!printParts(options, *source, context.interrupted)) return kExitInterrupted;
    }
    return context.interrupted.stop_requested() ? kExitInterrupted : kExitOk;
}

}  // namespace

void addInfo(Command& root, Run& run) {
    auto options = std::make_shared<Options>();
    Command command = root.subcommand(
        "info",
        "Sizes, parameters, bytes by type, tokenizer, and whether it fits this machine.\n"
        "Example: gatescope-cli info resources/demo/model --json");
    command.option("MODEL", options->model).required();
    command.option("--decoder", options->decoder, "whose memory it has to fit: cpu or cuda")
        .oneOf({"cpu", "cuda"})
        .showDefault();
    command.flag("--tensors", options->tensors, "every tensor: name, type, bytes, shape, file");
    command.flag(
        "--routers", options->routers, "every router's rows: lengths, and cosines between experts");
    command.option("--histogram",
                   options->histogram,
                   "how the values of the parameter with this path are spread");
    command.flag("--json", options->json, "one JSON document");
    command.whenChosen([options, &run] {
        run = [options](const Context& context) { return info(*options, context); };
    });
}

}  // namespace gatescope::cli
