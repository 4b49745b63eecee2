#include "engine/decoder/cpu/worker_pool.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

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

// A worker is late when it keeps all others waiting for longer than this and than several tiles. A
// thread that lost its core gets it back after some milliseconds.
constexpr std::chrono::microseconds kLate{300};
constexpr std::chrono::milliseconds kShortestRest{20};
constexpr std::chrono::milliseconds kLongestRest{640};

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

WorkerPool::WorkerPool(int numThreads, cpu::CpuTopology topology)
    : numThreads_(numThreads),
      topology_(std::move(topology)),
      nodeOfThread_(cpu::nodesOfWorkers(topology_, std::max(1, numThreads))),
      parts_(std::make_unique<Part[]>(static_cast<std::size_t>(std::max(1, numThreads)))),
      active_(numThreads) {
    GS_CHECK_LE(1, numThreads);
    threads_.reserve(static_cast<std::size_t>(numThreads) - 1);
    try {
        for (int thread = 1; thread < numThreads; ++thread)
            threads_.emplace_back([this, thread] { work(thread); });
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

int WorkerPool::numNodes() const {
    int count = 1;
    for (std::size_t i = 1; i < nodeOfThread_.size(); ++i)
        count += nodeOfThread_[i] != nodeOfThread_[i - 1] ? 1 : 0;
    return count;
}

const cpu::CpuNode* WorkerPool::nodeOf(int thread) const {
    if (numNodes() == 1) return nullptr;
    return &topology_
                .nodes[static_cast<std::size_t>(nodeOfThread_[static_cast<std::size_t>(thread)])];
}

void WorkerPool::quit() {
    quit_.store(true, std::memory_order_relaxed);
    active_.store(numThreads_, std::memory_order_release);
    active_.notify_all();
    round_.fetch_add(1, std::memory_order_release);
    round_.notify_all();
}

void WorkerPool::start(Task task) {
    if (active_.load(std::memory_order_relaxed) < numThreads_) reviveWorkers();
    task.numParts = std::min(active_.load(std::memory_order_relaxed), task.numTiles);
    if (task.numParts <= 1) {
        for (int tile = 0; tile < task.numTiles; ++tile) task.call(task.body, tile, 0);
        return;
    }
    task_ = task;
    unfinished_.store(task.numTiles, std::memory_order_relaxed);
    const std::uint32_t round = round_.load(std::memory_order_relaxed) + 1;
    for (int part = 0; part < task.numParts; ++part) {
        const auto tiles = shareOf(part, task.numParts, task.numTiles, 1);
        parts_[static_cast<std::size_t>(part)].claims.store(
            std::uint64_t{round} << 32 | static_cast<unsigned>(tiles.end - tiles.begin),
            std::memory_order_release);
    }
    round_.store(round, std::memory_order_release);
    round_.notify_all();

    const auto begin = Clock::now();
    const int tiles = takeTiles(round, 0);
    finishTiles(tiles);
    const auto done = Clock::now();
    for (int left = unfinished_.load(std::memory_order_acquire); left != 0;
         left = unfinished_.load(std::memory_order_acquire))
        waitWhile(unfinished_, left);
    noteWait(done - begin, tiles, Clock::now() - done);
}

/// Nobody has tiles left when the owner has none: what is still to be waited for is one tile of
/// another thread. If that takes much longer than one of the owner's own, its core was taken away.
void WorkerPool::noteWait(Clock::duration work, int tiles, Clock::duration wait) {
    if (wait < kLate || wait < 4 * work / std::max(1, tiles)) return;
    const int active = active_.load(std::memory_order_relaxed);
    if (active == 1) return;
    const auto now = Clock::now();
    const bool again = now - restUntil_ < 2 * rest_;
    rest_ = again ? std::min<Clock::duration>(2 * rest_, kLongestRest) : kShortestRest;
    restUntil_ = now + rest_;
    active_.store(active - 1, std::memory_order_release);
}

void WorkerPool::reviveWorkers() {
    if (Clock::now() < restUntil_) return;
    active_.store(numThreads_, std::memory_order_release);
    active_.notify_all();
}

void WorkerPool::work(int thread) {
    // Where that is not allowed the thread runs anywhere: slower, and as right.
    if (const cpu::CpuNode* node = nodeOf(thread)) (void)cpu::runOnNode(*node);
    for (std::uint32_t done = 0;;) {
        waitWhile(round_, done);
        for (int active = active_.load(std::memory_order_acquire); active <= thread;
             active = active_.load(std::memory_order_acquire))
            active_.wait(active, std::memory_order_acquire);
        if (quit_.load(std::memory_order_relaxed)) return;
        done = round_.load(std::memory_order_acquire);
        finishTiles(takeTiles(done, thread));
    }
}

/// Does tiles of `round` until nobody has any that is not begun: its own part first. Returns how
/// many.
int WorkerPool::takeTiles(std::uint32_t round, int thread) {
    int done = 0;
    for (int i = 0; i < numThreads_; ++i)
        done += takePart(round, (thread + i) % numThreads_, thread);
    return done;
}

int WorkerPool::takePart(std::uint32_t round, int part, int thread) {
    auto& shared = parts_[static_cast<std::size_t>(part)].claims;
    int done = 0;
    std::uint64_t claims = shared.load(std::memory_order_acquire);
    while (claims >> 32 == round && (claims & 0xffffffffU) != 0) {
        if (!shared.compare_exchange_weak(claims, claims - 1, std::memory_order_acq_rel)) continue;
        const int end = shareOf(part, task_.numParts, task_.numTiles, 1).end;
        task_.call(task_.body, end - static_cast<int>(claims & 0xffffffffU), thread);
        ++done;
        claims = shared.load(std::memory_order_acquire);
    }
    return done;
}

void WorkerPool::finishTiles(int count) {
    if (count != 0 && unfinished_.fetch_sub(count, std::memory_order_acq_rel) == count)
        unfinished_.notify_one();
}

kernels::ColumnRange shareOf(int share, int numShares, int count, int granule) {
    const int granules = (count + granule - 1) / granule;
    const auto cut = [&](int s) {
        const auto at = static_cast<std::int64_t>(granules) * s / numShares;
        return std::min(count, static_cast<int>(at) * granule);
    };
    return {cut(share), cut(share + 1)};
}

int numTilesOf(int count, int granule) {
    return (count + granule - 1) / granule;
}

kernels::ColumnRange tileOf(int tile, int count, int granule) {
    return {tile * granule, std::min(count, (tile + 1) * granule)};
}

}  // namespace gatescope
