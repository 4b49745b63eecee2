#include "engine/parallel/thread_group.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <numeric>
#include <random>
#include <string>
#include <thread>

#include "engine/error.h"
#include "tests/support/faulty_group.h"
#include "tests/unit/engine/parallel/on_ranks.h"

// Every operation against the plain loop that it stands for, and what happens when a rank does not
// do its part.

namespace gatescope::test {
namespace {

using std::chrono::milliseconds;

/// By number of ranks.
class Collectives : public testing::TestWithParam<int> {
  protected:
    static constexpr std::array<std::size_t, 8> kCounts{0, 1, 2, 15, 16, 17, 193, 4099};

    /// Some operations one behind the other: who is done early begins the next.
    static void expectOnAll(const std::function<void(Communicator&, std::size_t, unsigned)>& once) {
        ThreadGroup group(GetParam());
        const Ends ends = runOnRanks(group, [&](Communicator& rank) {
            std::mt19937 random(static_cast<unsigned>(rank.rank()));
            for (unsigned round = 0; round < 5; ++round)
                for (const std::size_t count : kCounts) {
                    if (random() % 4 == 0)
                        std::this_thread::sleep_for(std::chrono::microseconds(random() % 200));
                    once(rank, count, round);
                }
        });
        EXPECT_THAT(ends, testing::Each(std::string()));
    }
};

TEST_P(Collectives, AllReduceAddsInTheOrderOfTheRanks) {
    expectOnAll([](Communicator& rank, std::size_t count, unsigned round) {
        std::vector<float> sum = valuesOf(0, count, round);
        for (int other = 1; other < rank.size(); ++other) {
            const auto theirs = valuesOf(other, count, round);
            for (std::size_t i = 0; i < count; ++i) sum[i] += theirs[i];
        }
        auto values = valuesOf(rank.rank(), count, round);
        ASSERT_TRUE(rank.allReduce(values, {}));
        EXPECT_EQ(values, sum);  // to the bit
    });
}

TEST_P(Collectives, AllGatherPutsThemSideBySide) {
    expectOnAll([](Communicator& rank, std::size_t count, unsigned round) {
        std::vector<float> expected;
        for (int other = 0; other < rank.size(); ++other)
            std::ranges::copy(valuesOf(other, count, round), std::back_inserter(expected));
        auto mine = valuesOf(rank.rank(), count, round);
        std::vector<float> all(expected.size());
        ASSERT_TRUE(rank.allGather(mine, all, {}));
        std::ranges::fill(mine, -1.0F);  // the others have read it
        EXPECT_EQ(all, expected);
    });
}

TEST_P(Collectives, BroadcastGivesWhatTheRootHas) {
    expectOnAll([](Communicator& rank, std::size_t count, unsigned round) {
        const int root = static_cast<int>(round) % rank.size();
        auto values = valuesOf(rank.rank(), count, round);
        ASSERT_TRUE(rank.broadcast(values, root, {}));
        EXPECT_EQ(values, valuesOf(root, count, round));
    });
}

TEST_P(Collectives, MessagesGoRoundInARing) {
    if (GetParam() == 1) return;  // nobody to send to
    expectOnAll([](Communicator& rank, std::size_t count, unsigned round) {
        const int to = (rank.rank() + 1) % rank.size();
        const int from = (rank.rank() + rank.size() - 1) % rank.size();
        const auto mine = valuesOf(rank.rank(), count, round);
        std::vector<float> theirs(count);
        const auto send = [&] { ASSERT_TRUE(rank.send(mine, to, {})); };
        const auto receive = [&] { ASSERT_TRUE(rank.receive(theirs, from, {})); };
        if (rank.rank() == 0) {  // one that receives first, or all would wait to be heard
            receive();
            send();
        } else {
            send();
            receive();
        }
        EXPECT_EQ(theirs, valuesOf(from, count, round));
    });
}

TEST_P(Collectives, NobodyPassesABarrierBeforeAllHaveCome) {
    std::atomic<int> come{0};
    expectOnAll([&](Communicator& rank, std::size_t, unsigned) {
        ++come;
        ASSERT_TRUE(rank.barrier({}));
        EXPECT_EQ(come.load() / rank.size() * rank.size(), come.load());
        ASSERT_TRUE(rank.barrier({}));
    });
}

TEST_P(Collectives, AnAbortEndsEveryWaitAndAResetGroupIsAsNew) {
    if (GetParam() == 1) return;  // waits for nobody
    ThreadGroup group(GetParam());
    for (int round = 0; round < 3; ++round) {
        const Ends ends = runOnRanks(group, [&](Communicator& rank) {
            std::vector<float> values(100, 1.0F);
            if (rank.rank() == 0) {
                std::this_thread::sleep_for(milliseconds(5));
                group.abort();
                return;
            }
            EXPECT_FALSE(rank.allReduce(values, {}));
            EXPECT_FALSE(rank.barrier({}));  // and whatever follows
        });
        EXPECT_THAT(ends, testing::Each(std::string()));
        EXPECT_TRUE(group.isAborted());
        group.reset();
        runOnRanks(group, [&](Communicator& rank) {
            std::vector<float> values(100, 1.0F);
            EXPECT_TRUE(rank.allReduce(values, {}));
            EXPECT_EQ(values, std::vector<float>(100, static_cast<float>(rank.size())));
        });
    }
}

INSTANTIATE_TEST_SUITE_P(Ranks, Collectives, testing::Values(1, 2, 3, 4, 8));

// ---------------------------------------------------------------- faults

/// Every operation, with ranks 0 and 2 of 3 that do it and rank 1 that has a fault in it.
struct Operation {
    const char* name;
    std::function<bool(Communicator&)> run;
};

std::vector<Operation> operations() {
    const MeetingPlace place{"the sum behind attention", 12};
    return {
        {"allReduce",
         [=](Communicator& rank) {
             std::vector<float> values(64, 1.0F);
             const bool done = rank.allReduce(values, place);
             if (done) {
                 EXPECT_FLOAT_EQ(values.back(), 3.0F);
             }
             return done;
         }},
        {"allGather",
         [=](Communicator& rank) {
             const std::vector<float> mine(64, 1.0F);
             std::vector<float> all(192);
             return rank.allGather(mine, all, place);
         }},
        {"broadcast",
         [=](Communicator& rank) {
             std::vector<float> values(64, 1.0F);
             return rank.broadcast(values, 1, place);
         }},
        {"barrier", [=](Communicator& rank) { return rank.barrier(place); }},
        {"send",
         [=](Communicator& rank) {
             std::vector<float> values(64, 1.0F);
             if (rank.rank() == 1) return rank.receive(values, 0, place);
             return rank.rank() == 2 || rank.send(values, 1, place);
         }},
        {"receive",
         [=](Communicator& rank) {
             std::vector<float> values(64, 1.0F);
             if (rank.rank() == 1) return rank.send(values, 0, place);
             return rank.rank() == 2 || rank.receive(values, 1, place);
         }},
    };
}

class Faults : public testing::TestWithParam<std::size_t> {
  protected:
    Faults() : operation_(operations()[GetParam()]) {}

    std::unique_ptr<FaultyGroup> groupWith(RankFault::Kind kind, milliseconds deadline) const {
        auto threads = std::make_unique<ThreadGroup>(3, deadline);
        return std::make_unique<FaultyGroup>(std::move(threads),
                                             RankFault{.kind = kind, .rank = 1});
    }
    bool isBetweenTwo() const {
        return operation_.name == std::string("send") || operation_.name == std::string("receive");
    }
    Operation operation_;
};

TEST_P(Faults, AHangingRankIsNamedWithPlaceAndOperation) {
    const auto group = groupWith(RankFault::Kind::Hang, milliseconds(2000));
    const Ends ends = runOnRanks(*group, [&](Communicator& rank) { (void)operation_.run(rank); });
    EXPECT_THAT(ends[1], "");
    EXPECT_THAT(ends[0] + ends[2],
                testing::AllOf(testing::HasSubstr("rank 1 did not"),
                               testing::HasSubstr("the sum behind attention of layer 12"),
                               testing::HasSubstr("within 2 s")));
}

TEST_P(Faults, AFailingRankEndsAllOthersAtOnce) {
    const auto group = groupWith(RankFault::Kind::Error, milliseconds(60'000));
    const Ends ends = runOnRanks(*group, [&](Communicator& rank) {
        const bool done = operation_.run(rank);
        EXPECT_TRUE(!done || (isBetweenTwo() && rank.rank() == 2));
    });
    EXPECT_THAT(ends[1], testing::HasSubstr("fell off the bus"));
    EXPECT_THAT(ends[0] + ends[2], "");
}

TEST_P(Faults, ALateRankIsWaitedFor) {
    const auto group = groupWith(RankFault::Kind::Late, milliseconds(60'000));
    const Ends ends =
        runOnRanks(*group, [&](Communicator& rank) { EXPECT_TRUE(operation_.run(rank)); });
    EXPECT_THAT(ends, testing::Each(std::string()));
}

INSTANTIATE_TEST_SUITE_P(Operations,
                         Faults,
                         testing::Range(std::size_t{0}, operations().size()),
                         [](const auto& test) {
                             return std::string(operations()[test.param].name);
                         });

TEST(ThreadGroupFault, RanksThatDoDifferentThingsAreTold) {
    ThreadGroup group(2, milliseconds(60'000));
    const Ends ends = runOnRanks(group, [](Communicator& rank) {
        std::vector<float> values(rank.rank() == 0 ? 64 : 32);
        (void)rank.allReduce(values, {"the sum behind the experts", rank.rank()});
    });
    EXPECT_THAT(ends[0] + ends[1],
                testing::AllOf(testing::HasSubstr("of layer 0 with 64"),
                               testing::HasSubstr("of layer 1 with 32")));
}

TEST(ThreadGroupFault, ASkippedSumIsFoundAtTheNextOne) {
    auto threads = std::make_unique<ThreadGroup>(2, milliseconds(60'000));
    FaultyGroup group(std::move(threads), {.kind = RankFault::Kind::Skip, .rank = 1});
    const Ends ends = runOnRanks(group, [](Communicator& rank) {
        std::vector<float> attention(64);
        std::vector<float> experts(65);
        if (rank.allReduce(attention, {"the sum behind attention", 3}))
            (void)rank.allReduce(experts, {"the sum behind the experts", 3});
    });
    EXPECT_THAT(ends[0] + ends[1], testing::HasSubstr("all ranks have to do the same"));
}

TEST(ThreadGroupFault, AMessageOfAnotherSizeIsTold) {
    ThreadGroup group(2, milliseconds(300));
    const Ends ends = runOnRanks(group, [](Communicator& rank) {
        std::vector<float> values(rank.rank() == 0 ? 8 : 9);
        if (rank.rank() == 0)
            (void)rank.send(values, 1, {"the residuals", 4});
        else
            (void)rank.receive(values, 0, {"the residuals", 4});
    });
    EXPECT_THAT(ends[1],
                testing::AllOf(testing::HasSubstr("rank 0 sent 8 values"),
                               testing::HasSubstr("rank 1 expects 9")));
}

TEST(ThreadGroupFault, ANumberThatIsNoneReachesEveryRankAlike) {
    auto threads = std::make_unique<ThreadGroup>(4);
    FaultyGroup group(std::move(threads), {.kind = RankFault::Kind::NaN, .rank = 1});
    const Ends ends = runOnRanks(group, [](Communicator& rank) {
        std::vector<float> values(64, 1.0F);
        EXPECT_TRUE(rank.allReduce(values, {}));
        EXPECT_TRUE(std::isnan(values.front()));
        EXPECT_FLOAT_EQ(values.back(), 4.0F);
    });
    EXPECT_THAT(ends, testing::Each(std::string()));
}

}  // namespace
}  // namespace gatescope::test
