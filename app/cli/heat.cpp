#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/cli/command.h"
#include "app/cli/offload/replayed.h"
#include "app/exit_status.h"
#include "engine/error.h"
#include "engine/io/shown_text.h"
#include "engine/offload/heat_file.h"
#include "engine/offload/keeping_rule.h"

namespace gatescope::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
    std::vector<std::string> recordings;
    bool library = false;
    std::string profileDir;
    std::string which;  ///< a fingerprint or a file
    std::optional<std::string> file;
    float halfLife = kUsualHeatHalfLife;
    bool halfLifeGiven = false;
    bool json = false;
};

fs::path heatFolder(const Options& options) {
    return profileFolder(options.profileDir) / "heat";
}

/// A fingerprint names the profile's heat of that model, anything else a file.
fs::path fileNamed(const Options& options) {
    return isFingerprint(options.which) ? heatFile(heatFolder(options), options.which)
                                        : fs::path(options.which);
}

fs::path folderOf(const fs::path& file) {
    return file.has_parent_path() ? file.parent_path() : fs::path(".");
}

std::vector<fs::path> allFiles(const fs::path& folder) {
    std::vector<fs::path> files;
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(folder, none))
        if (entry.path().extension() == ".json" && isFingerprint(entry.path().stem().string()))
            files.push_back(entry.path());
    std::ranges::sort(files);
    return files;
}

// ---------------------------------------------------------------- show

/// Experts of a layer with their shares of its selections, the hottest first: at most 8.
std::string layerText(const Heat& heat, int layer) {
    constexpr std::size_t kShown = 8;
    std::vector<std::pair<double, int>> shares;
    for (int expert = 0; expert < heat.origin().numExperts; ++expert)
        shares.emplace_back(heat.share(layer, expert), expert);
    std::ranges::stable_sort(shares, std::greater<>(), &std::pair<double, int>::first);
    std::string out;
    for (std::size_t i = 0; i < std::min(kShown, shares.size()); ++i)
        out += fmt::format("  E{} {:.1f} %", shares[i].second, 100 * shares[i].first);
    return shares.size() > kShown ? out + "  ..." : out;
}

void printHeat(const fs::path& file, const Heat& heat) {
    const HeatOrigin& origin = heat.origin();
    fmt::print("{}\n{}, fingerprint {}: {} layers of {} experts, learnt from {} tokens, ",
               file.string(),
               origin.model.empty() ? "a model without a name" : shownText(origin.model),
               origin.fingerprint,
               origin.numLayers,
               origin.numExperts,
               heat.tokens());
    if (origin.halfLife == std::numeric_limits<double>::infinity())
        fmt::print("none of which fades\n");
    else
        fmt::print("which fade by half in {} tokens\n", origin.halfLife);
    for (int layer = 0; layer < origin.numLayers; ++layer)
        fmt::print("layer {:>3}{}\n", layer, layerText(heat, layer));
}

nlohmann::ordered_json heatJson(const fs::path& file, const Heat& heat) {
    auto document = nlohmann::ordered_json::parse(heatText(heat));
    document["file"] = file.string();
    document["hottest_first"] = hottestFirst(heat);
    return document;
}

int show(const Options& options) {
    const std::vector<fs::path> files = options.which.empty()
                                            ? allFiles(heatFolder(options))
                                            : std::vector<fs::path>{fileNamed(options)};
    nlohmann::ordered_json documents = nlohmann::ordered_json::array();
    for (const fs::path& file : files) {
        const Heat heat = readHeat(file);
        if (options.json)
            documents.push_back(heatJson(file, heat));
        else
            printHeat(file, heat);
    }
    if (options.json)
        fmt::print("{}\n", documents.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
    else if (files.empty())
        fmt::print("no heat in {}; heat learn makes it\n", heatFolder(options).string());
    return kExitOk;
}

// ---------------------------------------------------------------- learn

double halfLifeOf(const Options& options) {
    if (!(options.halfLife > 0 && options.halfLife <= 1e15F))
        throw Error(ErrorKind::BadUsage,
                    fmt::format("--half-life {}: expected tokens above 0", options.halfLife));
    return static_cast<double>(options.halfLife);
}

/// What there is already, or nothing learnt.
Heat earlierHeat(const fs::path& file, const Options& options, const Replayed& replayed) {
    const RoutingReplay& replay = replayed.replay;
    if (!canHaveHeat(replay.numLayers(), replay.numExperts()))
        throw Error(ErrorKind::BadInput,
                    fmt::format("the recordings are of {} layers of {} experts, expected at most "
                                "{} experts in all; heat is not kept of larger models",
                                replay.numLayers(),
                                replay.numExperts(),
                                kMostHeatCells));
    std::error_code unknown;
    if (!fs::exists(file, unknown))
        return Heat(newHeatOrigin(replayed.facts.fingerprint,
                                  replayed.facts.name,
                                  replay.numLayers(),
                                  replay.numExperts(),
                                  halfLifeOf(options)));
    Heat heat = readHeat(file);
    const HeatOrigin& origin = heat.origin();
    if (origin.fingerprint != replayed.facts.fingerprint ||
        origin.numLayers != replay.numLayers() || origin.numExperts != replay.numExperts())
        throw Error(ErrorKind::BadInput,
                    fmt::format("{}: heat of another model (fingerprint {}) than the recordings' "
                                "({}); name another file",
                                file.string(),
                                origin.fingerprint,
                                replayed.facts.fingerprint));
    if (options.halfLifeGiven && origin.halfLife != halfLifeOf(options))
        throw Error(ErrorKind::BadUsage,
                    fmt::format("--half-life {}: {} was learnt with {}; reset it first",
                                options.halfLife,
                                file.string(),
                                origin.halfLife));
    return heat;
}

int learn(const Options& options) {
    ReplayRequest request{.recordings = options.recordings,
                          .library = {},
                          .counted = Population::All,
                          .withInterventions = false};
    if (options.library) request.library = profileFolder(options.profileDir) / "library.sqlite";
    const Replayed replayed = readReplay(request);
    if (!isFingerprint(replayed.facts.fingerprint))
        throw Error(ErrorKind::BadInput,
                    "the recordings do not say which weights they are of (they began before the "
                    "whole model had been read); record them again");
    const fs::path file = options.file ? fs::path(*options.file)
                                       : heatFile(heatFolder(options), replayed.facts.fingerprint);
    const HeatFolderLock lock(folderOf(file));
    Heat heat = earlierHeat(file, options, replayed);
    heat.learn(replayed.replay);
    writeHeat(file, heat);
    if (options.json)
        fmt::print(
            "{}\n",
            heatJson(file, heat).dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
    else
        fmt::print("{}: learnt from {} tokens, {} in all\n",
                   file.string(),
                   replayed.replay.size(),
                   heat.tokens());
    return kExitOk;
}

// ---------------------------------------------------------------- reset

int reset(const Options& options) {
    const fs::path file = fileNamed(options);
    const HeatFolderLock lock(folderOf(file));
    const Heat heat = readHeat(file);  // so that nothing else is removed by a slip
    std::error_code failure;
    if (!fs::remove(file, failure))
        throw Error(ErrorKind::DeviceFault,
                    fmt::format("{}: cannot be removed ({})", file.string(), failure.message()));
    fmt::print("{}: forgotten, {} tokens\n", file.string(), heat.tokens());
    return kExitOk;
}

void addProfile(Command& command, Options& options) {
    command.option("--profile-dir", options.profileDir, "the profile; the window's own if left out")
        .showAs("DIR");
}

void addLearn(Command& heat, const std::shared_ptr<Options>& options, Run& run) {
    Command command = heat.subcommand(
        "learn",
        "Count the experts that recorded tokens selected, prompts and replies, to what is known of "
        "the model already; tokens under interventions are left out. The same recording counts "
        "again each time.\n"
        "Example: gatescope-cli heat learn monday.gscope tuesday.gscope");
    command
        .option("RECORDING",
                options->recordings,
                ".gscope recordings of one model; of each the branch shown last")
        .several();
    command.flag("--library", options->library, "the conversations of a profile as well");
    command.option("--file", options->file, "this file, not the profile's").showAs("FILE");
    command.option("--half-life", options->halfLife, "tokens in which a selection fades by half")
        .showDefault();
    addProfile(command, *options);
    command.flag("--json", options->json, "one JSON document");
    command.whenChosen([options, command, &run] {
        options->halfLifeGiven = command.given("--half-life");
        run = [options](const Context&) { return learn(*options); };
    });
}

}  // namespace

void addHeat(Command& root, Run& run) {
    auto options = std::make_shared<Options>();
    Command heat = root.subcommand(
        "heat",
        "Look at, learn or forget how often a model's experts were selected: what stays in fast "
        "memory where not all of them fit (docs/offload.md).\n"
        "Example: gatescope-cli heat learn --library");
    heat.requireSubcommand();
    Command shower = heat.subcommand("show", "Which experts are hot, layer by layer");
    shower.option("WHICH",
                  options->which,
                  "a model's fingerprint, or a heat file; all of the profile if left out");
    addProfile(shower, *options);
    shower.flag("--json", options->json, "one JSON document, a list");
    shower.whenChosen(
        [options, &run] { run = [options](const Context&) { return show(*options); }; });
    addLearn(heat, options, run);
    Command resetter = heat.subcommand("reset", "Forget what was learnt of a model");
    resetter.option("WHICH", options->which, "its fingerprint, or a heat file").required();
    addProfile(resetter, *options);
    resetter.whenChosen(
        [options, &run] { run = [options](const Context&) { return reset(*options); }; });
}

}  // namespace gatescope::cli
