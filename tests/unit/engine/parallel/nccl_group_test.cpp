#include "engine/parallel/nccl_group.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <memory>
#include <numeric>
#include <string>

#include "engine/error.h"
#include "tests/support/faulty_group.h"
#include "tests/unit/engine/parallel/fake_nccl_fixture.h"
#include "tests/unit/engine/parallel/on_ranks.h"

// The group itself, on a double of the library that it loads: every operation against the plain
// loop that it stands for, and every way in which NCCL or a rank can fail.

namespace gatescope::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::AllOf;
using testing::AnyOf;
using testing::Each;
using testing::HasSubstr;

/// None that a busy machine reaches.
constexpr NcclDeadlines kPatient{milliseconds(120'000), milliseconds(120'000)};

// ---------------------------------------------------------------- what they compute

class NcclCollectives : public FakeNcclTest, public testing::WithParamInterface<int> {
  protected:
    static constexpr std::array<std::size_t, 7> kCounts{0, 1, 3, 16, 193, 4099, 100'003};

    void expectOnAll(const std::function<void(Communicator&, std::size_t, unsigned)>& once) {
        NcclGroup group(nccl(), cuda(), ranksOn(GetParam()), kPatient);
        const Ends ends = runOnRanks(group, [&](Communicator& rank) {
            for (unsigned round = 0; round < 2; ++round)
                for (const std::size_t count : kCounts) once(rank, count, round);
        });
        EXPECT_THAT(ends, Each(std::string()));
        EXPECT_FALSE(group.isAborted());
    }
};

TEST_P(NcclCollectives, AllReduceAddsAndGivesAllTheSameBits) {
    std::vector<std::vector<float>> sums(static_cast<std::size_t>(GetParam()));
    expectOnAll([&](Communicator& rank, std::size_t count, unsigned round) {
        std::vector<double> sum(count);
        std::vector<double> size(count);
        for (int other = 0; other < rank.size(); ++other) {
            const auto theirs = valuesOf(other, count, round);
            for (std::size_t i = 0; i < count; ++i) {
                sum[i] += static_cast<double>(theirs[i]);
                size[i] += std::fabs(static_cast<double>(theirs[i]));
            }
        }
        auto values = valuesOf(rank.rank(), count, round);
        ASSERT_TRUE(rank.allReduce(values, {}));
        // In any order: an ulp of the whole for each of at most seven additions.
        for (std::size_t i = 0; i < count; ++i)
            ASSERT_NEAR(static_cast<double>(values[i]), sum[i], 7 * 1.2e-7 * size[i]) << i;
        auto& all = sums[static_cast<std::size_t>(rank.rank())];
        all.insert(all.end(), values.begin(), values.end());
    });
    EXPECT_EQ(sums.front().size(), 2 * std::accumulate(kCounts.begin(), kCounts.end(), 0U));
    EXPECT_THAT(sums, Each(sums.front()));
}

TEST_P(NcclCollectives, AllGatherPutsThemSideBySide) {
    expectOnAll([](Communicator& rank, std::size_t count, unsigned round) {
        std::vector<float> expected;
        for (int other = 0; other < rank.size(); ++other)
            std::ranges::copy(valuesOf(other, count, round), std::back_inserter(expected));
        const auto mine = valuesOf(rank.rank(), count, round);
        std::vector<float> all(expected.size());
        ASSERT_TRUE(rank.allGather(mine, all, {}));
        ASSERT_EQ(all, expected);
    });
}

TEST_P(NcclCollectives, BroadcastGivesWhatTheRootHas) {
    expectOnAll([](Communicator& rank, std::size_t count, unsigned round) {
        const int root = static_cast<int>(round + count) % rank.size();
        auto values = valuesOf(rank.rank(), count, round);
        ASSERT_TRUE(rank.broadcast(values, root, {}));
        ASSERT_EQ(values, valuesOf(root, count, round));
    });
}

TEST_P(NcclCollectives, MessagesGoRoundInARing) {
    expectOnAll([](Communicator& rank, std::size_t count, unsigned round) {
        if (rank.size() == 1) return;  // nobody to send to
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
        ASSERT_EQ(theirs, valuesOf(from, count, round));
    });
}

TEST_P(NcclCollectives, NobodyPassesABarrierBeforeAllHaveCome) {
    std::atomic<int> come{0};
    expectOnAll([&](Communicator& rank, std::size_t, unsigned) {
        ++come;
        ASSERT_TRUE(rank.barrier({}));
        ASSERT_EQ(come.load() / rank.size() * rank.size(), come.load());
        ASSERT_TRUE(rank.barrier({}));
    });
}

TEST_P(NcclCollectives, AnAbortEndsEveryWaitAndAResetGroupIsAsNew) {
    NcclGroup group(nccl(), cuda(), ranksOn(GetParam()), kPatient);
    for (int round = 0; round < 2; ++round) {
        const Ends ends = runOnRanks(group, [&](Communicator& rank) {
            std::vector<float> values(100, 1.0F);
            if (rank.rank() == 0) {
                std::this_thread::sleep_for(milliseconds(5));
                group.abort();
            }
            EXPECT_FALSE(rank.allReduce(values, {}));
            EXPECT_FALSE(rank.barrier({}));  // and whatever follows
        });
        EXPECT_THAT(ends, Each(std::string()));
        EXPECT_TRUE(group.isAborted());
        group.reset();
        EXPECT_FALSE(group.isAborted());
        runOnRanks(group, [&](Communicator& rank) {
            std::vector<float> values(100, 1.0F);
            EXPECT_TRUE(rank.allReduce(values, {}));
            EXPECT_EQ(values, std::vector<float>(100, static_cast<float>(rank.size())));
        });
    }
}

INSTANTIATE_TEST_SUITE_P(Ranks, NcclCollectives, testing::Values(1, 2, 4, 8));

// ---------------------------------------------------------------- what goes wrong

constexpr MeetingPlace kPlace{"the sum behind attention", 12};

/// What ranks 0, 1 and 2 do while rank 1 has a fault in it.
struct NcclOperation {
    const char* name;
    const char* call;       ///< of rank 1
    const char* peersCall;  ///< of those it does it with
    std::function<bool(Communicator&)> run;
};

std::vector<NcclOperation> ncclOperations() {
    return {
        {"allReduce",
         "ncclAllReduce",
         "ncclAllReduce",
         [](Communicator& rank) {
             std::vector<float> values(64, 1.0F);
             const bool done = rank.allReduce(values, kPlace);
             if (done) {
                 EXPECT_FLOAT_EQ(values.back(), 3.0F);
             }
             return done;
         }},
        {"allGather",
         "ncclAllGather",
         "ncclAllGather",
         [](Communicator& rank) {
             const std::vector<float> mine(64, 1.0F);
             std::vector<float> all(192);
             return rank.allGather(mine, all, kPlace);
         }},
        {"broadcast",
         "ncclBroadcast",
         "ncclBroadcast",
         [](Communicator& rank) {
             std::vector<float> values(64, 1.0F);
             return rank.broadcast(values, 1, kPlace);
         }},
        {"barrier",
         "ncclAllReduce",
         "ncclAllReduce",
         [](Communicator& rank) { return rank.barrier(kPlace); }},
        {"send",
         "ncclSend",
         "ncclRecv",
         [](Communicator& rank) {
             std::vector<float> values(64, 1.0F);
             if (rank.rank() == 1) return rank.send(values, 0, kPlace);
             return rank.rank() == 2 || rank.receive(values, 1, kPlace);
         }},
        {"receive",
         "ncclRecv",
         "ncclSend",
         [](Communicator& rank) {
             std::vector<float> values(64, 1.0F);
             if (rank.rank() == 1) return rank.receive(values, 0, kPlace);
             return rank.rank() == 2 || rank.send(values, 1, kPlace);
         }},
    };
}

class NcclFaults : public FakeNcclTest, public testing::WithParamInterface<std::size_t> {
  protected:
    // Long beside what a busy machine takes for three ranks to come, short beside kBound.
    static constexpr NcclDeadlines kBrief{
        milliseconds(60'000), milliseconds(2'000), milliseconds(1'000)};
    static constexpr milliseconds kBound{15'000};

    void SetUp() override {
        FakeNcclTest::SetUp();
        operation_ = ncclOperations()[GetParam()];
    }

    std::unique_ptr<NcclGroup> groupOfThree(NcclDeadlines deadlines = kBrief) {
        return std::make_unique<NcclGroup>(nccl(), cuda(), ranksOn(3), deadlines);
    }
    void plant(NcclFault::Kind kind, int call = 0) {
        fake().plant({.kind = kind, .rank = 1, .call = call});
    }
    bool isBetweenTwo() const {
        return operation_.name == std::string("send") || operation_.name == std::string("receive");
    }
    /// All ranks end within the bound; what they end with.
    Ends run(CommunicatorGroup& group) const {
        const auto began = steady_clock::now();
        Ends ends = runOnRanks(group, [&](Communicator& rank) {
            if (!operation_.run(rank)) {
                EXPECT_TRUE(group.isAborted());
            }
        });
        EXPECT_LT(steady_clock::now() - began, kBound);
        EXPECT_TRUE(group.isAborted());
        return ends;
    }
    void expectWorks(CommunicatorGroup& group) const {
        const Ends ends =
            runOnRanks(group, [&](Communicator& rank) { EXPECT_TRUE(operation_.run(rank)); });
        EXPECT_THAT(ends, Each(std::string()));
    }
    void expectWorksAfterReset(CommunicatorGroup& group) const {
        fake().release();
        group.reset();
        EXPECT_FALSE(group.isAborted());
        group.setDeadline(kPatient.step);
        expectWorks(group);
    }
    static std::string together(const Ends& ends) { return ends[0] + ends[1] + ends[2]; }
    NcclOperation operation_;
};

TEST_P(NcclFaults, ACallThatFailsIsNamedAndEndsAllAtOnce) {
    const auto group = groupOfThree(kPatient);
    plant(NcclFault::Kind::FailingCall);
    const Ends ends = run(*group);
    EXPECT_THAT(ends[1],
                AllOf(HasSubstr("NCCL: rank 1 (GPU 1): the sum behind attention of layer 12"),
                      HasSubstr(std::string("(") + operation_.call +
                                ") failed: unhandled cuda error (planted: the call fails)"),
                      HasSubstr("[GPU-001]")));
    EXPECT_EQ(ends[0] + ends[2], "");
    expectWorksAfterReset(*group);
}

TEST_P(NcclFaults, AnErrorBehindTheCallIsNamedAndEndsAllAtOnce) {
    const auto group = groupOfThree(kPatient);
    plant(NcclFault::Kind::AsyncError);
    const Ends ends = run(*group);
    EXPECT_THAT(ends[1],
                AllOf(HasSubstr("rank 1 (GPU 1): the sum behind attention of layer 12"),
                      HasSubstr(operation_.call),
                      HasSubstr("remote process exited"),
                      HasSubstr("the peer is gone")));
    EXPECT_EQ(ends[0] + ends[2], "");
    expectWorksAfterReset(*group);
}

TEST_P(NcclFaults, AStreamThatFailsIsNamedAndEndsAllAtOnce) {
    const auto group = groupOfThree(kPatient);
    plant(NcclFault::Kind::StreamError);
    const Ends ends = run(*group);
    EXPECT_THAT(ends[1],
                AllOf(HasSubstr("rank 1 (GPU 1): the GPU failed in the sum behind attention of "
                                "layer 12"),
                      HasSubstr(operation_.call),
                      HasSubstr("unspecified launch failure (CUDA error 719)")));
    EXPECT_EQ(ends[0] + ends[2], "");
    expectWorksAfterReset(*group);
}

TEST_P(NcclFaults, ARankThatDoesNotComeIsNamedByThoseThatWait) {
    FaultyGroup group(groupOfThree(), {.kind = RankFault::Kind::Hang, .rank = 1});
    const Ends ends = run(group);
    EXPECT_EQ(ends[1], "");
    EXPECT_THAT(ends[0] + ends[2],
                AllOf(HasSubstr("rank 1 (GPU 1) did not come to the sum behind attention of layer "
                                "12"),
                      HasSubstr("within 2 s")));
    expectWorksAfterReset(group);
}

TEST_P(NcclFaults, ACallThatHangsIsNamedAndEndsWithTheAbort) {
    const auto group = groupOfThree();
    plant(NcclFault::Kind::HangingCall);
    const Ends ends = run(*group);
    EXPECT_THAT(together(ends),
                AllOf(HasSubstr("rank 1 (GPU 1)"),
                      HasSubstr("did not come back"),
                      HasSubstr("the sum behind attention of layer 12"),
                      HasSubstr(operation_.call),
                      HasSubstr("[GPU-001]")));
    EXPECT_THAT(together(ends), testing::Not(HasSubstr("[GPU-002]")));
    expectWorksAfterReset(*group);
}

TEST_P(NcclFaults, ACallThatHangsForEverLosesItsRankAlone) {
    const auto group = groupOfThree();
    plant(NcclFault::Kind::StuckCall);
    const Ends ends = run(*group);
    EXPECT_THAT(ends[1],
                AllOf(HasSubstr("rank 1 (GPU 1) did not come back from"),
                      HasSubstr("the sum behind attention of layer 12"),
                      HasSubstr(operation_.call),
                      HasSubstr("[GPU-002]")));
    EXPECT_THAT(ends[0] + ends[2], testing::Not(HasSubstr("[GPU-002]")));
    try {
        group->reset();
        ADD_FAILURE() << "a rank is lost";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), "GPU-002");
        EXPECT_THAT(error.what(), HasSubstr("rank 1 (GPU 1) did not come back from"));
    }
    expectWorksAfterReset(*group);
}

TEST_P(NcclFaults, ACallThatNothingComesOfEndsWithTheDeadline) {
    const auto group = groupOfThree();
    plant(NcclFault::Kind::DeadRank);
    EXPECT_THAT(together(run(*group)),
                AllOf(HasSubstr("all ranks came to the sum behind attention of layer 12"),
                      AnyOf(HasSubstr(operation_.call), HasSubstr(operation_.peersCall)),
                      HasSubstr("did not end within 2 s (rank")));
    expectWorksAfterReset(*group);
}

TEST_P(NcclFaults, ALateCallIsWaitedFor) {
    const auto group = groupOfThree(kPatient);
    plant(NcclFault::Kind::LateCall);
    expectWorks(*group);
}

INSTANTIATE_TEST_SUITE_P(Operations,
                         NcclFaults,
                         testing::Range(std::size_t{0}, ncclOperations().size()),
                         [](const auto& test) {
                             return std::string(ncclOperations()[test.param].name);
                         });

using NcclGroupFault = FakeNcclTest;

TEST_F(NcclGroupFault, AnAbortThatHangsLosesItsRankAlone) {
    NcclGroup group(
        nccl(), cuda(), ranksOn(3), {kPatient.start, kPatient.step, milliseconds(1'000)});
    fake().plant({.kind = NcclFault::Kind::HangingAbort, .rank = 1});
    std::jthread aborts([&] {
        std::this_thread::sleep_for(milliseconds(50));
        group.abort();
    });
    const auto began = steady_clock::now();
    const Ends ends = runOnRanks(group, [&](Communicator& rank) {
        std::vector<float> values(64, 1.0F);
        // Rank 0 stays away.
        if (rank.rank() != 0) {
            EXPECT_FALSE(rank.allReduce(values, kPlace));
        }
    });
    EXPECT_LT(steady_clock::now() - began, milliseconds(15'000));
    EXPECT_THAT(ends[1],
                AllOf(HasSubstr("rank 1 (GPU 1) did not give up the sum behind attention of layer "
                                "12 (ncclAllReduce) within 1 s"),
                      HasSubstr("[GPU-002]")));
    EXPECT_EQ(ends[0] + ends[2], "");
    EXPECT_THROW(group.reset(), Error);
    fake().release();
    group.reset();
    EXPECT_THAT(runOnRanks(group, [](Communicator& rank) { EXPECT_TRUE(rank.barrier({})); }),
                Each(std::string()));
}

TEST_F(NcclGroupFault, RanksThatDoDifferentThingsAreToldBeforeNcclIs) {
    NcclGroup group(nccl(), cuda(), ranksOn(2), kPatient);
    const Ends ends = runOnRanks(group, [](Communicator& rank) {
        std::vector<float> values(rank.rank() == 0 ? 64 : 32);
        (void)rank.allReduce(values, {"the sum behind the experts", rank.rank()});
    });
    EXPECT_THAT(ends[0] + ends[1],
                AllOf(HasSubstr("of layer 0 (ncclAllReduce) with 64"),
                      HasSubstr("of layer 1 (ncclAllReduce) with 32"),
                      HasSubstr("all ranks have to do the same")));
    group.reset();
    const Ends others = runOnRanks(group, [](Communicator& rank) {
        std::vector<float> values(64);
        std::vector<float> all(128);
        (void)(rank.rank() == 0 ? rank.allReduce(values, {"the sum behind attention", 3})
                                : rank.allGather(values, all, {"the logits"}));
    });
    EXPECT_THAT(others[0] + others[1],
                AllOf(HasSubstr("the sum behind attention of layer 3 (ncclAllReduce)"),
                      HasSubstr("the logits (ncclAllGather)")));
}

TEST_F(NcclGroupFault, ASkippedSumIsFoundAtTheNextOne) {
    auto nccls = std::make_unique<NcclGroup>(nccl(), cuda(), ranksOn(2), kPatient);
    FaultyGroup group(std::move(nccls), {.kind = RankFault::Kind::Skip, .rank = 1});
    const Ends ends = runOnRanks(group, [](Communicator& rank) {
        std::vector<float> attention(64);
        std::vector<float> experts(65);
        if (rank.allReduce(attention, {"the sum behind attention", 3}))
            (void)rank.allReduce(experts, {"the sum behind the experts", 3});
    });
    EXPECT_THAT(ends[0] + ends[1], HasSubstr("all ranks have to do the same"));
}

TEST_F(NcclGroupFault, AMessageOfAnotherSizeIsTold) {
    NcclGroup group(nccl(), cuda(), ranksOn(2), kPatient);
    const Ends ends = runOnRanks(group, [](Communicator& rank) {
        std::vector<float> values(rank.rank() == 0 ? 8 : 9);
        if (rank.rank() == 0)
            (void)rank.send(values, 1, {"the residuals", 4});
        else
            (void)rank.receive(values, 0, {"the residuals", 4});
    });
    EXPECT_THAT(ends[0] + ends[1],
                AllOf(HasSubstr("the residuals of layer 4 (ncclSend) with 8"),
                      HasSubstr("the residuals of layer 4 (ncclRecv) with 9")));
}

// ---------------------------------------------------------------- while they are connected

class NcclConnecting : public FakeNcclTest {
  protected:
    static constexpr NcclDeadlines kBrief{
        milliseconds(2'000), milliseconds(60'000), milliseconds(1'000)};

    std::string refusal(NcclFault::Kind kind, NcclDeadlines deadlines) {
        fake().plant({.kind = kind, .rank = 1, .call = NcclFault::kWhileConnecting});
        return refusalOf(ranksOn(3), deadlines);
    }
    std::string refusalOf(std::vector<NcclRank> ranks, NcclDeadlines deadlines) {
        const auto began = steady_clock::now();
        try {
            const NcclGroup group(nccl(), cuda(), std::move(ranks), deadlines);
        } catch (const Error& error) {
            EXPECT_LT(steady_clock::now() - began, milliseconds(20'000));
            EXPECT_EQ(error.kind(), ErrorKind::DeviceFault);
            return error.what();
        }
        return "they were connected";
    }
};

TEST_F(NcclConnecting, ARankThatFailsIsNamed) {
    EXPECT_THAT(refusal(NcclFault::Kind::FailingCall, kPatient),
                HasSubstr("rank 1 (GPU 1): connecting the ranks (ncclCommInitRankConfig) failed: "
                          "unhandled cuda error (planted: the call fails)"));
}

TEST_F(NcclConnecting, AnErrorBehindTheCallIsNamed) {
    EXPECT_THAT(refusal(NcclFault::Kind::AsyncError, kPatient),
                AllOf(HasSubstr("rank 1 (GPU 1): connecting the ranks"),
                      HasSubstr("remote process exited")));
}

TEST_F(NcclConnecting, ARankThatIsNeverThereEndsWithTheDeadline) {
    EXPECT_THAT(refusal(NcclFault::Kind::DeadRank, kBrief),
                HasSubstr("all ranks came to connecting the ranks (ncclCommInitRankConfig), but it "
                          "did not end within 2 s"));
}

TEST_F(NcclConnecting, ACallThatHangsIsNamed) {
    EXPECT_THAT(refusal(NcclFault::Kind::StuckCall, kBrief),
                AllOf(HasSubstr("rank 1 (GPU 1) did not come back from ncclCommInitRankConfig in "
                                "connecting the ranks"),
                      HasSubstr("[GPU-002]")));
}

TEST_F(NcclConnecting, TwoRanksOnOneDeviceAreRefused) {
    auto ranks = ranksOn(1);
    ranks.push_back({.device = 0, .stream = fake().createStream(0)});
    EXPECT_THAT(refusalOf(ranks, kPatient),
                AllOf(HasSubstr("(GPU 0): connecting the ranks"), HasSubstr("Duplicate GPU")));
}

TEST_F(NcclConnecting, ADeviceWithoutMemoryIsNamed) {
    cuda().allocate = [](void**, std::size_t) { return kernels::cuda::kMemoryAllocationError; };
    EXPECT_THAT(refusalOf(ranksOn(1), kPatient),
                HasSubstr("rank 0 (GPU 0): the GPU failed in connecting the ranks"));
}

TEST_F(NcclConnecting, ARankThatFailsWhileConnectedAnewLeavesAGroupThatCanBeReset) {
    NcclGroup group(nccl(), cuda(), ranksOn(3), kPatient);
    fake().plant(
        {.kind = NcclFault::Kind::FailingCall, .rank = 1, .call = NcclFault::kWhileConnecting});
    EXPECT_THROW(group.reset(), Error);
    EXPECT_TRUE(group.isAborted());
    fake().release();
    group.reset();
    const Ends ends = runOnRanks(group, [](Communicator& rank) { EXPECT_TRUE(rank.barrier({})); });
    EXPECT_THAT(ends, Each(std::string()));
}

}  // namespace
}  // namespace gatescope::test
