#include "engine/decoder/cpu/worker_pool.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstdlib>
#include <iostream>
#include <numeric>

#include "engine/error.h"

namespace gatescope {
namespace {

TEST(WorkerPool, RunsEveryThreadOnceAndWaitsForAll) {
    for (const int size : {1, 2, 3, 8}) {
        WorkerPool pool(size);
        ASSERT_EQ(pool.size(), size);
        std::vector<int> calls(static_cast<std::size_t>(size));  // not atomic: TSan sees a race
        for (int round = 1; round <= 500; ++round) {
            pool.run([&](int thread) { ++calls[static_cast<std::size_t>(thread)]; });
            for (const int count : calls) ASSERT_EQ(count, round);
        }
    }
}

TEST(WorkerPool, HandsResultsFromOneRoundToTheNext) {
    WorkerPool pool(4);
    std::vector<std::int64_t> values(4, 1);
    for (int round = 0; round < 200; ++round) {
        std::vector<std::int64_t> next(4);
        pool.run([&](int thread) {
            next[static_cast<std::size_t>(thread)] =
                std::accumulate(values.begin(), values.end(), std::int64_t{thread}) % 1000003;
        });
        values = next;
    }
    std::vector<std::int64_t> expected(4, 1);
    for (int round = 0; round < 200; ++round) {
        const auto sum = std::accumulate(expected.begin(), expected.end(), std::int64_t{0});
        for (std::size_t t = 0; t < 4; ++t)
            expected[t] = (sum + static_cast<std::int64_t>(t)) % 1000003;
    }
    EXPECT_EQ(values, expected);
}

TEST(WorkerPool, WakesThreadsThatFellAsleep) {
    WorkerPool pool(2);
    std::vector<int> calls(2);
    for (int round = 0; round < 20; ++round) {
        pool.run([&](int thread) { ++calls[static_cast<std::size_t>(thread)]; });
        // Long enough for the worker to give up spinning; correct whether it did or not.
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    EXPECT_EQ(calls, (std::vector<int>{20, 20}));
}

TEST(WorkerPool, ComesAndGoesWithoutWork) {
    for (int i = 0; i < 50; ++i) WorkerPool pool(3);
}

TEST(ShareOf, CutsEverythingOnceAtGranules) {
    for (const int threads : {1, 2, 3, 7, 64})
        for (const int count : {0, 1, 31, 32, 33, 688, 1000})
            for (const int granule : {1, 32}) {
                int next = 0;
                for (int t = 0; t < threads; ++t) {
                    const auto share = shareOf(t, threads, count, granule);
                    ASSERT_EQ(share.begin, next);
                    ASSERT_LE(share.begin, share.end);
                    ASSERT_TRUE(share.end == count || share.end % granule == 0);
                    next = share.end;
                }
                ASSERT_EQ(next, count);
            }
}

/// With 256 MiB of addresses for the stacks of 1000 threads, some start and some do not.
[[noreturn]] void startTooMany() {
    const rlimit limit{256 << 20, 256 << 20};
    setrlimit(RLIMIT_AS, &limit);
    try {
        const WorkerPool pool(1000);
    } catch (const Error& error) {  // the child's main
        std::cerr << error.what();
        std::exit(error.kind() == ErrorKind::NoMemory ? 4 : 1);
    }
    std::exit(0);
}

TEST(WorkerPool, EndsTheThreadsThatStartedWhenOneCannot) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "a sanitizer reserves more addresses than the limit of this test leaves";
#endif
    EXPECT_EXIT(startTooMany(), testing::ExitedWithCode(4), "of 1000 could not be started");
}

}  // namespace
}  // namespace gatescope
