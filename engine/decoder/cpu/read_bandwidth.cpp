#include "engine/decoder/cpu/read_bandwidth.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <numeric>

#include "engine/decoder/cpu/worker_pool.h"
#include "engine/model/weights.h"

namespace gatescope::cpu {

double readBandwidth(int numThreads) {
    constexpr std::size_t kBytes = std::size_t{512} << 20U;
    constexpr int kCount = static_cast<int>(kBytes / sizeof(std::uint64_t));
    using Clock = std::chrono::steady_clock;
    AlignedBuffer memory(kBytes);
    auto* const words = reinterpret_cast<std::uint64_t*>(memory.data());
    WorkerPool pool(numThreads);
    // Each part is first touched by the thread that reads it, so that it lies near.
    const auto shareOfThread = [&](int thread) { return shareOf(thread, numThreads, kCount, 8); };
    pool.run([&](int thread) {
        const auto share = shareOfThread(thread);
        std::fill(words + share.begin, words + share.end, std::uint64_t{1});
    });
    std::atomic<std::uint64_t> total{0};  // a sum that is used is not optimised away
    double best = 0;
    for (int round = 0; round < 3; ++round) {
        const auto begin = Clock::now();
        pool.run([&](int thread) {
            const auto share = shareOfThread(thread);
            total += std::accumulate(words + share.begin, words + share.end, std::uint64_t{0});
        });
        const double took = std::chrono::duration<double>(Clock::now() - begin).count();
        best = std::max(best, static_cast<double>(kBytes) / took);
    }
    return total.load() == 0 ? 0 : best;
}

}  // namespace gatescope::cpu
