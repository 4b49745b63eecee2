#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <stop_token>

namespace gatescope::cli {

/// What main hands to the subcommand that was chosen.
struct Context {
    std::stop_token interrupted;  ///< Ctrl-C: finish quickly and return kExitInterrupted
};

/// Runs a subcommand; returns its exit status. The world's faults leave as Error.
using Run = std::function<int(const Context&)>;

/// Each adds its options to `app` and sets `run` when it is the one on the command line.
void addInfo(CLI::App& app, Run& run);
void addTokenize(CLI::App& app, Run& run);
void addForward(CLI::App& app, Run& run);
void addGenerate(CLI::App& app, Run& run);
void addChat(CLI::App& app, Run& run);
void addBench(CLI::App& app, Run& run);
void addPerplexity(CLI::App& app, Run& run);
void addRecord(CLI::App& app, Run& run);
void addConvert(CLI::App& app, Run& run);
void addCache(CLI::App& app, Run& run);

}  // namespace gatescope::cli
