#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/cli/command.h"
#include "app/cli/offload/replayed.h"
#include "app/cli/offload/report.h"
#include "app/exit_status.h"
#include "engine/error.h"
#include "engine/io/shown_text.h"
#include "engine/model/open_model.h"
#include "engine/offload/heat_file.h"
#include "engine/offload/offload_sizes.h"
#include "engine/store/zip_writer.h"

namespace gatescope::cli {
namespace {

constexpr double kMostPairs = 1 << 28;  // a gigabyte of counts

struct Options {
    std::vector<std::string> recordings;
    bool library = false;
    std::string profileDir;
    std::string population = "generated";
    std::vector<std::string> memories;
    std::vector<std::string> policies;
    std::optional<std::string> heat;
    int prefetch = 0;
    std::string sizesOf = "synthetic:grok-1,dtype=i8";
    float gpu = static_cast<float>(OffloadMachine{}.gpu / 1e9);
    float link = static_cast<float>(OffloadMachine{}.link / 1e9);
    float host = static_cast<float>(OffloadMachine{}.host / 1e9);
    float disk = static_cast<float>(OffloadMachine{}.disk / 1e9);
    bool json = false;
    std::optional<std::string> csv;
};

double bytesPerSecond(const char* option, float gigabytes) {
    if (!(gigabytes > 0 && gigabytes <= 1e6F))
        throw Error(
            ErrorKind::BadUsage,
            fmt::format("{} {}: expected GB/s above 0 and at most 1000000", option, gigabytes));
    return static_cast<double>(gigabytes) * 1e9;
}

OffloadMachine machineOf(const Options& options) {
    return {.gpu = bytesPerSecond("--gpu-bandwidth", options.gpu),
            .link = bytesPerSecond("--pcie", options.link),
            .host = bytesPerSecond("--cpu-bandwidth", options.host),
            .disk = bytesPerSecond("--disk", options.disk)};
}

struct Unit {
    std::string_view name;
    double bytes;
};
constexpr Unit kUnits[] = {{"KiB", 0x1p10},
                           {"MiB", 0x1p20},
                           {"GiB", 0x1p30},
                           {"TiB", 0x1p40},
                           {"MB", 1e6},
                           {"GB", 1e9},
                           {"TB", 1e12}};

/// Experts that "25%" or "8GiB" of memory holds.
int placesIn(const std::string& text, int experts, std::uint64_t expertBytes) {
    double number = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, fault] = std::from_chars(text.data(), end, number);
    const std::string_view unit(rest, static_cast<std::size_t>(end - rest));
    if (fault == std::errc() && std::isfinite(number) && number >= 0) {
        // A tiny bit more than asked for, so that 12.5 % of 8 experts is one of them.
        if (unit == "%" && number <= 100)
            return static_cast<int>(std::floor(experts * number / 100 + 1e-9));
        for (const Unit& known : kUnits)
            if (unit == known.name)
                return static_cast<int>(std::min<double>(
                    experts,
                    std::floor(number * known.bytes / static_cast<double>(expertBytes) + 1e-9)));
    }
    throw Error(ErrorKind::BadUsage,
                fmt::format("--memory {}: expected 0% to 100% of the experts, or a number with "
                            "KiB, MiB, GiB, TiB, MB, GB or TB",
                            quotedText(text)));
}

std::vector<CachePolicy> policiesOf(const Options& options) {
    std::vector<std::string> names = options.policies;
    if (names.empty()) {
        names = {
            "lru", "lfu", "decay:8", "decay:16", "decay:64", "decay:256", "least-stale", "belady"};
        if (options.heat) names.insert(names.end() - 1, "static");
    }
    // What the others are measured by.
    if (std::ranges::find(names, "lru") == names.end()) names.insert(names.begin(), "lru");
    std::vector<CachePolicy> policies;
    for (const std::string& name : names) {
        if (name == "static" && !options.heat)
            throw Error(ErrorKind::BadUsage,
                        "--policy static: expected --heat FILE, which says what it keeps; heat "
                        "learn makes one");
        for (const CachePolicy& policy : policiesNamed(name))
            if (std::ranges::find(policies, policy) == policies.end()) policies.push_back(policy);
    }
    return policies;
}

std::optional<Heat> heatFor(const Options& options, const Replayed& replayed) {
    if (!options.heat) return std::nullopt;
    Heat heat = readHeat(*options.heat);
    const HeatOrigin& origin = heat.origin();
    const std::string& fingerprint = replayed.facts.fingerprint;
    if (origin.numLayers != replayed.replay.numLayers() ||
        origin.numExperts != replayed.replay.numExperts() ||
        (!fingerprint.empty() && fingerprint != origin.fingerprint))
        throw Error(ErrorKind::BadInput,
                    fmt::format("{}: heat of another model ({} layers of {} experts, fingerprint "
                                "{}) than the recordings' ({} of {}, {}); learn it from "
                                "recordings of that one",
                                *options.heat,
                                origin.numLayers,
                                origin.numExperts,
                                origin.fingerprint,
                                replayed.replay.numLayers(),
                                replayed.replay.numExperts(),
                                fingerprint.empty() ? "unknown" : fingerprint));
    return heat;
}

OffloadSizes sizesOf(const std::string& model) {
    const auto source = openModel(model);
    return offloadSizes(source->config(), source->layouts());
}

/// Null: interrupted.
std::optional<MemoryRun> runMemory(const Replayed& replayed,
                                   const std::vector<CachePolicy>& policies,
                                   const OffloadQuestion& question,
                                   const std::stop_token& stop) {
    MemoryRun run{.places = question.places, .outcomes = {}, .choice = {}};
    for (const CachePolicy& policy : policies) {
        auto outcome = simulate(replayed.replay, policy, question, stop);
        if (!outcome) return std::nullopt;
        run.outcomes.push_back(*std::move(outcome));
    }
    run.choice = chooseOffload(run.outcomes);
    return run;
}

int run(const Options& options, const Context& context) {
    const OffloadMachine machine = machineOf(options);
    const auto policies = policiesOf(options);
    if (options.prefetch < 0)
        throw Error(ErrorKind::BadUsage,
                    fmt::format("--prefetch {}: expected 0 or more experts", options.prefetch));
    ReplayRequest request{.recordings = options.recordings,
                          .library = {},
                          .counted = populationNamed(options.population)};
    if (options.library) request.library = profileFolder(options.profileDir) / "library.sqlite";
    const Replayed replayed = readReplay(request);
    if (replayed.replay.numCounted() == 0)
        throw Error(ErrorKind::BadUsage,
                    fmt::format("--population {}: none of the {} tokens with routing is of it",
                                options.population,
                                replayed.replay.size()));
    const double pairs = static_cast<double>(replayed.replay.numLayers()) *
                         replayed.replay.numExperts() * replayed.replay.numExperts();
    if (options.prefetch > 0 && pairs > kMostPairs)
        throw Error(ErrorKind::BadUsage,
                    fmt::format("--prefetch {}: {} layers of {} experts have more pairs than can "
                                "be counted; leave it out",
                                options.prefetch,
                                replayed.replay.numLayers(),
                                replayed.replay.numExperts()));
    const auto heat = heatFor(options, replayed);
    OffloadReport report{.replayed = replayed,
                         .population = options.population,
                         .sizesOf = options.sizesOf,
                         .sizes = sizesOf(options.sizesOf),
                         .machine = machine,
                         .guesses = options.prefetch,
                         .heatFile = options.heat.value_or(""),
                         .runs = {}};
    const int experts = replayed.replay.numLayers() * replayed.replay.numExperts();
    std::vector<int> places;
    const std::vector<std::string> usual{"25%", "50%", "75%"};
    for (const auto& memory : options.memories.empty() ? usual : options.memories)
        places.push_back(placesIn(memory, experts, report.sizes.expertBytes));
    for (const int count : places) {
        auto memoryRun = runMemory(replayed,
                                   policies,
                                   {.places = count,
                                    .heat = heat ? &*heat : nullptr,
                                    .guesses = options.prefetch,
                                    .machine = machine,
                                    .sizes = report.sizes},
                                   context.interrupted);
        if (!memoryRun) return kExitInterrupted;
        report.runs.push_back(*std::move(memoryRun));
    }
    if (options.csv) writeFileWhole(*options.csv, offloadCsv(report));
    if (options.json)
        fmt::print("{}\n", offloadJson(report));
    else if (!options.csv)
        printOffload(report);
    return kExitOk;
}

void addMachine(Command& command, Options& options) {
    command.option("--gpu-bandwidth", options.gpu, "GB/s at which the GPU reads its own memory")
        .showDefault();
    command.option("--pcie", options.link, "GB/s of copies from host memory to the GPU")
        .showDefault();
    command.option("--cpu-bandwidth", options.host, "GB/s at which the CPU reads host memory")
        .showDefault();
    command.option("--disk", options.disk, "GB/s of the disk").showDefault();
    command
        .option("--sizes",
                options.sizesOf,
                "the MODEL whose bytes an expert and a layer have; layers and experts are as many "
                "as the recordings say")
        .showDefault();
}

}  // namespace

void addSimulateOffload(Command& root, Run& chosen) {
    auto options = std::make_shared<Options>();
    Command command = root.subcommand(
        "simulate-offload",
        "Replay recorded routing through caches of experts: which policy hits most when the GPU "
        "holds only some of them, the tokens/s to expect, and how far the best possible is "
        "(docs/offload.md). No model runs.\n"
        "Example: gatescope-cli simulate-offload chat.gscope --memory 25% --memory 24GiB");
    command
        .option("RECORDING",
                options->recordings,
                ".gscope recordings of one model; of each the branch shown last")
        .several();
    command.flag("--library", options->library, "the conversations of a profile as well");
    command
        .option("--profile-dir", options->profileDir, "the profile; the window's own if left out")
        .showAs("DIR");
    command
        .option("--population",
                options->population,
                "generated, prompt or all: the tokens that figures are of; all others pass through "
                "the caches too")
        .oneOf({"generated", "prompt", "all"})
        .showDefault();
    command
        .option("--memory",
                options->memories,
                "GPU memory for experts, 25% of them or 8GiB; may be given several times (25%, "
                "50%, 75%)")
        .showAs("SHARE|BYTES");
    command
        .option("--policy",
                options->policies,
                "lru, lfu, decay:N (uses fade by half in N tokens), least-stale, static (needs "
                "--heat) or belady; may be given several times (all)")
        .showAs("NAME");
    command
        .option("--heat",
                options->heat,
                "a heat file (heat learn) of other conversations: what caches begin with, and what "
                "static keeps")
        .showAs("FILE");
    command
        .option("--prefetch",
                options->prefetch,
                "so many experts of the next layer are guessed and copied early, where they are "
                "missing; by how often they went together in earlier tokens")
        .showDefault();
    addMachine(command, *options);
    command.flag("--json", options->json, "one JSON document with all numbers");
    command.option("--csv", options->csv, "write all numbers as a table").showAs("FILE");
    command.whenChosen([options, &chosen] {
        chosen = [options](const Context& context) { return run(*options, context); };
    });
}

}  // namespace gatescope::cli
