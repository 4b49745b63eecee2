#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "app/cli/command.h"
#include "app/exit_status.h"
#include "engine/error.h"
#include "engine/model/open_model.h"
#include "engine/plan/rig_plan.h"
#include "engine/plan/rig_plan_text.h"
#include "engine/plan/this_machine.h"

namespace gatescope::cli {
namespace {

using PlanJson = nlohmann::ordered_json;

struct PlanOptions {
    std::string model;
    std::optional<std::string> rig;
    int contextTokens = kDefaultContextTokens;
    std::string cache = "bf16";
    std::string type = "stored";
    int ranks = 0;
    int devices = 0;
    float hostGB = 0;
    bool showRig = false;
    bool json = false;

    Command* command = nullptr;
};

/// A request and what it points at.
struct PlannedModel {
    std::unique_ptr<ModelSource> source;
    std::vector<TensorLayout> layouts;
    std::vector<DType> embeddingTypes;
    DescribedMachine machine;
};

DType cacheTypeNamed(const std::string& name) {
    for (const auto type : {DType::F32, DType::F16, DType::BF16})
        if (name == gatescope::name(type)) return type;
    return DType::I8;
}

PlannedModel prepare(const PlanOptions& options) {
    PlannedModel model{.source = openModel(options.model)};
    model.layouts = model.source->layouts();
    model.embeddingTypes = model.source->embeddingTypes();
    for (const auto type : {DType::BF16, DType::Q8_0, DType::Q4_0}) {
        if (options.type != name(type)) continue;
        auto layouts = storedAs(type, model.layouts);
        if (!layouts)
            throw Error(ErrorKind::BadUsage,
                        fmt::format("--as {}: its blocks do not divide the rows of {}",
                                    options.type,
                                    model.source->name()));
        model.layouts = std::move(*layouts);
        model.embeddingTypes = {type};
    }
    if (options.rig)
        model.machine.rig = readRig(*options.rig);
    else
        model.machine = describeThisMachine();
    return model;
}

RigPlanRequest requestOf(const PlanOptions& options, const PlannedModel& model) {
    RigPlanRequest request{.config = model.source->config(),
                           .layouts = model.layouts,
                           .embeddingTypes = model.embeddingTypes,
                           .rig = model.machine.rig,
                           .cacheType = cacheTypeNamed(options.cache),
                           .contextTokens = options.contextTokens};
    if (options.command->given("--tp")) request.ranks = options.ranks;
    if (options.command->given("--devices")) request.numDevices = options.devices;
    if (options.command->given("--host-gb")) {
        if (!(options.hostGB >= 0 && options.hostGB < 1e9F))
            throw Error(ErrorKind::BadUsage,
                        fmt::format("--host-gb {}: expected 0 or more", options.hostGB));
        request.hostBytes = static_cast<std::uint64_t>(std::llround(options.hostGB * 1e9));
    }
    return request;
}

PlanJson timeJson(const TokenTime& time) {
    return {{"total_s", time.total()},
            {"read_s", time.read},
            {"all_reduce_s", time.allReduce},
            {"launches_s", time.launches},
            {"host_s", time.host},
            {"copies_s", time.copies},
            {"disk_s", time.disk}};
}

PlanJson sharesJson(const RigPlan& plan) {
    PlanJson shares = PlanJson::array();
    for (const RigShare& share : plan.shares)
        shares.push_back({{"name", share.name},
                          {"device", share.device < 0 ? PlanJson() : PlanJson(share.device)},
                          {"stage", share.stage < 0 ? PlanJson() : PlanJson(share.stage)},
                          {"rank", share.rank},
                          {"ranks", share.numRanks},
                          {"first_layer", share.firstLayer},
                          {"layers", share.numLayers},
                          {"experts", share.numExperts},
                          {"vocabulary", share.vocabulary},
                          {"weight_bytes", share.weightBytes},
                          {"copied_bytes", share.copiedBytes},
                          {"kv_cache_bytes", share.cacheBytes},
                          {"reserve_bytes", share.reserveBytes},
                          {"free_bytes", share.freeBytes}});
    return shares;
}

PlanJson planJson(const RigPlan& plan, const PlannedModel& model) {
    PlanJson others = PlanJson::array();
    for (const StoredOtherwise& other : plan.otherTypes)
        others.push_back({{"type", name(other.type)},
                          {"weight_bytes", other.weightBytes},
                          {"fits", other.fits},
                          {"tokens_per_s", other.tokensPerS},
                          {"shape", other.shape}});
    return {{"model", model.source->name()},
            {"synthetic", model.source->isSynthetic()},
            {"fits", plan.fits},
            {"shape", plan.shape},
            {"tokens_per_s", plan.tokensPerS()},
            {"tokens_per_s_full", plan.tokensPerSWhenFull()},
            {"provenance", "predicted"},
            {"time", timeJson(plan.time)},
            {"time_full", timeJson(plan.timeWhenFull)},
            {"weight_bytes", plan.modelBytes},
            {"weight_bytes_per_token", plan.bytesPerToken},
            {"context_tokens", plan.contextTokens},
            {"embedding_type", name(plan.embeddingType)},
            {"kv_cache_type", name(plan.cacheType)},
            {"shares", sharesJson(plan)},
            {"disk_experts", plan.diskExperts},
            {"disk_bytes", plan.diskBytes},
            {"reasons", plan.reasons},
            {"runner_up", plan.runnerUp.empty() ? PlanJson() : PlanJson(plan.runnerUp)},
            {"other_types", others},
            {"rig", PlanJson::parse(rigText(model.machine.rig))},
            {"remarks", model.machine.remarks}};
}

int plan(const PlanOptions& options) {
    if (options.showRig) {
        const Rig rig = options.rig ? readRig(*options.rig) : describeThisMachine().rig;
        fmt::print("{}", rigText(rig));
        return kExitOk;
    }
    if (options.model.empty())
        throw Error(ErrorKind::BadUsage, "MODEL is missing: what is to be planned for?");
    const PlannedModel model = prepare(options);
    const RigPlan plan = planRig(requestOf(options, model));
    if (options.json) {
        fmt::print("{}\n",
                   planJson(plan, model).dump(2, ' ', false, PlanJson::error_handler_t::replace));
        return kExitOk;
    }
    fmt::print("{}{} on {}\n",
               model.source->isSynthetic() ? "SYNTHETIC " : "",
               model.source->name(),
               options.rig ? *options.rig : "this machine");
    fmt::print("{}", planPicture(plan, model.source->config()));
    for (const std::string& remark : model.machine.remarks) fmt::print("note      {}\n", remark);
    return kExitOk;
}

}  // namespace

void addPlan(Command& root, Run& run) {
    auto options = std::make_shared<PlanOptions>();
    auto command = std::make_shared<Command>(root.subcommand(
        "plan",
        "Where a model would lie on many devices, and how fast it would answer there: predicted "
        "from bytes and rates, nothing is loaded.\n"
        "Example: gatescope-cli plan synthetic:grok-1 --rig rig.json"));
    command->option("MODEL", options->model);
    command->option("--rig", options->rig, "a description of a machine; without: this one");
    command->option("--context", options->contextTokens, "tokens of context").showDefault();
    command->option("--kv", options->cache, "what keys and values are kept as")
        .oneOf({"f32", "f16", "bf16", "int8"})
        .showDefault();
    command->option("--as", options->type, "plan for its matrices converted to this type")
        .oneOf({"stored", "bf16", "q8_0", "q4_0"})
        .showDefault();
    command->option("--tp", options->ranks, "devices that share every matrix: 1, 2, 4 or 8");
    command->option("--devices", options->devices, "use at most so many");
    command->option("--host-gb", options->hostGB, "use at most so many GB of the host's memory");
    command->flag("--show-rig", options->showRig, "print the description of the machine instead");
    command->flag("--json", options->json, "one JSON document");
    options->command = command.get();
    command->whenChosen([options, command, &run] {
        run = [options, command](const Context&) { return plan(*options); };
    });
}

}  // namespace gatescope::cli
