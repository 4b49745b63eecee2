#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "tests/unit/engine/parallel/fake_nccl_fixture.h"

// The double itself: it has to find what NCCL leaves undefined. One thread drives two ranks.

namespace gatescope::test {
namespace {

class FakeNcclMisuse : public FakeNcclTest {
  protected:
    static constexpr int kRanks = 2;

    void SetUp() override {
        FakeNcclTest::SetUp();
        ranks_ = ranksOn(kRanks);
        NcclUniqueId id{};
        ASSERT_EQ(nccl().getUniqueId(&id), 0);
        NcclConfig config;
        config.blocking = 0;
        for (int rank = 0; rank < kRanks; ++rank) {
            fake().useDevice(rank);
            ASSERT_EQ(nccl().commInitRankConfig(&comm(rank), kRanks, id, rank, &config),
                      NcclFunctions::kInProgress);
        }
        for (int rank = 0; rank < kRanks; ++rank) settle(rank);
    }
    void TearDown() override {
        for (const NcclComm comm : comms_) (void)nccl().commAbort(comm);
        FakeNcclTest::TearDown();
    }

    NcclComm& comm(int rank) { return comms_[static_cast<std::size_t>(rank)]; }
    kernels::cuda::Stream stream(int rank) { return ranks_[static_cast<std::size_t>(rank)].stream; }
    float* values(int rank) { return values_[static_cast<std::size_t>(rank)].data(); }
    void settle(int rank) {
        int state = NcclFunctions::kInProgress;
        while (state == NcclFunctions::kInProgress)
            ASSERT_EQ(nccl().commGetAsyncError(comm(rank), &state), 0);
    }
    int allReduce(int rank, std::size_t count) {
        fake().useDevice(rank);
        return nccl().allReduce(values(rank),
                                values(rank),
                                count,
                                NcclFunctions::kFloat32,
                                NcclFunctions::kSum,
                                comm(rank),
                                stream(rank));
    }
    int broadcast(int rank, std::size_t count, int root) {
        fake().useDevice(rank);
        return nccl().broadcast(values(rank),
                                values(rank),
                                count,
                                NcclFunctions::kFloat32,
                                root,
                                comm(rank),
                                stream(rank));
    }
    void expectRefused(int result, const std::string& misuse) {
        EXPECT_EQ(nccl().getErrorString(result), std::string("invalid usage"));
        expectMisuse(misuse);
    }

  private:
    std::vector<NcclRank> ranks_;
    std::array<NcclComm, kRanks> comms_{};
    std::array<std::array<float, 8>, kRanks> values_{{{1, 2, 3}, {10, 20, 30}}};
};

TEST_F(FakeNcclMisuse, OneThreadMayDriveSeveralRanksInAGroup) {
    ASSERT_EQ(nccl().groupStart(), 0);
    for (int rank = 0; rank < kRanks; ++rank) ASSERT_EQ(allReduce(rank, 3), 0);
    EXPECT_FLOAT_EQ(values(0)[0], 1) << "nothing happens before the group's end";
    (void)nccl().groupEnd();
    for (int rank = 0; rank < kRanks; ++rank) {
        settle(rank);
        EXPECT_EQ(fake().poll(stream(rank)), 0);
        EXPECT_FLOAT_EQ(values(rank)[2], 33);
    }
}

TEST_F(FakeNcclMisuse, OneThreadWithoutAGroupIsRefused) {
    (void)allReduce(0, 3);
    EXPECT_EQ(fake().poll(stream(0)), kernels::cuda::kNotReady) << "rank 1 has not come";
    expectRefused(allReduce(1, 3),
                  "ncclAllReduce of rank 1 by the thread whose ncclAllReduce of rank 0 waits, "
                  "without ncclGroupStart");
}

TEST_F(FakeNcclMisuse, AnotherSizeIsRefused) {
    ASSERT_EQ(nccl().groupStart(), 0);
    (void)allReduce(0, 3);
    (void)allReduce(1, 4);
    expectRefused(
        nccl().groupEnd(),
        "collective 0: ncclAllReduce with 3 values on rank 0, ncclAllReduce with 4 on rank 1");
}

TEST_F(FakeNcclMisuse, AnotherCollectiveIsRefused) {
    ASSERT_EQ(nccl().groupStart(), 0);
    (void)allReduce(0, 3);
    (void)broadcast(1, 3, 0);
    expectRefused(
        nccl().groupEnd(),
        "collective 0: ncclAllReduce with 3 values on rank 0, ncclBroadcast with 3 on rank 1");
}

TEST_F(FakeNcclMisuse, AMessageOfAnotherSizeIsRefused) {
    ASSERT_EQ(nccl().groupStart(), 0);
    fake().useDevice(0);
    (void)nccl().send(values(0), 3, NcclFunctions::kFloat32, 1, comm(0), stream(0));
    fake().useDevice(1);
    (void)nccl().recv(values(1), 4, NcclFunctions::kFloat32, 0, comm(1), stream(1));
    expectRefused(nccl().groupEnd(), "ncclSend with 3 values on rank 0, ncclRecv with 4 on rank 1");
}

TEST_F(FakeNcclMisuse, AnotherDeviceIsRefused) {
    fake().useDevice(1);
    expectRefused(nccl().allReduce(values(0),
                                   values(0),
                                   3,
                                   NcclFunctions::kFloat32,
                                   NcclFunctions::kSum,
                                   comm(0),
                                   stream(0)),
                  "ncclAllReduce of rank 0 while the thread uses another device");
}

TEST_F(FakeNcclMisuse, AnotherDevicesStreamIsRefused) {
    fake().useDevice(0);
    expectRefused(nccl().allReduce(values(0),
                                   values(0),
                                   3,
                                   NcclFunctions::kFloat32,
                                   NcclFunctions::kSum,
                                   comm(0),
                                   stream(1)),
                  "ncclAllReduce of rank 0 on another device's stream");
}

TEST_F(FakeNcclMisuse, AnAbortedCommunicatorIsRefused) {
    ASSERT_EQ(nccl().commAbort(comm(0)), 0);
    expectRefused(allReduce(0, 3), "ncclAllReduce of rank 0 behind ncclCommAbort");
}

TEST_F(FakeNcclMisuse, ADestroyedOneThatWasNotFinalizedIsRefused) {
    expectRefused(nccl().commDestroy(comm(0)), "ncclCommDestroy of rank 0 before it is finalized");
}

TEST_F(FakeNcclMisuse, ACallBeforeTheOneBeforeIsDoneIsRefused) {
    ASSERT_EQ(nccl().groupStart(), 0);
    for (int rank = 0; rank < kRanks; ++rank) ASSERT_EQ(allReduce(rank, 3), 0);
    ASSERT_EQ(nccl().groupEnd(), 0);
    ASSERT_EQ(nccl().groupStart(), 0);
    for (int rank = 0; rank < kRanks; ++rank) ASSERT_EQ(allReduce(rank, 3), 0);
    ASSERT_EQ(nccl().groupEnd(), NcclFunctions::kInProgress);
    expectRefused(allReduce(0, 3), "ncclAllReduce of rank 0 before the call before it is done");
}

}  // namespace
}  // namespace gatescope::test
