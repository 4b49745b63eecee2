#include "engine/decoder/workers.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "engine/error.h"

namespace gatescope {

int threadsOf(const DecoderOptions& options) {
    if (options.threads < 0 || options.threads > kMaxThreads)
        throw Error(
            ErrorKind::BadUsage,
            fmt::format(
                "{} threads: expected 1 to {}, or 0 for one a core", options.threads, kMaxThreads));
    if (options.threads > 0) return options.threads;
    const unsigned cores = std::thread::hardware_concurrency();
    return static_cast<int>(std::clamp(cores, 1U, unsigned{kMaxThreads}));
}

cpu::CpuTopology topologyOf(const DecoderOptions& options) {
    return options.numa ? cpu::readTopology() : cpu::CpuTopology{};
}

}  // namespace gatescope
