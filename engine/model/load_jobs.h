#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <stop_token>

#include "engine/model/model_source.h"

namespace gatescope {

/// Counts bytes from several threads and reports them at most 50 times a second, one call at a
/// time. A thread that finds another one reporting goes on with its work: nothing waits.
class ProgressMeter {
  public:
    ProgressMeter(const LoadProgressCallback& report, std::uint64_t bytesTotal);
    /// Any thread.
    void add(std::uint64_t bytes);
    /// Reports the end. Call when the workers are joined.
    void finish();

  private:
    void reportNow();

    const LoadProgressCallback& report_;
    const std::uint64_t bytesTotal_;
    std::atomic<std::uint64_t> bytesDone_{0};
    std::atomic_flag reporting_;
    std::chrono::steady_clock::time_point nextReport_;  // touched only while reporting_ is set
};

/// Threads that keep a disk busy, on any number of cores: most of the time they wait for it, and a
/// fast one wants many requests at once.
constexpr int kDiskReaders = 32;

/// Runs job(0) ... job(numJobs - 1) on `numThreads` threads, in rising order of their start. A job
/// asks its token between chunks and returns early when stop is requested; what a job throws stops
/// the others and is thrown here (the error of the lowest job that failed). Blocks until all
/// threads are joined.
LoadOutcome runLoadJobs(std::size_t numJobs,
                        int numThreads,
                        std::stop_token stop,
                        const std::function<void(std::size_t, std::stop_token)>& job);

}  // namespace gatescope
