#include "tests/emulation/grid.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "tests/emulation/planted_faults.h"
#include "tests/emulation/sanitizers.h"

// A checker is worth what it finds: each fault here is one that a kernel has had somewhere,
// planted, and must be told by name or show as a wrong result. Faults that only a sanitizer sees
// run in a process of their own, which has to die of them.

#if defined(GATESCOPE_EMULATION_TSAN)
extern "C" const char* __tsan_default_options() {
    return "halt_on_error=1";
}
#endif

namespace gatescope::emulation {
namespace {

constexpr int kCount = 500;
constexpr std::uint64_t kSeeds = kThreadSanitized ? 3 : 12;  // it takes a while to start a fiber

/// Runs the sum under several schedules. What is wrong with it; empty: nothing.
std::string faultsOfSum(Fault fault) {
    std::vector<float> x(kCount);
    std::iota(x.begin(), x.end(), 1.0F);
    // What lies behind is no zero; AddressSanitizer finds its end itself.
    if (!kAddressSanitized) x.push_back(1000);
    const float expected = kCount * (kCount + 1) / 2.0F;
    for (const Order order : {Order::Ascending, Order::Descending, Order::Random})
        for (std::uint64_t seed = 1; seed <= (order == Order::Random ? kSeeds : 1); ++seed) {
            schedule() = {
                .order = order, .seed = seed, .blocksAtOnce = 1 + static_cast<int>(seed % 3)};
            std::vector<float> partial(4);
            unsigned ticket = 0;
            float total = -1;
            try {
                sumWithFault(fault, x.data(), kCount, partial.data(), &ticket, &total);
            } catch (const Failure& failure) {
                return failure.what();
            }
            if (total != expected) return "wrong result";
            if (ticket != 0) return "the ticket is not zero again";
        }
    return "";
}

std::string faultsOfReverse(Fault fault) {
    std::vector<float> x(128), y(128), expected(128);
    std::iota(x.begin(), x.end(), 0.0F);
    for (std::size_t i = 0; i < x.size(); ++i) expected[i] = x[i / 32 * 32 + 31 - i % 32];
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        schedule() = {.seed = seed};
        try {
            reverseWithFault(fault, x.data(), y.data(), 2);
        } catch (const Failure& failure) {
            return failure.what();
        }
        if (y != expected) return "wrong result";
    }
    return "";
}

/// The thread that opens a barrier comes to the next one before the others leave the first.
std::string faultsOfRotation(Fault fault) {
    std::vector<float> x(64), y(64), expected(64);
    std::iota(x.begin(), x.end(), 0.0F);
    for (std::size_t i = 0; i < x.size(); ++i) expected[i] = x[(i + 2) % 64];
    schedule() = {.order = Order::Ascending};
    rotateWithFault(fault, x.data(), y.data());
    return y == expected ? "" : "wrong result";
}

TEST(Emulation, FindsNothingInRightKernels) {
    EXPECT_EQ(faultsOfSum(Fault::None), "");
    EXPECT_EQ(faultsOfReverse(Fault::None), "");
    EXPECT_EQ(faultsOfRotation(Fault::None), "");
}

TEST(Emulation, CountsWhatItRuns) {
    const Counts before = counts();
    EXPECT_EQ(faultsOfSum(Fault::None), "");
    EXPECT_EQ(counts().blocks - before.blocks, (2 + kSeeds) * 4);
    EXPECT_GE(counts().barriers - before.barriers, (2 + kSeeds) * 4 * 5);
    EXPECT_GE(counts().warpOperations - before.warpOperations, (2 + kSeeds) * 4 * 4 * 20);
}

#if !defined(GATESCOPE_EMULATION_TSAN)  // several of these race before they fail
struct Named {
    Fault fault;
    const char* says;
};
class NamedFaults : public testing::TestWithParam<Named> {};

TEST_P(NamedFaults, AreTold) {
    EXPECT_THAT(faultsOfSum(GetParam().fault), testing::HasSubstr(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    Misuse,
    NamedFaults,
    testing::Values(Named{Fault::DivergentBarrier, "different __syncthreads"},
                    Named{Fault::TwoBarriers, "different __syncthreads"},
                    Named{Fault::BarrierAfterExit, "left the kernel"},
                    Named{Fault::MaskTooSmall, "takes no part"},
                    Named{Fault::MaskOfOthers, "not in its own mask"},
                    Named{Fault::FullMaskInBranch, "different warp operations meet"}),
    [](const auto& test) { return std::to_string(static_cast<int>(test.param.fault)); });

#endif

// ThreadSanitizer kills the process at the first race, AddressSanitizer at the first wrong access;
// other builds see what such a fault does.

TEST(Emulation, FindsAMissingBarrierBeforeReading) {
    if (kThreadSanitized)
        EXPECT_DEATH(faultsOfSum(Fault::NoBarrierBeforeRead), "data race");
    else
        EXPECT_EQ(faultsOfSum(Fault::NoBarrierBeforeRead), "wrong result");
}

TEST(Emulation, FindsAMissingBarrierBeforeRewriting) {
    if (kThreadSanitized)
        EXPECT_DEATH(faultsOfSum(Fault::NoBarrierBeforeRewrite), "data race");
    else
        EXPECT_EQ(faultsOfSum(Fault::NoBarrierBeforeRewrite), "wrong result");
}

TEST(Emulation, FindsAMissingBarrierBetweenTwoThatAreThere) {
    if (kThreadSanitized)
        EXPECT_DEATH(faultsOfRotation(Fault::NoBarrierBeforeRewrite), "data race");
    else
        EXPECT_EQ(faultsOfRotation(Fault::NoBarrierBeforeRewrite), "wrong result");
}

TEST(Emulation, FindsAMissingSyncWarp) {
    if (kThreadSanitized)
        EXPECT_DEATH(faultsOfReverse(Fault::NoSyncWarp), "data race");
    else
        EXPECT_EQ(faultsOfReverse(Fault::NoSyncWarp), "wrong result");
}

TEST(Emulation, FindsASharedArrayThatIsTooShort) {
    if (kAddressSanitized)
        EXPECT_DEATH(faultsOfSum(Fault::ShortSharedArray), "planted_faults.cu");
    else
        EXPECT_THAT(faultsOfSum(Fault::ShortSharedArray),
                    testing::HasSubstr("behind the shared variable 'sums'"));
}

TEST(Emulation, FindsDynamicSharedMemoryThatIsTooSmall) {
    if (kAddressSanitized)
        EXPECT_DEATH(faultsOfSum(Fault::DynamicSharedTooSmall), "planted_faults.cu");
    else
        EXPECT_THAT(faultsOfSum(Fault::DynamicSharedTooSmall),
                    testing::HasSubstr("behind the shared variable 'dynamic shared memory'"));
}

TEST(Emulation, FindsAReadBehindATensor) {
    if (kAddressSanitized)
        EXPECT_DEATH(faultsOfSum(Fault::ReadPastTensor), "heap-buffer-overflow");
    else
        EXPECT_EQ(faultsOfSum(Fault::ReadPastTensor), "wrong result");
}

// Fibers of one thread of the host never lose an update nor see an old value: only ThreadSanitizer
// knows that nothing ordered them.

TEST(Emulation, FindsALostUpdate) {
    if (kThreadSanitized)
        EXPECT_DEATH(faultsOfSum(Fault::LostUpdate), "data race");
    else
        EXPECT_EQ(faultsOfSum(Fault::LostUpdate), "");
}

TEST(Emulation, FindsAMissingFence) {
    if (kThreadSanitized)
        EXPECT_DEATH(faultsOfSum(Fault::NoFence), "data race");
    else
        EXPECT_EQ(faultsOfSum(Fault::NoFence), "");
}

TEST(Emulation, RefusesGridsThatNoDeviceRuns) {
    const auto nothing = [] {};
    EXPECT_THROW(run(1, 1025, 0, "kernel", nothing), Failure);
    EXPECT_THROW(run(0, 32, 0, "kernel", nothing), Failure);
    EXPECT_THROW(run({1, 65536}, 32, 0, "kernel", nothing), Failure);
    EXPECT_THROW(run(1, 32, std::size_t{49} << 10, "kernel", nothing), Failure);
}

TEST(Emulation, TellsWhoWaitsForEver) {
    // Lane 0 waits for lane 1, which waits for the whole warp.
    schedule() = {};
    try {
        run(1, 32, 0, "kernel", [] {
            const auto op = [](unsigned mask) {
                warpOperation(WarpOp::Sync, mask, 0, 0, 32, std::source_location::current());
            };
            op(currentThread->lane == 0 ? 3U : ~0U);
        });
        FAIL();
    } catch (const Failure& failure) {
        EXPECT_THAT(failure.what(), testing::HasSubstr("no thread can go on"));
        EXPECT_THAT(failure.what(),
                    testing::HasSubstr("1 from thread 0 on: in a warp operation with "
                                       "mask 00000003"));
    }
}

}  // namespace
}  // namespace gatescope::emulation
