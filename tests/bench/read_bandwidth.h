#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <numeric>
#include <vector>

#include "engine/decoder/cpu/worker_pool.h"

namespace gatescope {

using Clock = std::chrono::steady_clock;

inline double seconds(Clock::time_point from) {
    return std::chrono::duration<double>(Clock::now() - from).count();
}

/// Bytes a second that `numThreads` threads read together from memory far larger than the caches:
/// the best of three, each thread one stream.
inline double readBandwidth(int numThreads) {
    static const std::vector<std::uint64_t> memory(std::size_t{1} << 27, 1);  // 1 GiB
    WorkerPool pool(numThreads);
    double best = 0;
    for (int round = 0; round < 3; ++round) {
        std::vector<std::uint64_t> sums(static_cast<std::size_t>(numThreads));
        const auto begin = Clock::now();
        pool.run([&](int thread) {
            const std::size_t part = memory.size() / static_cast<std::size_t>(numThreads);
            const auto* from = memory.data() + part * static_cast<std::size_t>(thread);
            sums[static_cast<std::size_t>(thread)] =
                std::accumulate(from, from + part, std::uint64_t{0});
        });
        volatile std::uint64_t sink = sums[0];
        (void)sink;
        best = std::max(best, static_cast<double>(memory.size() * 8) / seconds(begin));
    }
    return best;
}

}  // namespace gatescope
