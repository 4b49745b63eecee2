#include "engine/routing/band_memo.h"

#include <gtest/gtest.h>

#include <random>

namespace gatescope {
namespace {

void expectSame(const Statistic& a, const Statistic& b) {
    EXPECT_EQ(a.value, b.value);
    EXPECT_EQ(a.count, b.count);
    EXPECT_EQ(a.thin, b.thin);
    EXPECT_EQ(a.chance->level, b.chance->level);
    EXPECT_EQ(a.chance->low, b.chance->low);
    EXPECT_EQ(a.chance->high, b.chance->high);
}

// Trials that share a place in the memo, rates that change while trials do not, and none at all.
TEST(BandMemo, SaysWhatAFreshComputationSays) {
    BandMemo memo;
    std::mt19937 random(5);
    for (int round = 0; round < 4000; ++round) {
        const std::int64_t trials = random() % 3 * 128 + random() % 4;
        const double rate = random() % 2 == 0 ? 1.0 / 7 : 0.25;
        const std::int64_t hits = trials == 0 ? 0 : random() % (trials + 1);
        SCOPED_TRACE(testing::Message() << hits << " of " << trials << " at " << rate);
        expectSame(memo.share(hits, trials, rate), shareStatistic(hits, trials, rate));
    }
}

}  // namespace
}  // namespace gatescope
