#include <gtest/gtest.h>
#include <nccl.h>

#include <cstddef>
#include <type_traits>

#include "engine/parallel/nccl_library.h"

// What engine/parallel/nccl_library.h declares of NCCL, beside NVIDIA's own header.

namespace gatescope::test {
namespace {

/// Parameter by parameter: enums count as int, handles as pointers.
template <class T>
struct AsPassed {
    using Type = std::conditional_t<std::is_enum_v<T>, int, T>;
};
template <class T>
struct AsPassed<T*> {
    using Type = const void*;
};
template <>
struct AsPassed<::ncclUniqueId> {
    using Type = NcclUniqueId;
};
template <class T>
using Passed = typename AsPassed<T>::Type;

template <class Function>
struct Shape;
template <class Result, class... Parameters>
struct Shape<Result (*)(Parameters...)> {
    using Type = Passed<Result> (*)(Passed<Parameters>...);
};
template <class Ours, class Theirs>
constexpr bool kSameShape =
    std::is_same_v<typename Shape<Ours>::Type, typename Shape<Theirs>::Type>;

#define GATESCOPE_EXPECT_SHAPE(ours, theirs) \
    static_assert(kSameShape<decltype(NcclFunctions::ours), decltype(&::theirs)>)
GATESCOPE_EXPECT_SHAPE(getVersion, ncclGetVersion);
GATESCOPE_EXPECT_SHAPE(getUniqueId, ncclGetUniqueId);
GATESCOPE_EXPECT_SHAPE(commInitRankConfig, ncclCommInitRankConfig);
GATESCOPE_EXPECT_SHAPE(commFinalize, ncclCommFinalize);
GATESCOPE_EXPECT_SHAPE(commDestroy, ncclCommDestroy);
GATESCOPE_EXPECT_SHAPE(commAbort, ncclCommAbort);
GATESCOPE_EXPECT_SHAPE(commGetAsyncError, ncclCommGetAsyncError);
GATESCOPE_EXPECT_SHAPE(getErrorString, ncclGetErrorString);
GATESCOPE_EXPECT_SHAPE(getLastError, ncclGetLastError);
GATESCOPE_EXPECT_SHAPE(groupStart, ncclGroupStart);
GATESCOPE_EXPECT_SHAPE(groupEnd, ncclGroupEnd);
GATESCOPE_EXPECT_SHAPE(allReduce, ncclAllReduce);
GATESCOPE_EXPECT_SHAPE(allGather, ncclAllGather);
GATESCOPE_EXPECT_SHAPE(broadcast, ncclBroadcast);
GATESCOPE_EXPECT_SHAPE(send, ncclSend);
GATESCOPE_EXPECT_SHAPE(recv, ncclRecv);
#undef GATESCOPE_EXPECT_SHAPE

TEST(NcclHeaderTest, WhatIsDeclaredOfNcclIsWhatItsHeaderSays) {
    EXPECT_EQ(sizeof(NcclUniqueId), sizeof(::ncclUniqueId));
    EXPECT_EQ(NcclFunctions::kSuccess, static_cast<int>(ncclSuccess));
    EXPECT_EQ(NcclFunctions::kInProgress, static_cast<int>(ncclInProgress));
    EXPECT_EQ(NcclFunctions::kFloat32, static_cast<int>(ncclFloat32));
    EXPECT_EQ(NcclFunctions::kSum, static_cast<int>(ncclSum));
    EXPECT_EQ(kOldestNccl, NCCL_VERSION(2, 18, 0));
}

TEST(NcclHeaderTest, TheConfigurationIsTheBeginningOfTheHeaders) {
    const NcclConfig ours;
    const ::ncclConfig_t theirs = NCCL_CONFIG_INITIALIZER;
    EXPECT_LE(sizeof(ours), sizeof(theirs));
    EXPECT_LE(ours.version, theirs.version);
    EXPECT_EQ(ours.size, sizeof(NcclConfig));
    EXPECT_EQ(ours.magic, theirs.magic);
    EXPECT_EQ(ours.blocking, theirs.blocking);
    EXPECT_EQ(offsetof(NcclConfig, size), offsetof(::ncclConfig_t, size));
    EXPECT_EQ(offsetof(NcclConfig, magic), offsetof(::ncclConfig_t, magic));
    EXPECT_EQ(offsetof(NcclConfig, version), offsetof(::ncclConfig_t, version));
    EXPECT_EQ(offsetof(NcclConfig, blocking), offsetof(::ncclConfig_t, blocking));
    EXPECT_EQ(offsetof(NcclConfig, cgaClusterSize), offsetof(::ncclConfig_t, cgaClusterSize));
    EXPECT_EQ(offsetof(NcclConfig, minCTAs), offsetof(::ncclConfig_t, minCTAs));
    EXPECT_EQ(offsetof(NcclConfig, maxCTAs), offsetof(::ncclConfig_t, maxCTAs));
    EXPECT_EQ(offsetof(NcclConfig, netName), offsetof(::ncclConfig_t, netName));
}

}  // namespace
}  // namespace gatescope::test
