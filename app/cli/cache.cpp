#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "app/cli/command.h"
#include "app/cli/progress_bar.h"
#include "app/exit_status.h"
#include "engine/decoder/load_weights.h"
#include "engine/error.h"
#include "engine/io/shown_text.h"
#include "engine/model/convert/quantised_copy.h"
#include "engine/model/native/start_copies.h"
#include "engine/model/open_model.h"
#include "engine/plan/memory_plan.h"

namespace gatescope::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

struct Options {
    std::string model;
    bool json = false;
};

void print(const Json& json) {
    fmt::print("{}\n", json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

std::string shown(const std::string& path) {
    return shownText(path, kWholeText);
}

std::string modelOf(const StartCopy& copy) {
    return copy.header ? copy.header->source.location : std::string();
}

/// Empty: it can be used now. Else why not.
std::string problemOf(const StartCopy& copy) {
    if (!copy.header) return "cannot be read: " + copy.problem;
    try {
        return staleness(copy, *openModel(modelOf(copy)));
    } catch (const Error& error) {  // the model has gone or changed: that is the answer
        return fmt::format("is of a model that cannot be opened: {}", error.what());
    }
}

Json toJson(const StartCopy& copy) {
    const std::string problem = problemOf(copy);
    return {{"file", copy.file.string()},
            {"bytes", copy.bytes},
            {"model", copy.header ? Json(modelOf(copy)) : Json()},
            {"usable", problem.empty()},
            {"problem", problem.empty() ? Json() : Json(problem)}};
}

std::uint64_t bytesOf(const std::vector<StartCopy>& copies) {
    std::uint64_t bytes = 0;
    for (const StartCopy& copy : copies) bytes += copy.bytes;
    return bytes;
}

/// All of them, or those of `model`, which need not exist any more.
std::vector<StartCopy> copiesOf(const std::string& model) {
    std::vector<StartCopy> copies = listStartCopies(startCopyFolder());
    if (model.empty()) return copies;
    const std::string there = locationOf(model);
    const std::string asNamed = fs::absolute(model).lexically_normal().string();
    std::erase_if(copies, [&](const StartCopy& copy) {
        const std::string location = modelOf(copy);
        return location.empty() || (location != there && location != asNamed);
    });
    return copies;
}

/// The same of what --quantise made; an unfinished one lies where its model's belong, too.
std::vector<QuantisedFile> quantisedOf(const std::string& model) {
    std::vector<QuantisedFile> files = listQuantised(quantisedFolder());
    if (model.empty()) return files;
    const auto folderOf = [](const std::string& location) {
        return quantisedFile({}, location).parent_path();
    };
    const fs::path there = folderOf(locationOf(model));
    const fs::path asNamed = folderOf(fs::absolute(model).lexically_normal().string());
    std::erase_if(files, [&](const QuantisedFile& copy) {
        const fs::path folder = copy.file.parent_path();
        return folder != there && folder != asNamed;
    });
    return files;
}

std::uint64_t bytesOf(const std::vector<QuantisedFile>& files) {
    std::uint64_t bytes = 0;
    for (const QuantisedFile& copy : files) bytes += copy.bytes;
    return bytes;
}

/// "3 quantised copies".
std::string countText(std::size_t count, const char* kind) {
    return fmt::format("{} {} cop{}", count, kind, count == 1 ? "y" : "ies");
}

// ---------------------------------------------------------------- add

void report(const Options& options, const StartCopy& copy, bool made) {
    if (options.json)
        return print({{"file", copy.file.string()},
                      {"bytes", copy.bytes},
                      {"model", modelOf(copy)},
                      {"made", made}});
    fmt::print("{}: {}, {}\n",
               shown(copy.file.string()),
               bytesText(copy.bytes),
               made ? "made" : "is there already");
}

int add(const Options& options, const Context& context) {
    const auto source = openModel(options.model);
    (void)planAndPrepare(*source);
    const fs::path folder = startCopyFolder();
    if (const auto copy = findStartCopy(folder, *source); copy && staleness(*copy, *source).empty())
        return report(options, *copy, false), kExitOk;
    if (source->identity().location.empty())  // told before gigabytes are made
        throw Error(ErrorKind::BadUsage,
                    fmt::format("{} comes from no file, so there is nothing to keep a copy of",
                                options.model));
    ProgressBar loading("loading", ProgressBar::Unit::Bytes);
    const auto weights =
        loadWeights(
            *source,
            {},
            [&](const LoadProgress& p) { loading.update(p.bytesDone, p.bytesTotal); },
            context.interrupted)
            .weights;
    if (!weights) return kExitInterrupted;
    loading.clear();
    ProgressBar writing("writing", ProgressBar::Unit::Bytes);
    const auto file = addStartCopy(
        folder,
        *source,
        *weights,
        [&](const LoadProgress& p) { writing.update(p.bytesDone, p.bytesTotal); },
        context.interrupted);
    writing.clear();
    if (!file) return kExitInterrupted;
    report(options, findStartCopy(folder, *source).value(), true);
    return kExitOk;
}

// ---------------------------------------------------------------- list, clear, verify

int list(const Options& options, const Context& /*context*/) {
    const auto copies = copiesOf({});
    const auto quantised = quantisedOf({});
    const std::string folder = startCopyFolder().string();
    if (options.json) {
        Json rows = Json::array();
        for (const StartCopy& copy : copies) rows.push_back(toJson(copy));
        Json others = Json::array();
        for (const QuantisedFile& copy : quantised)
            others.push_back({{"file", copy.file.string()},
                              {"bytes", copy.bytes},
                              {"model", copy.location.empty() ? Json() : Json(copy.location)}});
        print({{"folder", folder},
               {"bytes", bytesOf(copies)},
               {"copies", rows},
               {"quantised_bytes", bytesOf(quantised)},
               {"quantised", others}});
        return kExitOk;
    }
    for (const StartCopy& copy : copies) {
        const std::string problem = problemOf(copy);
        fmt::print("{:>10}  {}{}\n",
                   bytesText(copy.bytes),
                   shown(copy.header ? modelOf(copy) : copy.file.filename().string()),
                   problem.empty() ? "" : " (not used: it " + problem + ")");
    }
    fmt::print("{} in {} in {}\n",
               bytesText(bytesOf(copies)),
               countText(copies.size(), "start"),
               shown(folder));
    if (quantised.empty()) return kExitOk;
    for (const QuantisedFile& copy : quantised)
        fmt::print(
            "{:>10}  {}{}\n",
            bytesText(copy.bytes),
            shown(copy.file.filename().string()),
            copy.location.empty() ? " (unfinished or damaged)" : " of " + shown(copy.location));
    fmt::print("{} in {} in {}\n",
               bytesText(bytesOf(quantised)),
               countText(quantised.size(), "quantised"),
               shown(quantisedFolder().string()));
    return kExitOk;
}

int clear(const Options& options, const Context& /*context*/) {
    const auto copies = copiesOf(options.model);
    const auto quantised = quantisedOf(options.model);
    Json files = Json::array();
    for (const StartCopy& copy : copies) {
        std::error_code error;
        fs::remove(copy.file, error);
        if (error)
            throw Error(
                ErrorKind::DeviceFault,
                fmt::format(
                    "{} cannot be removed: {}", shown(copy.file.string()), error.message()));
        files.push_back(copy.file.string());
    }
    for (const QuantisedFile& copy : quantised) {
        removeQuantised(copy);
        files.push_back(copy.file.string());
    }
    if (options.json) {
        print({{"removed", files}, {"bytes", bytesOf(copies) + bytesOf(quantised)}});
        return kExitOk;
    }
    fmt::print("{} removed, {}\n", countText(copies.size(), "start"), bytesText(bytesOf(copies)));
    if (!quantised.empty())
        fmt::print("{} removed, {}\n",
                   countText(quantised.size(), "quantised"),
                   bytesText(bytesOf(quantised)));
    return kExitOk;
}

/// All are looked at; the first that is damaged decides the exit status.
int verify(const Options& options, const Context& context) {
    const auto copies = copiesOf(options.model);
    if (copies.empty() && !options.model.empty())
        throw Error(ErrorKind::BadUsage,
                    fmt::format("there is no start copy of {}; gatescope-cli cache list shows them",
                                options.model));
    std::optional<Error> first;
    Json rows = Json::array();
    const int threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    for (const StartCopy& copy : copies) {
        std::string problem;
        ProgressBar bar("checking", ProgressBar::Unit::Bytes);
        try {
            if (verifyStartCopy(
                    copy.file,
                    threads,
                    [&](const LoadProgress& p) { bar.update(p.bytesDone, p.bytesTotal); },
                    context.interrupted) == LoadOutcome::Stopped)
                return kExitInterrupted;
        } catch (const Error& error) {  // the others are looked at, too
            problem = error.what();
            if (!first) first = error;
        }
        bar.clear();
        rows.push_back({{"file", copy.file.string()},
                        {"whole", problem.empty()},
                        {"problem", problem.empty() ? Json() : Json(problem)}});
        if (!options.json && problem.empty())
            fmt::print("{}: whole, {}\n", shown(copy.file.string()), bytesText(copy.bytes));
    }
    if (options.json) print({{"copies", rows}});
    if (first) throw Error(*first);
    return kExitOk;
}

}  // namespace

void addCache(Command& root, Run& run) {
    auto options = std::make_shared<Options>();
    Command cache = root.subcommand(
        "cache",
        "Start copies: the weights of a model once more, as the CPU decoder has them in memory, so "
        "that the next start maps them instead of reading the model. One takes as much disk as the "
        "model; none is made unless asked for. They lie in $XDG_CACHE_HOME/gatescope/start-copies "
        "(else ~/.cache) and are used by every command and the window while the model's files stay "
        "as they were. list and clear show and remove the files of --quantise as well.\n"
        "Example: gatescope-cli cache add MODEL");
    cache.requireSubcommand();
    const auto addAction = [&](const char* name,
                               const char* text,
                               bool needsModel,
                               int (*action)(const Options&, const Context&)) {
        Command command = cache.subcommand(name, text);
        CommandOption model = command.option("MODEL", options->model);
        if (needsModel) model.required();
        command.flag("--json", options->json, "one JSON document");
        command.whenChosen([options, action, &run] {
            run = [options, action](const Context& context) { return action(*options, context); };
        });
        return command;
    };
    addAction(
        "add", "Make the start copy of a model, or replace one that is out of date", true, add)
        .footer("Leaves 1 GiB of the disk free, or makes none.");
    Command lister = cache.subcommand("list", "All start copies, their sizes and places");
    lister.flag("--json", options->json, "one JSON document");
    lister.whenChosen([options, &run] {
        run = [options](const Context& context) { return list(*options, context); };
    });
    addAction("clear", "Remove the start copy of MODEL, or all", false, clear);
    addAction(
        "verify", "Compare the start copy of MODEL, or all, with its checksums", false, verify);
}

}  // namespace gatescope::cli
