#include "app/cli/model_options.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "engine/decoder/scope_filter.h"
#include "engine/error.h"
#include "engine/model/native/start_copies.h"
#include "engine/store/recording.h"

namespace gatescope::cli {

namespace {

Precision precisionNamed(const std::string& name) {
    for (const auto precision :
         {Precision::F32, Precision::BF16, Precision::Int8, Precision::Mixed})
        if (name == toString(precision)) return precision;
    return Precision::Auto;
}

std::optional<DType> cacheNamed(const std::string& name) {
    if (name == "int8") return DType::I8;
    for (const auto type : {DType::F32, DType::F16, DType::BF16})
        if (name == gatescope::name(type)) return type;
    return std::nullopt;
}

}  // namespace

void DecoderChoice::addTo(Command& command) {
    command.option("--decoder", kind, "reference, cpu or cuda").showDefault();
    command
        .option(
            "--precision",
            precision,
            "f32; bf16: round where xAI's JAX code rounds; int8: round activations before "
            "products with weights in blocks (q4_0 to q8_0, q2_k to q6_k, iq4_nl, iq4_xs, "
            "mxfp4), on a GPU a prompt's to 8 bits before weights stored as int8 or FP8; mixed: "
            "to bf16 before bf16 weights, on a GPU a prompt's activations and weights; auto: "
            "int8 or mixed where the experts are such and it is faster (on a GPU mixed), else "
            "f32")
        .oneOf({"auto", "f32", "bf16", "int8", "mixed"})
        .showDefault();
    command
        .option("--kv",
                cache,
                "what keys and values are kept as: f32, f16, bf16, int8; auto: f16 "
                "where activations are rounded too, else f32")
        .oneOf({"auto", "f32", "f16", "bf16", "int8"})
        .showDefault();
    command
        .option("--ranks",
                ranks,
                "tensor parallel ranks of the cpu decoder: each has a part of the heads and of "
                "every expert, on its share of the threads, and they sum twice a layer")
        .showDefault();
    command.option("--gpu", gpu, "which GPU cuda computes on; 0: the driver's first").showDefault();
    command.option("-t,--threads", threads, "CPU threads; 0: one a core").showDefault();
    command
        .option("--numa",
                numa,
                "auto: on a machine of several nodes (sockets), keep threads on theirs and "
                "weights near the threads that read them; off: leave that to the system")
        .oneOf({"auto", "off"})
        .showDefault();
    command.flag("--no-cache", noCache, "read the model even if there is a start copy of it");
    command
        .option("--quantise",
                quantise,
                "open the model in a smaller type: int4 (q4_0: groups of 32, one scale each), q4_k "
                "or q8_0; the first time that writes a file to the user's cache, which later "
                "starts open (docs/convert.md)")
        .oneOf({"off", "int4", "q4_k", "q8_0"})
        .showDefault();
}

DecoderOptions DecoderChoice::options() const {
    if (kind != "cpu" && kind != "cuda" && kind != "reference")
        throw Error(ErrorKind::BadUsage,
                    fmt::format("--decoder {}: expected reference, cpu or cuda", kind));
    if (threads < 0 || threads > kMaxThreads)
        throw Error(
            ErrorKind::BadUsage,
            fmt::format(
                "--threads {}: expected 1 to {}, or 0 for one a core", threads, kMaxThreads));
    if (gpu < 0)
        throw Error(
            ErrorKind::BadUsage,
            fmt::format("--gpu {}: expected 0 for the first GPU, or a number after it", gpu));
    if (ranks < 1 || ranks > kMaxRanks)
        throw Error(ErrorKind::BadUsage,
                    fmt::format("--ranks {}: expected 1 to {}", ranks, kMaxRanks));
    return {.kind = kind,
            .precision = precisionNamed(precision),
            .threads = threads,
            .gpu = gpu,
            .ranks = ranks,
            .cacheType = cacheNamed(cache),
            .numa = numa == "auto",
            .startCopies = noCache ? std::filesystem::path() : startCopyFolder()};
}

void InterventionChoice::addTo(Command& command, const std::string& topKOption) {
    command.option("--ablate", ablate, "LAYER:EXPERT contributes nothing (repeatable)");
    command.option("--exclude",
                   exclude,
                   "LAYER:EXPERT is never selected, the next best takes its place (repeatable)");
    command.option("--force", force, "LAYER:EXPERT is always selected (repeatable)");
    command.option("--bias", bias, "LAYER:EXPERT:X is added to its router logit (repeatable)");
    command.option(
        "--scale", scale, "LAYER:EXPERT:X, its gate is multiplied by X, from 0 up (repeatable)");
    command.option("--swap",
                   swap,
                   "LAYER:EXPERT:EXPERT, each is computed with the other's weights (repeatable)");
    command.option("--pin",
                   pin,
                   "FILE.gscope: tokens at the positions that it covers go to the experts that "
                   "were selected there; the router probabilities stay this run's own");
    command.flag("--pin-gates", pinGates, "with --pin, also the gates that were recorded");
    command.option(topKOption,
                   topK,
                   "experts selected a token, in all layers (0: as the model does), or LAYER:K or "
                   "FIRST-LAST:K in some (repeatable)");
    command.flag("--renormalise", renormalise, "divide the gates by their sum, as llama.cpp does");
    command.option("--where",
                   where,
                   "FILTER: all of this only for tokens that match, by text, token and index "
                   "(docs/interventions.md), like 'text=\"the\" | index<10'");
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

InterventionSet InterventionChoice::set() const {
    InterventionSet out;
    for (const auto& text : ablate) out.ablate.push_back(parseExpertSite(text));
    for (const auto& text : exclude) out.exclude.push_back(parseExpertSite(text));
    for (const auto& text : force) out.force.push_back(parseExpertSite(text));
    for (const auto& text : bias) out.bias.push_back(parseExpertBias(text));
    for (const auto& text : scale) out.scale.push_back(parseExpertScale(text));
    for (const auto& text : swap) out.swap.push_back(parseExpertSwap(text));
    if (pin.empty() && pinGates)
        throw Error(ErrorKind::BadUsage,
                    "--pin-gates: expected --pin FILE.gscope, whose gates are meant");
    if (!pin.empty()) {
        RoutePin routes = routesOf(readRecording(pin), pin);
        routes.gates = pinGates;
        out.pin = std::make_shared<const RoutePin>(std::move(routes));
    }
    for (const auto& text : topK) setTopK(out, text);
    out.renormalise = renormalise;
    if (where.empty()) return out;
    if (out.empty())
        throw Error(ErrorKind::BadUsage,
                    "--where: expected an intervention that it restricts, like --ablate 3:5");
    ScopeFilter::check(where);
    out.scope.filter = where;
    return out;
}

}  // namespace gatescope::cli
