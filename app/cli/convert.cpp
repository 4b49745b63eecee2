#include "engine/model/convert/convert.h"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "app/cli/command.h"
#include "app/cli/progress_bar.h"
#include "app/exit_status.h"
#include "engine/error.h"
#include "engine/model/open_model.h"

namespace gatescope::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
    std::string model;
    std::string out;
    std::string type;
    int threads = 0;
    bool json = false;
};

constexpr std::array kTypes{
    DType::F32, DType::F16, DType::BF16, DType::Q8_0, DType::Q4_0, DType::Q4_K};

DType typeNamed(const std::string& wanted) {
    for (const DType type : kTypes)
        if (name(type) == wanted) return type;
    throw Error(ErrorKind::BadUsage,
                fmt::format("--type {}: expected f32, f16, bf16, q8_0, q4_0 or q4_k", wanted));
}

/// A model must not be replaced by what is made of it while it is read.
void checkOut(const Options& options) {
    namespace fs = std::filesystem;
    std::error_code ignored;
    if (fs::is_directory(options.out, ignored))
        throw Error(ErrorKind::BadUsage,
                    fmt::format("{} is a directory; expected the name of the file to be written",
                                options.out));
    if (fs::equivalent(options.out, options.model, ignored))
        throw Error(ErrorKind::BadUsage,
                    fmt::format("{} is the model itself; choose another name", options.out));
}

Json reportJson(const Options& options, const ConversionReport& report) {
    Json errors = Json::array();
    for (const ConversionError& row : report.errors)
        errors.push_back({{"kind", kindName(row.role)},
                          {"type", name(row.dtype)},
                          {"elements", row.numElements},
                          {"relative_error", row.relativeError}});
    return {{"file", options.out},
            {"type", options.type},
            {"bytes", report.bytes},
            {"tensors", report.numTensors},
            {"tensors_kept", report.numKept},
            {"errors", errors},
            {"remarks", report.remarks}};
}

void printReport(const Options& options, const ConversionReport& report) {
    fmt::print("{}: {} in {} tensors", options.out, bytesText(report.bytes), report.numTensors);
    if (report.numKept > 0) fmt::print(", {} of them kept from an earlier run", report.numKept);
    fmt::print("\n{:<24}{:<8}{:>18}  {}\n", "kind", "type", "weights", "relative error (rms)");
    for (const ConversionError& row : report.errors)
        fmt::print("{:<24}{:<8}{:>18}  {:.3g}\n",
                   kindName(row.role),
                   name(row.dtype),
                   row.numElements,
                   row.relativeError);
    for (const std::string& remark : report.remarks) fmt::print("note: {}\n", remark);
}

int convert(const Options& options, const Context& context) {
    const DType type = typeNamed(options.type);
    checkOut(options);
    const auto source = openModel(options.model);
    ProgressBar bar("converting", ProgressBar::Unit::Bytes);
    const ConversionReport report = convertToGguf(
        *source,
        options.out,
        {.type = type, .numThreads = options.threads},
        [&](const LoadProgress& progress) { bar.update(progress.bytesDone, progress.bytesTotal); },
        context.interrupted);
    bar.clear();
    if (report.outcome == LoadOutcome::Stopped) {
        fmt::print(stderr,
                   "interrupted; the same command goes on where this one stopped "
                   "({0}.partial and {0}.partial.log hold what is done)\n",
                   options.out);
        return kExitInterrupted;
    }
    if (options.json)
        fmt::print("{}\n",
                   reportJson(options, report)
                       .dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
    else
        printReport(options, report);
    return kExitOk;
}

}  // namespace

void addConvert(Command& root, Run& run) {
    auto options = std::make_shared<Options>();
    Command command = root.subcommand(
        "convert",
        "Write any MODEL as a GGUF file that llama.cpp loads too, and say how far its weights are "
        "from the original. An interrupted conversion goes on when it is started again.\n"
        "Example: gatescope-cli convert MODEL grok-q4_k.gguf --type q4_k");
    command.option("MODEL", options->model).required();
    command.option("OUT", options->out, "the .gguf file; appears whole and checked").required();
    command.option("--type", options->type, "f32, f16, bf16, q8_0, q4_0 or q4_k").required();
    command.option("-t,--threads", options->threads, "threads; 0: one a core").between(0, 1024);
    command.flag("--json", options->json, "one JSON document");
    command.whenChosen([options, &run] {
        run = [options](const Context& context) { return convert(*options, context); };
    });
}

}  // namespace gatescope::cli
