#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "app/cli/command.h"
#include "app/cli/progress_bar.h"
#include "app/exit_status.h"
#include "engine/store/salvage.h"

namespace gatescope::cli {
namespace {

struct LibraryOptions {
    std::string from;
    std::string to;
    bool json = false;
};

int rescue(const LibraryOptions& options, const Context& context) {
    ProgressBar bar("reading", ProgressBar::Unit::Bytes);
    const auto report = salvageLibrary(
        options.from,
        options.to,
        [&](std::uint64_t done, std::uint64_t total) { bar.update(done, total); },
        context.interrupted);
    bar.clear();
    if (!report) return kExitInterrupted;
    if (!options.json) {
        fmt::print("{}\n", describe(*report));
        return kExitOk;
    }
    const nlohmann::ordered_json document{{"conversations", report->conversations},
                                          {"messages", report->messages},
                                          {"lost_messages", report->lostMessages},
                                          {"cut_texts", report->cutTexts},
                                          {"guessed", report->mended},
                                          {"without_tokens", report->withoutTokens},
                                          {"without_routing", report->withoutRouting},
                                          {"unnamed_conversations", report->unnamed}};
    fmt::print("{}\n", document.dump(2));
    return kExitOk;
}

}  // namespace

void addLibrary(Command& root, Run& run) {
    auto options = std::make_shared<LibraryOptions>();
    Command library = root.subcommand("library",
                                      "The file in which the window keeps conversations "
                                      "(library.sqlite in the profile)");
    library.requireSubcommand();
    Command command = library.subcommand(
        "rescue",
        "Read what can be read of a damaged library into a new one. Every page of the file is "
        "looked at; what lies on pages that are not damaged is in the new one. The damaged one "
        "stays as it is.\n"
        "Example: gatescope-cli library rescue library.sqlite rescued.sqlite");
    command.option("FROM", options->from, "the damaged library").required();
    command.option("TO", options->to, "the new one, which must not exist").required();
    command.flag("--json", options->json, "one JSON document");
    command.whenChosen([options, &run] {
        run = [options](const Context& context) { return rescue(*options, context); };
    });
}

}  // namespace gatescope::cli
