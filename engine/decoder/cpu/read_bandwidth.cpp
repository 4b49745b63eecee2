#include "engine/decoder/cpu/read_bandwidth.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <span>

#include "engine/decoder/cpu/worker_pool.h"
#include "engine/model/weights.h"
#include "kernels/cpu/stream_read.h"

namespace gatescope::cpu {

double readBandwidth(int numThreads) {
    constexpr std::size_t kBytes = std::size_t{512} << 20U;
    constexpr int kUnit = 4096;
    using Clock = std::chrono::steady_clock;
    AlignedBuffer memory(kBytes);
    WorkerPool pool(numThreads, readTopology());
    const auto stay = pool.ownerOnNode();
    // Each part is first touched by the thread that reads it, so that it lies near.
    const auto partOf = [&](int thread) {
        const auto share = shareOf(thread, numThreads, static_cast<int>(kBytes / kUnit), 1);
        return std::span(memory.data() + std::size_t{kUnit} * static_cast<std::size_t>(share.begin),
                         std::size_t{kUnit} * static_cast<std::size_t>(share.end - share.begin));
    };
    pool.run([&](int thread) { std::ranges::fill(partOf(thread), std::byte{1}); });
    std::atomic<std::uint64_t> total{0};  // a sum that is used is not optimised away
    double best = 0;
    for (int round = 0; round < 10; ++round) {
        const auto begin = Clock::now();
        pool.run([&](int thread) {
            const auto part = partOf(thread);
            total += kernels::streamRead(part.data(), part.size());
        });
        const double took = std::chrono::duration<double>(Clock::now() - begin).count();
        best = std::max(best, static_cast<double>(kBytes) / took);
    }
    return total.load() == 0 ? 0 : best;
}

}  // namespace gatescope::cpu
