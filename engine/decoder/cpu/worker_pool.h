#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include "engine/decoder/cpu/cpu_topology.h"
#include "kernels/cpu/weight_matrix.h"

namespace gatescope {

/// Threads that do one thing together, over and over: run(numTiles, body) calls body(tile, thread)
/// once for each tile and returns when all are done. Each thread, the caller among them, begins
/// with a contiguous part of the tiles, so that it reads its weights as one stream; who is done
/// takes tiles that others have not begun. Between two calls the workers spin for some
/// microseconds, as the next call of a step follows at once, then they sleep.
///
/// A good neighbour: where another program (or a window that is being drawn) takes a core away,
/// everybody would wait, step after step, for the worker that had it. So when a round ends late,
/// one worker less takes part for a while, longer each time that it happens again.
///
/// On a machine of several nodes the threads are dealt out over them, neighbouring parts to the
/// same node, and stay there; tiles are taken from other threads all the same, neighbours first.
///
/// Which thread does a tile is chance: results must depend on the tile alone. One thread owns the
/// pool and calls run(); bodies must not throw and must not call run().
class WorkerPool {
  public:
    /// Requires numThreads >= 1; starts numThreads - 1 threads, which stay on their nodes if
    /// `topology` has several. Throws Error(NoMemory) when the system does not give that many.
    explicit WorkerPool(int numThreads, cpu::CpuTopology topology = {});
    ~WorkerPool();
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;

    int size() const { return numThreads_; }
    /// Nodes that the threads are on; 1 where they may run anywhere.
    int numNodes() const;
    const cpu::CpuTopology& topology() const { return topology_; }
    /// The node (index in topology().nodes) of each thread, never falling. The thread's part of the
    /// tiles is shareOf(thread, size(), numTiles, 1), so what belongs to it is known beforehand.
    std::span<const int> nodeOfThread() const { return nodeOfThread_; }
    /// Keeps the owner on its node as the workers are on theirs, while it calls run(): it has other
    /// things to do between steps, and threads that it starts then are not to inherit that.
    cpu::StayOnNode ownerOnNode() const { return cpu::StayOnNode(nodeOf(0)); }
    /// Threads that take part at the moment, the caller included.
    int active() const { return active_.load(std::memory_order_relaxed); }

    /// Blocks until body(tile, thread) was called for every tile 0 ... numTiles - 1, with thread
    /// in 0 ... size() - 1, never the same at the same time. Allocates nothing.
    template <class Body>
    void run(int numTiles, const Body& body) {
        start({.call = [](const void* b,
                          int tile,
                          int thread) { (*static_cast<const Body*>(b))(tile, thread); },
               .body = &body,
               .numTiles = numTiles});
    }
    /// The same with a tile for each thread: body(share) for 0 ... size() - 1.
    template <class Body>
    void run(const Body& body) {
        run(size(), [&body](int share, int /*thread*/) { body(share); });
    }

  private:
    using Clock = std::chrono::steady_clock;

    struct Task {
        void (*call)(const void* body, int tile, int thread) = nullptr;
        const void* body = nullptr;
        int numTiles = 0;
        int numParts = 0;  ///< threads that begin with a part of their own
    };
    /// Tiles of one part that nobody has begun, behind the round they belong to, in one word: a
    /// thread that comes late cannot take from a round that is over. A cache line each.
    struct alignas(64) Part {
        std::atomic<std::uint64_t> claims{0};  // round in the upper half, tiles left in the lower
    };

    /// Null where threads may run anywhere.
    const cpu::CpuNode* nodeOf(int thread) const;
    void start(Task task);
    void quit();
    void work(int thread);
    int takeTiles(std::uint32_t round, int thread);
    int takePart(std::uint32_t round, int part, int thread);
    void finishTiles(int count);
    void noteWait(Clock::duration work, int tiles, Clock::duration wait);
    void reviveWorkers();

    int numThreads_;
    cpu::CpuTopology topology_;
    std::vector<int> nodeOfThread_;
    // Written before the parts move to a new round; a tile claimed in that round keeps it in place,
    // as the round does not end before the tile does.
    Task task_;
    std::unique_ptr<Part[]> parts_;
    alignas(64) std::atomic<std::uint32_t> round_{0};  // what idle workers wait on
    alignas(64) std::atomic<int> unfinished_{0};       // tiles of this round
    alignas(64) std::atomic<int> active_;  // what workers wait on that are to rest: those from here
    std::atomic<bool> quit_{false};
    // Of the owner alone.
    Clock::duration rest_{};
    Clock::time_point restUntil_{};
    std::vector<std::jthread> threads_;
};

/// Part `share` of [0, count) cut into `numShares`: contiguous, cut at multiples of
/// `granule`, as equal as that allows.
kernels::ColumnRange shareOf(int share, int numShares, int count, int granule);

/// Tiles of `granule` that cover [0, count), and one of them.
int numTilesOf(int count, int granule);
kernels::ColumnRange tileOf(int tile, int count, int granule);

}  // namespace gatescope
