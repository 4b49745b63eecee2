#include "engine/decoder/cpu/worker_pool.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "engine/check.h"
#include "engine/error.h"

#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>
#endif

namespace gatescope {
namespace {

// About 20 microseconds: longer than the serial work between two tasks of a step, short enough to
// give a core back to whoever wants it (a window has to be drawn) before anyone notices.
constexpr int kSpins = 1000;

void pauseCpu() {
#if defined(__x86_64__) || defined(__i386__)
    _mm_pause();
#else
    std::this_thread::yield();
#endif
}

/// Waits until `value` is no longer `old`: spins for a while, then sleeps. Has no time limit: what
/// it waits for is the end of a bounded kernel, or the next task, which may be hours away.
template <class T>
void waitWhile(const std::atomic<T>& value, T old) {
    for (int spin = 0; spin < kSpins; ++spin) {
        if (value.load(std::memory_order_acquire) != old) return;
        pauseCpu();
    }
    value.wait(old, std::memory_order_acquire);
}

}  // namespace

WorkerPool::WorkerPool(int numThreads) : numThreads_(numThreads) {
    GS_CHECK_LE(1, numThreads);
    threads_.reserve(static_cast<std::size_t>(numThreads) - 1);
    try {
        for (int thread = 1; thread < numThreads; ++thread)
            threads_.emplace_back([this] { work(); });
    } catch (
        const std::system_error& error) {  // those that did start would be waited for, for ever
        quit();
        throw Error(ErrorKind::NoMemory,
                    fmt::format("thread {} of {} could not be started ({}); ask for fewer",
                                threads_.size() + 2,
                                numThreads,
                                error.code().message()));
    }
}

WorkerPool::~WorkerPool() {
    quit();
}

void WorkerPool::quit() {
    quit_.store(true, std::memory_order_relaxed);
    round_.fetch_add(1, std::memory_order_release);
    round_.notify_all();
}

void WorkerPool::start(Task task) {
    task_ = task;
    unfinished_.store(numThreads_, std::memory_order_relaxed);
    const std::uint32_t round = round_.load(std::memory_order_relaxed) + 1;
    claims_.store(std::uint64_t{round} << 32, std::memory_order_release);
    round_.store(round, std::memory_order_release);
    if (numThreads_ > 1) round_.notify_all();
    takeShares(round);
    for (int left = unfinished_.load(std::memory_order_acquire); left != 0;
         left = unfinished_.load(std::memory_order_acquire))
        waitWhile(unfinished_, left);
}

void WorkerPool::work() {
    for (std::uint32_t done = 0;;) {
        waitWhile(round_, done);
        if (quit_.load(std::memory_order_relaxed)) return;
        done = round_.load(std::memory_order_acquire);
        takeShares(done);
    }
}

/// Does free shares of `round` until there are none, or that round is over.
void WorkerPool::takeShares(std::uint32_t round) {
    std::uint64_t claims = claims_.load(std::memory_order_acquire);
    while (claims >> 32 == round && (claims & 0xffffffffU) < static_cast<unsigned>(numThreads_)) {
        if (!claims_.compare_exchange_weak(claims, claims + 1, std::memory_order_acq_rel)) continue;
        task_.call(task_.body, static_cast<int>(claims & 0xffffffffU));
        if (unfinished_.fetch_sub(1, std::memory_order_acq_rel) == 1) unfinished_.notify_one();
        claims = claims_.load(std::memory_order_acquire);
    }
}

kernels::ColumnRange shareOf(int share, int numShares, int count, int granule) {
    const int granules = (count + granule - 1) / granule;
    const auto cut = [&](int s) {
        const auto at = static_cast<std::int64_t>(granules) * s / numShares;
        return std::min(count, static_cast<int>(at) * granule);
    };
    return {cut(share), cut(share + 1)};
}

}  // namespace gatescope
