#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/parallel/nccl_group.h"
#include "engine/parallel/nccl_job.h"

namespace gatescope::nccl {

/// How long a thread within a call of NCCL has to leave it before its communicator is aborted all
/// the same; and how much longer than it is given a thread is waited for.
constexpr std::chrono::milliseconds kLetGo{300};
constexpr std::chrono::milliseconds kSlack{500};

/// "all-reduce of layer 3".
std::string placeText(const MeetingPlace& place);

/// The ranks of an NcclGroup, two threads each: one that does for it what is asked (nccl_work.cpp),
/// one that aborts its communicator. Outlives the group if a thread does.
class Ranks {
  public:
    struct Member {
        int rank = 0;
        int device = 0;
        kernels::cuda::Stream stream = nullptr;
        float* scratch = nullptr;  ///< [2, size] of the device, the worker's

        std::mutex mutex;
        std::condition_variable asking;    ///< for the worker
        std::condition_variable aborting;  ///< for the aborter
        Job job;                           ///< the worker's from asked to answered, as what follows
        Outcome outcome = Outcome::Done;
        std::string failure;
        std::atomic<std::uint64_t> asked{0};
        std::atomic<std::uint64_t> answered{0};

        NcclComm comm = nullptr;                  ///< guarded by mutex
        bool isTaken = false;                     ///< by the aborter; guarded by mutex
        std::atomic<bool> isUsing{false};         ///< the worker is using `comm`
        std::atomic<bool> isGivenUp{false};       ///< the aborter is done
        std::atomic<const char*> call = nullptr;  ///< which the worker is within
        std::atomic<std::uint64_t> come{0};       ///< to collectives

        std::thread worker;
        std::thread aborter;

        bool isBack() const {
            return answered.load(std::memory_order_acquire) ==
                   asked.load(std::memory_order_relaxed);
        }
    };
    /// From one rank to another.
    struct Pair {
        Meetings meetings;
        std::atomic<std::uint64_t> sent{0};
        std::atomic<std::uint64_t> received{0};
    };

    Ranks(const NcclFunctions& nccl,
          const kernels::cuda::CudaModule& cuda,
          const std::vector<NcclRank>& ranks,
          NcclDeadlines deadlines)
        : nccl_(nccl),
          cuda_(cuda),
          deadlines_(deadlines),
          stepDeadline_(deadlines.step),
          pairs_(ranks.size() * ranks.size()) {
        for (const NcclRank& rank : ranks) {
            Member& member = members_.emplace_back();
            member.rank = static_cast<int>(members_.size()) - 1;
            member.device = rank.device;
            member.stream = rank.stream;
        }
    }

    static void start(const std::shared_ptr<Ranks>& self);

    int size() const { return static_cast<int>(members_.size()); }
    Member& member(int rank) { return members_[static_cast<std::size_t>(rank)]; }
    bool isAborted() const { return aborted_.load(); }
    void setStepDeadline(std::chrono::milliseconds deadline) { stepDeadline_ = deadline; }

    void abort() noexcept;

    /// False: given up. Throws what the rank's thread found.
    bool operate(Member& member, Job job);

    void reset();

    /// Threads that have not come back keep what they use.
    void quit() noexcept;

  private:
    std::string nameOf(const Member& member) const;
    static std::string whereOf(const Job& job);
    static double seconds(std::chrono::milliseconds limit);
    std::string lost(const Member& member, const Job& job) const;

    void ask(Member& member, Job job);

    /// Waits for what was asked of the rank's thread, but not for ever.
    bool conclude(Member& member);

    void connect();

    void endThreads() noexcept;

    void work(Member& member);

    Outcome run(Member& member);

    /// A rank that failed takes the others with it; all abort together.
    void awaitGivenUp(Member& member);

    void giveUpWhenAborted(Member& member);

    /// The worker's communicator while it uses it: the aborter waits for its end.
    class Using {
      public:
        Using(Ranks& ranks, Member& member) : member_(member) {
            member.isUsing.store(true);
            if (ranks.isAborted()) return;
            const std::lock_guard lock(member.mutex);
            comm_ = member.comm;
        }
        ~Using() { member_.isUsing.store(false); }
        Using(const Using&) = delete;
        Using& operator=(const Using&) = delete;
        NcclComm comm() const { return comm_; }  ///< null: given up

      private:
        Member& member_;
        NcclComm comm_ = nullptr;
    };

    template <class Call>
    static int called(Member& member, const char* name, const Call& call) {
        member.call.store(name);
        const int result = call();
        member.call.store(nullptr);
        return result;
    }

    Outcome failed(Member& member, int result, NcclComm comm);
    Outcome cudaFailed(Member& member, int error);

    /// Until NCCL has done what `result` is the answer to and, `onStream`, the stream is empty.
    Outcome finished(Member& member, NcclComm comm, int result, bool onStream);

    Outcome connected(Member& member);

    Outcome makeComm(Member& member);

    int sumScratch(Member& member, NcclComm comm);

    /// A value from each rank to each other one.
    int pairUp(Member& member, NcclComm comm);

    Outcome closed(Member& member);

    Outcome exchanged(Member& member);

    int enqueue(Member& member, NcclComm comm);

    Pair& pairOf(const Member& member, const Job& job);
    static bool isOfPair(const Job& job);

    /// Says that this rank has come, and finds who does something else.
    bool agrees(Member& member);

    /// Whose fault it is that the deadline is over.
    Outcome late(Member& member);

    bool hasCome(const Member& member, const Member& other);

    const NcclFunctions nccl_;
    const kernels::cuda::CudaModule& cuda_;
    const NcclDeadlines deadlines_;
    std::chrono::milliseconds stepDeadline_;
    NcclUniqueId id_{};  ///< written by rank 0's thread before the others are asked to connect
    std::deque<Member> members_;
    Meetings meetings_;
    std::vector<Pair> pairs_;  ///< [from, to]
    std::atomic<bool> aborted_{false};
    std::atomic<bool> quit_{false};
};

}  // namespace gatescope::nccl
