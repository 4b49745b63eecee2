#pragma once

#include <functional>
#include <stop_token>

#include "app/command_line.h"

namespace gatescope::cli {

/// What main hands to the subcommand that was chosen.
struct Context {
    std::stop_token interrupted;  ///< Ctrl-C: finish quickly and return kExitInterrupted
};

/// Runs a subcommand; returns its exit status. The world's faults leave as Error.
using Run = std::function<int(const Context&)>;

/// Each adds its subcommand to `root` and sets `run` when it is the one on the command line.
void addInfo(Command& root, Run& run);
void addPlan(Command& root, Run& run);
void addTokenize(Command& root, Run& run);
void addForward(Command& root, Run& run);
void addGenerate(Command& root, Run& run);
void addChat(Command& root, Run& run);
void addBench(Command& root, Run& run);
void addPerplexity(Command& root, Run& run);
void addRecord(Command& root, Run& run);
void addImport(Command& root, Run& run);
void addLibrary(Command& root, Run& run);
/// Of `record`.
void addRerun(Command& record, Run& run);
void addAnalyse(Command& root, Run& run);
void addCompare(Command& root, Run& run);
void addScore(Command& root, Run& run);
void addSeeds(Command& root, Run& run);
void addSimulateOffload(Command& root, Run& run);
void addHeat(Command& root, Run& run);
void addConvert(Command& root, Run& run);
void addCache(Command& root, Run& run);

}  // namespace gatescope::cli
