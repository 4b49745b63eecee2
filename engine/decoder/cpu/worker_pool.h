#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "kernels/cpu/weight_matrix.h"

namespace gatescope {

/// Threads that do one thing together, over and over: run(body) calls body(share) once for each
/// share 0 ... size() - 1 and returns when all are done. The caller takes shares like the workers
/// do, so on a busy machine a worker that does not get a core holds up nothing but a share it has
/// begun. Between two calls the workers spin for some microseconds, as the next call of a step
/// follows at once, then they sleep.
/// Bodies cut the work by share number, never by thread: results do not depend on who computes
/// what. One thread owns the pool and calls run(); bodies must not throw and must not call run().
class WorkerPool {
  public:
    /// Requires numThreads >= 1; starts numThreads - 1 threads. Throws Error(NoMemory) when the
    /// system does not give that many.
    explicit WorkerPool(int numThreads);
    ~WorkerPool();
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;

    int size() const { return numThreads_; }

    /// Blocks until every share is done. Allocates nothing.
    template <class Body>
    void run(const Body& body) {
        start({.call = [](const void* b, int share) { (*static_cast<const Body*>(b))(share); },
               .body = &body});
    }

  private:
    struct Task {
        void (*call)(const void* body, int share) = nullptr;
        const void* body = nullptr;
    };

    void start(Task task);
    void quit();
    void work();
    void takeShares(std::uint32_t round);

    int numThreads_;
    // Written before claims_ moves to a new round; a share claimed in that round keeps it in place,
    // as the round does not end before the share does.
    Task task_;
    std::atomic<std::uint64_t> claims_{0};  // round in the upper half, next free share in the lower
    std::atomic<std::uint32_t> round_{0};   // what idle workers wait on
    std::atomic<int> unfinished_{0};        // shares of this round
    std::atomic<bool> quit_{false};
    std::vector<std::jthread> threads_;
};

/// Part `share` of [0, count) cut into `numShares`: contiguous, cut at multiples of
/// `granule`, as equal as that allows.
kernels::ColumnRange shareOf(int share, int numShares, int count, int granule);

}  // namespace gatescope
