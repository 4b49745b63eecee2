#include <fmt/format.h>
#include <signal.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "app/cli/command.h"
#include "app/cli/offload/replayed.h"
#include "app/exit_status.h"
#include "engine/error.h"
#include "engine/import/import_conversations.h"

namespace gatescope::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
    std::vector<std::string> files;
    std::string profileDir;
    std::string out;
    bool json = false;
};

/// The window's lock holds its process id. Of two programs that write to one library only the
/// window would not hear of what the other did.
void requireFree(const fs::path& profile) {
    std::ifstream lock(profile / "lock");
    pid_t owner = 0;
    if (lock >> owner && owner > 0 && (::kill(owner, 0) == 0 || errno == EPERM))
        throw Error(ErrorKind::BadUsage,
                    fmt::format("{}: this profile is in use by Gatescope; import the file there "
                                "(File > Import conversations), or close it",
                                profile.string()));
}

ImportOutcome intoRecording(const Options& options, std::vector<ImportedFile> files) {
    ConversationStore store = ConversationStore::inMemory();
    ImportOutcome outcome = addToLibrary(store, std::move(files));
    if (outcome.added.size() != 1)
        throw Error(ErrorKind::BadUsage,
                    fmt::format("{}: a recording holds one conversation, found {}; import them "
                                "into a profile",
                                options.out,
                                outcome.added.size()));
    store.saveRecording(outcome.added.front(), options.out);
    return outcome;
}

ImportOutcome intoProfile(const Options& options, std::vector<ImportedFile> files) {
    const fs::path profile = profileFolder(options.profileDir);
    requireFree(profile);
    ConversationStore store(profile / "library.sqlite", ConversationStore::Mode::ReadWrite);
    return addToLibrary(store, std::move(files));
}

int importFiles(const Options& options) {
    auto files = readAll({options.files.begin(), options.files.end()});
    nlohmann::ordered_json formats = nlohmann::json::array();
    for (const auto& file : files)
        formats.push_back({{"file", file.name}, {"format", file.format}});
    const ImportOutcome outcome = options.out.empty() ? intoProfile(options, std::move(files))
                                                      : intoRecording(options, std::move(files));
    if (!options.json) {
        fmt::print("{}\n", describe(outcome));
        return kExitOk;
    }
    const nlohmann::ordered_json document{{"files", formats},
                                          {"conversations", outcome.added.size()},
                                          {"messages", outcome.messages},
                                          {"already_there", outcome.alreadyThere},
                                          {"notes", outcome.notes}};
    fmt::print("{}\n", document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
    return kExitOk;
}

}  // namespace

void addImport(Command& root, Run& run) {
    auto options = std::make_shared<Options>();
    Command command = root.subcommand(
        "import",
        "Add conversations of other programs, or exported ones, to a profile's library: exports "
        "of Gatescope (JSON, .gscope), llama.cpp's UI (JSON, JSONL, ZIP), ChatGPT (ZIP, "
        "conversations.json) and GPT4All (.chat). All of them or none; nothing that is there "
        "changes.\n"
        "Example: gatescope-cli import chatgpt-export.zip --json");
    command.option("FILE", options->files, "files of conversations; what each is shows in it")
        .several()
        .required();
    command
        .option("--profile-dir", options->profileDir, "the profile; the window's own if left out")
        .showAs("DIR");
    command.option("--out", options->out, "a recording of the one conversation, and no profile")
        .showAs("FILE.gscope");
    command.flag("--json", options->json, "one JSON document");
    command.whenChosen(
        [options, &run] { run = [options](const Context&) { return importFiles(*options); }; });
}

}  // namespace gatescope::cli
