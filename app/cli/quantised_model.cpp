#include "app/cli/quantised_model.h"

#include <fmt/format.h>

#include <chrono>

#include "app/cli/progress_bar.h"
#include "engine/io/shown_text.h"
#include "engine/model/convert/quantised_copy.h"
#include "engine/model/open_model.h"

namespace gatescope::cli {
namespace {

DType typeOf(const std::string& quantise) {
    if (quantise == "q4_k") return DType::Q4_K;
    return quantise == "q8_0" ? DType::Q8_0 : DType::Q4_0;
}

LoadProgressCallback drawnBy(ProgressBar& bar) {
    return [&bar](const LoadProgress& progress) {
        bar.update(progress.bytesDone, progress.bytesTotal);
    };
}

/// One kind for all: the experts are nearly the whole model.
double expertError(const ConversionReport& report) {
    for (const ConversionError& row : report.errors)
        if (row.role == TensorRole::ExpertGate) return row.relativeError;
    return 0;
}

}  // namespace

std::optional<std::string> quantisedModel(const std::string& model,
                                          const DecoderChoice& decoder,
                                          const std::stop_token& stop) {
    if (decoder.quantise == "off") return model;
    (void)decoder.options();  // what is wrong with them is told before gigabytes are written
    const auto source = openModel(model);
    ProgressBar checking("checking", ProgressBar::Unit::Bytes);
    ProgressBar making("quantising", ProgressBar::Unit::Bytes);
    const auto start = std::chrono::steady_clock::now();
    const QuantisedCopy copy = openQuantised(*source,
                                             {.type = typeOf(decoder.quantise),
                                              .label = decoder.quantise,
                                              .numThreads = decoder.threads},
                                             {drawnBy(checking), drawnBy(making)},
                                             stop);
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    checking.clear();
    making.clear();
    for (const std::string& note : copy.notes) fmt::print(stderr, "{}\n", note);
    if (copy.outcome == LoadOutcome::Stopped) {
        fmt::print(stderr, "interrupted; the same command goes on where this one stopped\n");
        return std::nullopt;
    }
    if (copy.file.empty()) return model;
    if (copy.made)
        fmt::print(stderr,
                   "quantised to {} in {:.1f} s, expert weights off by {:.2g} (rms): {}, {}\n",
                   decoder.quantise,
                   seconds,
                   expertError(copy.report),
                   shownText(copy.file.string(), kWholeText),
                   bytesText(copy.report.bytes));
    return copy.file.string();
}

}  // namespace gatescope::cli
