#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <new>
#include <string>

#include "app/cli/command.h"
#include "app/cli/interrupt.h"
#include "app/exit_status.h"
#include "app/mapped_fault.h"
#include "engine/error.h"

namespace gatescope::cli {
namespace {

/// The one line on stderr. A message that came from a library may have several; they are joined.
/// Names of files and arguments may hold anything; none of it reaches the terminal as a control.
void printError(const std::string& message) {
    std::string line;
    for (const char c : message) {
        if (c == '\n')
            line += ' ';
        else if (const auto byte = static_cast<unsigned char>(c); byte < ' ' || byte == 0x7f)
            line += fmt::format("\\x{:02x}", byte);
        else
            line += c;
    }
    fmt::print(stderr, "error: {}\n", line);
}

int runGuarded(const Run& run, const Context& context) {
    try {
        const int status = run(context);
        // ferror: a reply is flushed word by word, and what a failed flush had is gone afterwards.
        if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
            throw Error(ErrorKind::DeviceFault, "standard output could not be written");
        return status;
    } catch (const Error& error) {
        printError(error.what());
        return exitStatus(error.kind());
    } catch (const std::bad_alloc&) {
        printError("memory ran out; close other programs, or choose a smaller model or context");
        return exitStatus(ErrorKind::NoMemory);
    } catch (const std::exception& error) {
        printError(fmt::format("something unexpected went wrong: {}", error.what()));
        return exitStatus(ErrorKind::DeviceFault);
    }
}

int main(int argc, char** argv) {
    const Interrupt interrupt;  // before any other thread exists
    explainMappedFaults();
    CommandLine line(
        "Talk to a mixture-of-experts model and read out which experts answer.\n"
        "MODEL is a directory with xAI's ckpt-0, a GGUF file of Grok-1 (of several parts the "
        "first, or the directory they lie in), a Hugging Face directory of Grok-1 (config.json, "
        "*.safetensors), or synthetic:NAME[,layers=N][,dtype=T][,seed=S] with NAME grok-1, "
        "grok-1-tiny, bench-1b or bench-tiny.\n"
        "Exit status: 0 done, 2 bad usage, 3 bad model or input file, 4 memory or device, 130 "
        "interrupted.",
        "gatescope-cli",
        GATESCOPE_VERSION);
    Command root = line.root();
    root.requireSubcommand();
    Run run;
    addInfo(root, run);
    addPlan(root, run);
    addTokenize(root, run);
    addForward(root, run);
    addGenerate(root, run);
    addChat(root, run);
    addBench(root, run);
    addPerplexity(root, run);
    addConvert(root, run);
    addCache(root, run);
    addRecord(root, run);
    addImport(root, run);
    addLibrary(root, run);
    addAnalyse(root, run);
    addCompare(root, run);
    addScore(root, run);
    addSeeds(root, run);
    addSimulateOffload(root, run);
    addHeat(root, run);
    try {
        if (const auto ended = line.parse(argc, argv)) return *ended;
    } catch (const Error& error) {
        printError(fmt::format("{}; --help lists what there is", error.what()));
        return exitStatus(error.kind());
    }
    return runGuarded(run, {interrupt.token()});
}

}  // namespace
}  // namespace gatescope::cli

int main(int argc, char** argv) {
    return gatescope::cli::main(argc, argv);
}
