#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>

#include "engine/parallel/communicator.h"

namespace gatescope::nccl {

enum class JobKind : std::uint8_t {
    Identify,
    Connect,
    Close,
    AllReduce,
    AllGather,
    Broadcast,
    Barrier,
    Send,
    Receive,
};

constexpr std::array<const char*, 9> kCalls{"ncclGetUniqueId",
                                            "ncclCommInitRankConfig",
                                            "ncclCommFinalize",
                                            "ncclAllReduce",
                                            "ncclAllGather",
                                            "ncclBroadcast",
                                            "ncclAllReduce",
                                            "ncclSend",
                                            "ncclRecv"};

/// The function of NCCL.
inline const char* callOf(JobKind kind) {
    return kCalls[static_cast<std::size_t>(kind)];
}

/// What a rank's thread is asked to do.
struct Job {
    JobKind kind = JobKind::Connect;
    const float* from = nullptr;
    float* to = nullptr;
    std::size_t count = 0;
    int peer = 0;  ///< root, receiver or sender
    MeetingPlace place;
    std::chrono::milliseconds limit{};
    std::chrono::steady_clock::time_point end;
};

enum class Outcome : std::uint8_t { Done, GivenUp, Failed, Lost };

/// What ranks come to, one after the other: the first to come says what it is. Any thread.
class Meetings {
  public:
    struct Offer {
        std::uint64_t number = 0;  ///< from 1
        JobKind kind = JobKind::Barrier;
        std::size_t count = 0;
        int root = 0;
        int rank = 0;
        MeetingPlace place;
    };

    /// What another rank has brought to the same meeting where that is something else.
    std::optional<Offer> contradiction(const Offer& own) {
        const std::lock_guard lock(mutex_);
        Offer& first = offers_[own.number % offers_.size()];
        if (first.number < own.number) first = own;
        // A newer one: the others have gone on without waiting, as a broadcast allows.
        if (first.number > own.number) return std::nullopt;
        if (first.kind == own.kind && first.count == own.count && first.root == own.root)
            return std::nullopt;
        return first;
    }
    void forget() {
        const std::lock_guard lock(mutex_);
        offers_ = {};
    }

  private:
    std::mutex mutex_;
    std::array<Offer, 16> offers_;
};

}  // namespace gatescope::nccl
