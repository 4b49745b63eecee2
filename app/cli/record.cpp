#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "app/cli/command.h"
#include "app/cli/progress_bar.h"
#include "app/cli/record_filter.h"
#include "app/exit_status.h"
#include "engine/error.h"
#include "engine/store/recording.h"

namespace gatescope::cli {
namespace {

struct Options {
    std::string file;
    std::string dir = ".";
    std::string format = "npz";
    std::string filter;
    bool json = false;
    bool allVersions = false;
};

nlohmann::ordered_json toJson(const RecordingInfo& info, const std::string& file) {
    return {{"file", file},
            {"file_bytes", info.fileBytes},
            {"title", info.title},
            {"model", info.model},
            {"fingerprint", info.facts.fingerprint},
            {"synthetic", info.facts.synthetic},
            {"template", info.templateName},
            {"messages", info.messages},
            {"tokens", info.tokens},
            {"generated_tokens", info.generatedTokens},
            {"drafted_tokens", info.draftedTokens},
            {"routed_tokens", info.routedTokens},
            {"branch_messages", info.branchMessages},
            {"branch_tokens", info.branchTokens},
            {"layers", info.numLayers},
            {"experts", info.numExperts},
            {"experts_selected", info.numSelected},
            {"interventions", info.interventions}};
}

void print(const RecordingInfo& info, const Options& options) {
    if (options.json) {
        fmt::print("{}\n",
                   toJson(info, options.file)
                       .dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
        return;
    }
    fmt::print("{}{} ({})\n",
               info.facts.synthetic ? "SYNTHETIC " : "",
               options.file,
               bytesText(info.fileBytes));
    fmt::print("title          {}\nmodel          {}\n", info.title, info.model);
    fmt::print("fingerprint    {}\n",
               info.facts.fingerprint.empty() ? "none taken" : info.facts.fingerprint);
    fmt::print("messages       {}, {} of them in the branch shown last\n",
               info.messages,
               info.branchMessages);
    fmt::print("tokens         {}, {} generated{}, {} with routing\n",
               info.tokens,
               info.generatedTokens,
               info.draftedTokens > 0 ? fmt::format(" ({} drafted)", info.draftedTokens) : "",
               info.routedTokens);
    fmt::print("routing        {} layers of {} experts, {} selected\n",
               info.numLayers,
               info.numExperts,
               info.numSelected);
    fmt::print("interventions  {}\n",
               info.interventions.empty() ? "none"
                                          : fmt::format("{}", fmt::join(info.interventions, ", ")));
}

int showInfo(const Options& options) {
    print(infoOf(readRecording(options.file), options.file), options);
    return kExitOk;
}

int verify(const Options& options) {
    const RecordingInfo info = verifyRecording(options.file);
    if (options.json)
        print(info, options);
    else
        fmt::print("{}: whole, {} messages, {} tokens\n", options.file, info.messages, info.tokens);
    return kExitOk;
}

int exportArrays(const Options& options) {
    const auto files = exportRecording(options.file,
                                       options.dir,
                                       exportFormat(options.format),
                                       /*leaf=*/0,
                                       options.allVersions ? Versions::All : Versions::Shown);
    for (const auto& file : files) fmt::print("{}\n", file.string());
    return kExitOk;
}

int showMatches(const Options& options) {
    return filterRecording(options.file, options.filter, options.json);
}

}  // namespace

void addRecord(Command& root, Run& run) {
    auto options = std::make_shared<Options>();
    Command record = root.subcommand(
        "record",
        "Look into a recording (.gscope), check it, filter its tokens, export it, or run it "
        "again.\n"
        "Example: gatescope-cli record export chat.gscope --out arrays/ --format npz");
    record.requireSubcommand();
    const auto add = [&](const char* name, const char* text, int (*action)(const Options&)) {
        Command command = record.subcommand(name, text);
        command.option("FILE", options->file, "a .gscope recording").required();
        command.whenChosen([options, action, &run] {
            run = [options, action](const Context&) { return action(*options); };
        });
        return command;
    };
    add("info", "What it holds", showInfo).flag("--json", options->json, "one JSON document");
    add("verify", "Prove every page, checksum and count", verify)
        .flag("--json", options->json, "one JSON document");
    Command exporter = add("export",
                           "Write the branch shown last as arrays, tables, a page, or text to read",
                           exportArrays);
    exporter.option("--out", options->dir, "folder; made if absent").showDefault();
    exporter.option("--format", options->format, "npz, csv, json, html, md or chat-html")
        .showDefault();
    exporter.flag("--all-versions",
                  options->allVersions,
                  "md and chat-html: every version of every message, not the branch alone");
    Command filter = add("filter",
                         "Print the tokens of the branch shown last that match a filter over "
                         "routing and text.\n"
                         "Example: gatescope-cli record filter chat.gscope 'layer=17 & expert=3 & "
                         "margin<0.05 & text~\"self\"'",
                         showMatches);
    filter
        .option("EXPR",
                options->filter,
                "the filter: fields, operators and layers as in "
                "docs/filter.md")
        .required();
    filter.flag("--json", options->json, "one JSON document");
    addRerun(record, run);
}

}  // namespace gatescope::cli
