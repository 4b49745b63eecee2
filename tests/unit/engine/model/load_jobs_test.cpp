#include "engine/model/load_jobs.h"

#include <gtest/gtest.h>

#include <atomic>
#include <vector>

#include "engine/error.h"

namespace gatescope {
namespace {

TEST(LoadJobsTest, RunsEveryJobOnce) {
    for (const int threads : {1, 3, 16}) {
        std::vector<std::atomic<int>> runs(100);
        const auto outcome = runLoadJobs(
            runs.size(), threads, {}, [&](std::size_t i, const std::stop_token&) { ++runs[i]; });
        EXPECT_EQ(outcome, LoadOutcome::Done);
        for (const auto& count : runs) EXPECT_EQ(count, 1);
    }
}

TEST(LoadJobsTest, HasNothingToDoWithoutJobs) {
    EXPECT_EQ(runLoadJobs(0, 4, {}, [](std::size_t, const std::stop_token&) { FAIL(); }),
              LoadOutcome::Done);
}

TEST(LoadJobsTest, BeginsNoJobAfterAStop) {
    std::stop_source stop;
    std::size_t runs = 0;
    const auto outcome =
        runLoadJobs(100, 1, stop.get_token(), [&](std::size_t, const std::stop_token& token) {
            if (++runs == 7) stop.request_stop();
            EXPECT_EQ(token.stop_requested(), runs == 7);
        });
    EXPECT_EQ(outcome, LoadOutcome::Stopped);
    EXPECT_EQ(runs, 7U);
}

TEST(LoadJobsTest, StopsTheOthersAndThrowsWhatAJobThrew) {
    std::size_t runs = 0;
    const auto failThird = [&](std::size_t i, const std::stop_token&) {
        ++runs;
        if (i == 2) throw Error(ErrorKind::DeviceFault, "the third");
    };
    try {
        runLoadJobs(100, 1, {}, failThird);
        FAIL() << "the error is lost";
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(), "the third");
    }
    EXPECT_EQ(runs, 3U);
}

TEST(LoadJobsTest, CountsTheBytesOfAllThreads) {
    std::atomic<bool> inside{false};
    LoadProgress last;
    const LoadProgressCallback report = [&](const LoadProgress& progress) {
        EXPECT_FALSE(inside.exchange(true));  // one call at a time
        EXPECT_GE(progress.bytesDone, last.bytesDone);
        last = progress;
        inside = false;
    };
    ProgressMeter meter(report, 4000);
    runLoadJobs(4000, 4, {}, [&](std::size_t, const std::stop_token&) { meter.add(1); });
    meter.finish();
    EXPECT_EQ(last.bytesDone, 4000U);
    EXPECT_EQ(last.bytesTotal, 4000U);
}

}  // namespace
}  // namespace gatescope
