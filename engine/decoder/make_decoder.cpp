#include <fmt/format.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "engine/check.h"
#include "engine/decoder/cpu/cpu_decoder.h"
#include "engine/decoder/decoder.h"
#include "engine/decoder/reference/reference_decoder.h"
#include "engine/error.h"

namespace gatescope {

std::unique_ptr<Decoder> makeDecoder(std::shared_ptr<const ModelWeights> weights,
                                     const DecoderOptions& options) {
    GS_CHECK(weights != nullptr);
    if (options.threads < 0 || options.threads > kMaxThreads)
        throw Error(
            ErrorKind::BadUsage,
            fmt::format(
                "{} threads: expected 1 to {}, or 0 for one a core", options.threads, kMaxThreads));
    if (options.kind == "cpu" && options.precision == Precision::F32) {
        const unsigned cores =
            std::clamp(std::thread::hardware_concurrency(), 1U, unsigned{kMaxThreads});
        const int numThreads = options.threads > 0 ? options.threads : static_cast<int>(cores);
        return std::make_unique<CpuDecoder>(std::move(weights), numThreads);
    }
    // Only the reference rounds as the JAX code does, so bf16 on the CPU is the reference, and the
    // decoder says so by its name and device.
    if (options.kind == "reference" || options.kind == "cpu")
        return std::make_unique<ReferenceDecoder>(std::move(weights), options.precision);
    if (options.kind == "cuda")
        throw Error(ErrorKind::BadUsage,
                    "decoder 'cuda': this build has no CUDA decoder yet; use 'cpu' or 'reference'");
    throw Error(
        ErrorKind::BadUsage,
        fmt::format("decoder '{}' does not exist: expected 'cpu' or 'reference'", options.kind));
}

}  // namespace gatescope
