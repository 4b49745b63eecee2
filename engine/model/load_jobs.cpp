#include "engine/model/load_jobs.h"

#include <algorithm>
#include <exception>
#include <thread>
#include <vector>

#include "engine/check.h"

namespace gatescope {
namespace {

constexpr std::chrono::milliseconds kReportInterval{20};

}  // namespace

ProgressMeter::ProgressMeter(const LoadProgressCallback& report, std::uint64_t bytesTotal)
    : report_(report), bytesTotal_(bytesTotal), nextReport_(std::chrono::steady_clock::now()) {}

void ProgressMeter::add(std::uint64_t bytes) {
    bytesDone_.fetch_add(bytes, std::memory_order_relaxed);
    if (!report_ || reporting_.test_and_set(std::memory_order_acquire)) return;
    const auto now = std::chrono::steady_clock::now();
    if (now >= nextReport_) {
        nextReport_ = now + kReportInterval;
        reportNow();
    }
    reporting_.clear(std::memory_order_release);
}

void ProgressMeter::finish() {
    if (report_) reportNow();
}

void ProgressMeter::reportNow() {
    report_({.bytesDone = bytesDone_.load(std::memory_order_relaxed), .bytesTotal = bytesTotal_});
}

LoadOutcome runLoadJobs(std::size_t numJobs,
                        int numThreads,
                        std::stop_token stop,
                        const std::function<void(std::size_t, std::stop_token)>& job) {
    GS_CHECK_LE(1, numThreads);
    std::stop_source stopAll;
    const std::stop_callback forward(stop, [&] { stopAll.request_stop(); });
    std::atomic<std::size_t> next{0};
    std::vector<std::exception_ptr> failures(
        numJobs);  // each written by the one thread that ran it

    const auto work = [&] {
        while (!stopAll.stop_requested()) {
            const std::size_t i = next.fetch_add(1);
            if (i >= numJobs) return;
            try {
                job(i, stopAll.get_token());
            } catch (...) {  // carried to the caller's thread: nothing may leave a thread's body
                failures[i] = std::current_exception();
                stopAll.request_stop();
            }
        }
    };
    {
        std::vector<std::jthread> threads;
        const auto count = std::min(static_cast<std::size_t>(numThreads), numJobs);
        for (std::size_t t = 0; t < count; ++t) threads.emplace_back(work);
    }
    for (const auto& failure : failures)
        if (failure) std::rethrow_exception(failure);
    return stop.stop_requested() ? LoadOutcome::Stopped : LoadOutcome::Done;
}

}  // namespace gatescope
