#include "engine/parallel/nccl_group.h"

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "engine/check.h"
#include "engine/error.h"
#include "engine/error_codes.h"
#include "engine/io/shown_text.h"

namespace gatescope {
namespace {

using NcclClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// How long a thread within a call of NCCL has to leave it before its communicator is aborted all
/// the same; and how much longer than it is given a thread is waited for.
constexpr milliseconds kLetGo{300};
constexpr milliseconds kSlack{500};

constexpr MeetingPlace kConnecting{"connecting the ranks"};
constexpr MeetingPlace kEnding{"ending the ranks' connection"};

std::string placeText(const MeetingPlace& place) {
    return place.layer < 0 ? std::string(place.operation)
                           : fmt::format("{} of layer {}", place.operation, place.layer);
}

/// Between two looks at something that mostly comes within microseconds. Who waits longer leaves
/// its core to others.
class Patience {
  public:
    void rest() {
        constexpr int kSpins = 500;
        constexpr milliseconds kYields{2};
        if (++looks_ < kSpins) return;
        const auto now = NcclClock::now();
        if (looks_ == kSpins) began_ = now;
        if (now - began_ < kYields)
            std::this_thread::yield();
        else
            std::this_thread::sleep_for(std::chrono::microseconds(100));
    }

  private:
    int looks_ = 0;
    NcclClock::time_point began_;
};

template <class Done>
bool waitUntil(NcclClock::time_point end, const Done& done) {
    Patience patience;
    while (!done()) {
        if (NcclClock::now() > end) return done();
        patience.rest();
    }
    return true;
}

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

const char* callOf(JobKind kind) {
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
    milliseconds limit{};
    NcclClock::time_point end;
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

}  // namespace

/// What the ranks' threads and the group share. Outlives the group if a thread does.
class NcclGroup::State {
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

    State(const NcclFunctions& nccl,
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

    static void start(const std::shared_ptr<State>& self) {
        try {
            for (Member& member : self->members_) {
                member.worker = std::thread([self, &member] { self->work(member); });
                member.aborter = std::thread([self, &member] { self->giveUpWhenAborted(member); });
            }
        } catch (const std::system_error& error) {  // those that are there must end
            self->endThreads();
            throw Error(ErrorKind::NoMemory,
                        fmt::format("the threads of {} GPUs cannot be started ({}); close other "
                                    "programs or use fewer GPUs",
                                    self->members_.size(),
                                    error.what()));
        }
        try {
            self->connect();
        } catch (...) {  // the same
            self->quit();
            throw;
        }
    }

    int size() const { return static_cast<int>(members_.size()); }
    Member& member(int rank) { return members_[static_cast<std::size_t>(rank)]; }
    bool isAborted() const { return aborted_.load(); }
    void setStepDeadline(milliseconds deadline) { stepDeadline_ = deadline; }

    void abort() noexcept {
        aborted_.store(true);
        for (Member& member : members_) {
            // Not between its look at the flag and its sleep.
            { const std::lock_guard lock(member.mutex); }
            member.aborting.notify_all();
        }
    }

    /// False: given up. Throws what the rank's thread found.
    bool operate(Member& member, Job job) {
        if (isAborted()) return false;
        job.limit = stepDeadline_;
        ask(member, job);
        return conclude(member);
    }

    void reset() {
        abort();
        for (const Member& member : members_) {
            const auto isOver = [&] { return member.isGivenUp.load() && member.isBack(); };
            if (!waitUntil(NcclClock::now() + kLetGo + deadlines_.abort, isOver))
                refuse(ErrorCode::GpuLost, "NCCL", lost(member, member.job));
        }
        for (Pair& pair : pairs_) {
            pair.meetings.forget();
            pair.sent.store(0);
            pair.received.store(0);
        }
        meetings_.forget();
        aborted_.store(false);
        for (Member& member : members_) {
            member.come.store(0);
            {
                const std::lock_guard lock(member.mutex);
                member.isTaken = false;
                member.isGivenUp.store(false);
            }
            member.aborting.notify_all();  // somebody may have aborted again
        }
        connect();
    }

    /// Threads that have not come back keep what they use.
    void quit() noexcept {
        try {
            if (!isAborted())
                for (Member& member : members_)
                    ask(member,
                        {.kind = JobKind::Close, .place = kEnding, .limit = deadlines_.abort});
            for (Member& member : members_) (void)conclude(member);
        } catch (const Error&) {  // it is aborted then; nobody is left to be told
        }
        abort();
        const auto end = NcclClock::now() + kLetGo + deadlines_.abort;
        for (Member& member : members_)
            (void)waitUntil(end, [&] { return member.isGivenUp.load() && member.isBack(); });
        endThreads();
    }

  private:
    std::string nameOf(const Member& member) const {
        return fmt::format("rank {} (GPU {})", member.rank, member.device);
    }
    static std::string whereOf(const Job& job) {
        return fmt::format("{} ({})", placeText(job.place), callOf(job.kind));
    }
    static double seconds(milliseconds limit) {
        return std::chrono::duration<double>(limit).count();
    }
    std::string lost(const Member& member, const Job& job) const {
        const char* call = member.call.load();
        const double limit = seconds(deadlines_.abort);
        if (call == nullptr)
            return fmt::format(
                "{} did not give up {} within {:g} s", nameOf(member), whereOf(job), limit);
        return fmt::format("{} did not come back from {} in {} and did not give up within {:g} s",
                           nameOf(member),
                           call,
                           placeText(job.place),
                           limit);
    }

    // ------------------------------------------------------------ who asks

    void ask(Member& member, Job job) {
        if (!member.isBack()) refuse(ErrorCode::GpuLost, "NCCL", lost(member, member.job));
        job.end = NcclClock::now() + job.limit;
        {
            const std::lock_guard lock(member.mutex);
            member.job = job;
            member.asked.fetch_add(1, std::memory_order_release);
        }
        member.asking.notify_one();
    }

    /// Waits for what was asked of the rank's thread, but not for ever.
    bool conclude(Member& member) {
        const Job job = member.job;
        (void)waitUntil(job.end + kSlack, [&] { return member.isBack() || isAborted(); });
        std::string hangs;
        if (!member.isBack() && !isAborted()) {
            const char* call = member.call.load();
            hangs = fmt::format("{} did not come back from {} in {} within {:g} s",
                                nameOf(member),
                                call == nullptr ? callOf(job.kind) : call,
                                placeText(job.place),
                                seconds(job.limit));
            abort();
        }
        const auto end = NcclClock::now() + kLetGo + deadlines_.abort + kSlack;
        if (!waitUntil(end, [&] { return member.isBack(); }))
            refuse(ErrorCode::GpuLost, "NCCL", lost(member, job));
        if (member.outcome == Outcome::Failed) refuse(ErrorCode::GpuFault, "NCCL", member.failure);
        if (member.outcome == Outcome::Lost) refuse(ErrorCode::GpuLost, "NCCL", member.failure);
        if (!hangs.empty()) refuse(ErrorCode::GpuFault, "NCCL", hangs);
        return member.outcome == Outcome::Done;
    }

    void connect() {
        const Job job{.kind = JobKind::Identify, .place = kConnecting, .limit = deadlines_.start};
        ask(member(0), job);
        if (!conclude(member(0))) return;
        std::exception_ptr failure;
        for (Member& member : members_) {
            Job connecting = job;
            connecting.kind = JobKind::Connect;
            ask(member, connecting);
        }
        for (Member& member : members_) try {
                (void)conclude(member);
            } catch (const Error& error) {  // the others have to end, too
                // That a rank is lost is what matters most: there is no next try then.
                const bool isLost = error.code() == rowOf(ErrorCode::GpuLost).text;
                if (!failure || isLost) failure = std::current_exception();
            }
        if (failure) std::rethrow_exception(failure);
    }

    void endThreads() noexcept {
        quit_.store(true);
        for (Member& member : members_) {
            { const std::lock_guard lock(member.mutex); }
            member.asking.notify_all();
            member.aborting.notify_all();
        }
        for (Member& member : members_) {
            const bool gaveUp = !isAborted() || member.isGivenUp.load();
            if (member.worker.joinable())
                member.isBack() ? member.worker.join() : member.worker.detach();
            if (member.aborter.joinable()) gaveUp ? member.aborter.join() : member.aborter.detach();
        }
    }

    // ------------------------------------------------------------ the rank's threads

    void work(Member& member) {
        std::uint64_t seen = 0;
        while (true) {
            const auto isAsked = [&] { return member.asked.load() != seen || quit_.load(); };
            // The next operation mostly follows at once.
            (void)waitUntil(NcclClock::now() + milliseconds(1), isAsked);
            {
                std::unique_lock lock(member.mutex);
                member.asking.wait(lock, isAsked);
                if (member.asked.load() == seen) break;
                seen = member.asked.load();
            }
            member.failure.clear();
            member.outcome = run(member);
            if (member.outcome != Outcome::Done) awaitGivenUp(member);
            member.answered.store(seen, std::memory_order_release);
        }
        if (member.scratch != nullptr) (void)cuda_.release(member.scratch);
    }

    Outcome run(Member& member) {
        const Job& job = member.job;
        switch (job.kind) {
            case JobKind::Identify: {
                const int result =
                    called(member, callOf(job.kind), [&] { return nccl_.getUniqueId(&id_); });
                return result == NcclFunctions::kSuccess ? Outcome::Done
                                                         : failed(member, result, nullptr);
            }
            case JobKind::Connect:
                return connected(member);
            case JobKind::Close:
                return closed(member);
            default:
                return exchanged(member);
        }
    }

    /// A rank that failed takes the others with it; all abort together.
    void awaitGivenUp(Member& member) {
        abort();
        const auto end = NcclClock::now() + kLetGo + deadlines_.abort;
        if (waitUntil(end, [&] { return member.isGivenUp.load(); })) return;
        const std::string why = lost(member, member.job);
        member.failure = member.failure.empty() ? why : member.failure + ", and " + why;
        member.outcome = Outcome::Lost;
    }

    void giveUpWhenAborted(Member& member) {
        const auto isWanted = [&] { return isAborted() && !member.isGivenUp.load(); };
        while (true) {
            {
                std::unique_lock lock(member.mutex);
                member.aborting.wait(lock, [&] { return isWanted() || quit_.load(); });
                if (!isWanted()) return;
            }
            (void)waitUntil(NcclClock::now() + kLetGo, [&] { return !member.isUsing.load(); });
            NcclComm comm = nullptr;
            {
                const std::lock_guard lock(member.mutex);
                comm = std::exchange(member.comm, nullptr);
                member.isTaken = true;
            }
            if (comm != nullptr) {
                (void)cuda_.useDevice(member.device);
                (void)nccl_.commAbort(comm);  // what fails is found by whoever connects again
            }
            member.isGivenUp.store(true);
        }
    }

    /// The worker's communicator while it uses it: the aborter waits for its end.
    class Using {
      public:
        Using(State& state, Member& member) : member_(member) {
            member.isUsing.store(true);
            if (state.isAborted()) return;
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

    Outcome failed(Member& member, int result, NcclComm comm) {
        if (isAborted()) return Outcome::GivenUp;
        const char* detail = nccl_.getLastError(comm);
        member.failure = fmt::format(
            "{}: {} failed: {}{}",
            nameOf(member),
            whereOf(member.job),
            nccl_.getErrorString(result),
            detail == nullptr || *detail == '\0' ? "" : fmt::format(" ({})", shownText(detail)));
        return Outcome::Failed;
    }
    Outcome cudaFailed(Member& member, int error) {
        if (isAborted()) return Outcome::GivenUp;
        member.failure = fmt::format("{}: the GPU failed in {}: {} (CUDA error {})",
                                     nameOf(member),
                                     whereOf(member.job),
                                     cuda_.errorText(error),
                                     error);
        return Outcome::Failed;
    }

    /// Until NCCL has done what `result` is the answer to and, `onStream`, the stream is empty.
    Outcome finished(Member& member, NcclComm comm, int result, bool onStream) {
        const Job& job = member.job;
        int state = result;
        Patience patience;
        while (true) {
            if (isAborted()) return Outcome::GivenUp;
            // In this order: what ends because NCCL failed must not count as done.
            const bool accepted = state == NcclFunctions::kSuccess;
            const int stream = accepted && onStream ? cuda_.poll(member.stream) : 0;
            if (accepted || state == NcclFunctions::kInProgress) {
                const int asked = nccl_.commGetAsyncError(comm, &state);
                if (asked != NcclFunctions::kSuccess) state = asked;
            }
            if (state != NcclFunctions::kSuccess && state != NcclFunctions::kInProgress)
                return failed(member, state, comm);
            if (stream != 0 && stream != kernels::cuda::kNotReady)
                return cudaFailed(member, stream);
            if (accepted && stream == 0) return Outcome::Done;
            if (NcclClock::now() > job.end) return late(member);
            patience.rest();
        }
    }

    Outcome connected(Member& member) {
        if (const int error = cuda_.useDevice(member.device)) return cudaFailed(member, error);
        if (member.scratch == nullptr) {
            void* memory = nullptr;
            const std::size_t bytes = 2 * members_.size() * sizeof(float);
            if (const int error = cuda_.allocate(&memory, bytes)) return cudaFailed(member, error);
            member.scratch = static_cast<float*>(memory);
        }
        member.isUsing.store(true);
        const Outcome made = makeComm(member);
        member.isUsing.store(false);
        if (made != Outcome::Done) return made;

        // Everything that NCCL sets up when it is first needed, now: a sum and all pairs.
        const Using use(*this, member);
        if (use.comm() == nullptr) return Outcome::GivenUp;
        int result =
            called(member, "ncclAllReduce", [&] { return sumScratch(member, use.comm()); });
        const Outcome summed = finished(member, use.comm(), result, true);
        if (summed != Outcome::Done || size() == 1) return summed;
        result = called(member, "ncclGroupEnd", [&] { return pairUp(member, use.comm()); });
        return finished(member, use.comm(), result, true);
    }

    Outcome makeComm(Member& member) {
        if (isAborted()) return Outcome::GivenUp;
        NcclConfig config;
        config.blocking = 0;
        NcclComm comm = nullptr;
        const int result = called(member, callOf(JobKind::Connect), [&] {
            return nccl_.commInitRankConfig(&comm, size(), id_, member.rank, &config);
        });
        bool isLate = false;
        {
            const std::lock_guard lock(member.mutex);
            isLate = member.isTaken;
            if (!isLate) member.comm = comm;
        }
        if (isLate) {  // given up meanwhile, without this one
            if (comm != nullptr) (void)nccl_.commAbort(comm);
            return Outcome::GivenUp;
        }
        return finished(member, comm, result, false);
    }

    int sumScratch(Member& member, NcclComm comm) {
        return nccl_.allReduce(member.scratch,
                               member.scratch,
                               1,
                               NcclFunctions::kFloat32,
                               NcclFunctions::kSum,
                               comm,
                               member.stream);
    }

    /// A value from each rank to each other one.
    int pairUp(Member& member, NcclComm comm) {
        int result = nccl_.groupStart();
        const auto keep = [&](int next) {
            if (result == NcclFunctions::kSuccess || result == NcclFunctions::kInProgress)
                result = next;
        };
        for (int peer = 0; peer < size(); ++peer) {
            if (peer == member.rank) continue;
            keep(nccl_.send(
                member.scratch + peer, 1, NcclFunctions::kFloat32, peer, comm, member.stream));
            keep(nccl_.recv(member.scratch + size() + peer,
                            1,
                            NcclFunctions::kFloat32,
                            peer,
                            comm,
                            member.stream));
        }
        keep(nccl_.groupEnd());
        return result;
    }

    Outcome closed(Member& member) {
        const Using use(*this, member);
        if (use.comm() == nullptr) return Outcome::GivenUp;
        const int result =
            called(member, callOf(JobKind::Close), [&] { return nccl_.commFinalize(use.comm()); });
        const Outcome outcome = finished(member, use.comm(), result, false);
        if (outcome != Outcome::Done) return outcome;
        {
            const std::lock_guard lock(member.mutex);
            if (member.comm == nullptr) return Outcome::GivenUp;
            member.comm = nullptr;
        }
        (void)nccl_.commDestroy(use.comm());
        return Outcome::Done;
    }

    Outcome exchanged(Member& member) {
        const Job& job = member.job;
        if (!agrees(member)) return Outcome::Failed;
        if (job.count == 0) return Outcome::Done;
        const Using use(*this, member);
        if (use.comm() == nullptr) return Outcome::GivenUp;
        const int result =
            called(member, callOf(job.kind), [&] { return enqueue(member, use.comm()); });
        return finished(member, use.comm(), result, true);
    }

    int enqueue(Member& member, NcclComm comm) {
        constexpr int kFloat32 = NcclFunctions::kFloat32;
        const Job& j = member.job;
        switch (j.kind) {
            case JobKind::AllReduce:
                return nccl_.allReduce(
                    j.from, j.to, j.count, kFloat32, NcclFunctions::kSum, comm, member.stream);
            case JobKind::AllGather:
                return nccl_.allGather(j.from, j.to, j.count, kFloat32, comm, member.stream);
            case JobKind::Broadcast:
                return nccl_.broadcast(
                    j.from, j.to, j.count, kFloat32, j.peer, comm, member.stream);
            case JobKind::Send:
                return nccl_.send(j.from, j.count, kFloat32, j.peer, comm, member.stream);
            case JobKind::Receive:
                return nccl_.recv(j.to, j.count, kFloat32, j.peer, comm, member.stream);
            default:
                return sumScratch(member, comm);
        }
    }

    Pair& pairOf(const Member& member, const Job& job) {
        const int from = job.kind == JobKind::Send ? member.rank : job.peer;
        const int to = job.kind == JobKind::Send ? job.peer : member.rank;
        return pairs_[static_cast<std::size_t>(from * size() + to)];
    }
    static bool isOfPair(const Job& job) {
        return job.kind == JobKind::Send || job.kind == JobKind::Receive;
    }

    /// Says that this rank has come, and finds who does something else.
    bool agrees(Member& member) {
        const Job& job = member.job;
        Meetings::Offer offer{
            .kind = job.kind, .count = job.count, .rank = member.rank, .place = job.place};
        std::optional<Meetings::Offer> other;
        if (isOfPair(job)) {
            Pair& pair = pairOf(member, job);
            offer.kind = JobKind::Send;  // both ends are alike but for their direction
            offer.number = ++(job.kind == JobKind::Send ? pair.sent : pair.received);
            other = pair.meetings.contradiction(offer);
        } else {
            offer.root = job.kind == JobKind::Broadcast ? job.peer : 0;
            offer.number = ++member.come;
            other = meetings_.contradiction(offer);
        }
        if (!other || isAborted()) return true;
        member.failure = fmt::format(
            "{} is at {} with {} values, {} at {} ({}) with {}: all ranks have to do the same",
            nameOf(member),
            whereOf(job),
            job.count,
            nameOf(members_[static_cast<std::size_t>(other->rank)]),
            placeText(other->place),
            callOf(isOfPair(job) ? (job.kind == JobKind::Send ? JobKind::Receive : JobKind::Send)
                                 : other->kind),
            other->count);
        return false;
    }

    /// Whose fault it is that the deadline is over.
    Outcome late(Member& member) {
        const Job& job = member.job;
        const auto within =
            fmt::format("within {:g} s ({} waited there)", seconds(job.limit), nameOf(member));
        std::vector<std::string> missing;
        std::vector<std::string> hanging;
        for (const Member& other : members_) {
            const bool isMeant = isOfPair(job) ? other.rank == job.peer : other.rank != member.rank;
            if (!isMeant) continue;
            if (!hasCome(member, other))
                missing.push_back(nameOf(other));
            else if (const char* call = other.call.load(); call != nullptr)
                hanging.push_back(fmt::format("{} in {}", nameOf(other), call));
        }
        if (!missing.empty())
            member.failure = fmt::format(
                "{} did not come to {} {}", fmt::join(missing, ", "), whereOf(job), within);
        else if (!hanging.empty())
            member.failure = fmt::format(
                "{} did not come back, at {}, {}", fmt::join(hanging, ", "), whereOf(job), within);
        else
            member.failure =
                fmt::format("all ranks came to {}, but it did not end {}", whereOf(job), within);
        return Outcome::Failed;
    }

    bool hasCome(const Member& member, const Member& other) {
        const Job& job = member.job;
        if (job.kind == JobKind::Connect || job.kind == JobKind::Close) return true;
        if (!isOfPair(job)) return other.come.load() >= member.come.load();
        const Pair& pair = pairOf(member, job);
        return job.kind == JobKind::Send ? pair.received.load() >= pair.sent.load()
                                         : pair.sent.load() >= pair.received.load();
    }

    const NcclFunctions nccl_;
    const kernels::cuda::CudaModule& cuda_;
    const NcclDeadlines deadlines_;
    milliseconds stepDeadline_;
    NcclUniqueId id_{};  ///< written by rank 0's thread before the others are asked to connect
    std::deque<Member> members_;
    Meetings meetings_;
    std::vector<Pair> pairs_;  ///< [from, to]
    std::atomic<bool> aborted_{false};
    std::atomic<bool> quit_{false};
};

class NcclGroup::End final : public Communicator {
  public:
    End(State& state, int rank) : state_(state), rank_(rank) {}

    int rank() const override { return rank_; }
    int size() const override { return state_.size(); }

    bool allReduce(std::span<float> values, MeetingPlace place) override {
        return operate({.kind = JobKind::AllReduce,
                        .from = values.data(),
                        .to = values.data(),
                        .count = values.size(),
                        .place = place});
    }
    bool allGather(std::span<const float> mine, std::span<float> all, MeetingPlace place) override {
        GS_CHECK_EQ(all.size(), mine.size() * static_cast<std::size_t>(size()));
        return operate({.kind = JobKind::AllGather,
                        .from = mine.data(),
                        .to = all.data(),
                        .count = mine.size(),
                        .place = place});
    }
    bool broadcast(std::span<float> values, int root, MeetingPlace place) override {
        GS_CHECK(root >= 0 && root < size());
        return operate({.kind = JobKind::Broadcast,
                        .from = values.data(),
                        .to = values.data(),
                        .count = values.size(),
                        .peer = root,
                        .place = place});
    }
    bool send(std::span<const float> values, int to, MeetingPlace place) override {
        GS_CHECK(to >= 0 && to < size() && to != rank_);
        return operate({.kind = JobKind::Send,
                        .from = values.data(),
                        .count = values.size(),
                        .peer = to,
                        .place = place});
    }
    bool receive(std::span<float> values, int from, MeetingPlace place) override {
        GS_CHECK(from >= 0 && from < size() && from != rank_);
        return operate({.kind = JobKind::Receive,
                        .to = values.data(),
                        .count = values.size(),
                        .peer = from,
                        .place = place});
    }
    bool barrier(MeetingPlace place) override {
        return operate({.kind = JobKind::Barrier, .count = 1, .place = place});
    }

  private:
    bool operate(const Job& job) { return state_.operate(state_.member(rank_), job); }

    State& state_;
    int rank_;
};

NcclGroup::NcclGroup(const NcclFunctions& nccl,
                     const kernels::cuda::CudaModule& cuda,
                     std::vector<NcclRank> ranks,
                     NcclDeadlines deadlines)
    : state_(std::make_shared<State>(nccl, cuda, ranks, deadlines)) {
    GS_CHECK(!ranks.empty());
    for (int rank = 0; rank < state_->size(); ++rank)
        ends_.push_back(std::make_unique<End>(*state_, rank));
    State::start(state_);
}

NcclGroup::~NcclGroup() {
    state_->quit();
}

Communicator& NcclGroup::rank(int rank) {
    return *ends_.at(static_cast<std::size_t>(rank));
}

void NcclGroup::abort() noexcept {
    state_->abort();
}

bool NcclGroup::isAborted() const noexcept {
    return state_->isAborted();
}

void NcclGroup::setDeadline(std::chrono::milliseconds deadline) {
    state_->setStepDeadline(deadline);
}

void NcclGroup::reset() {
    state_->reset();
}

}  // namespace gatescope
