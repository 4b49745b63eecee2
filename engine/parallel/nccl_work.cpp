#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "engine/io/shown_text.h"
#include "engine/parallel/nccl_ranks.h"
#include "engine/parallel/patience.h"

// What a rank's two threads do: every call to NCCL, and giving up.

namespace gatescope::nccl {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

void Ranks::work(Member& member) {
    std::uint64_t seen = 0;
    while (true) {
        const auto isAsked = [&] { return member.asked.load() != seen || quit_.load(); };
        // The next operation mostly follows at once.
        (void)waitUntil(Clock::now() + milliseconds(1), isAsked);
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

Outcome Ranks::run(Member& member) {
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

void Ranks::awaitGivenUp(Member& member) {
    abort();
    const auto end = Clock::now() + kLetGo + deadlines_.abort;
    if (waitUntil(end, [&] { return member.isGivenUp.load(); })) return;
    const std::string why = lost(member, member.job);
    member.failure = member.failure.empty() ? why : member.failure + ", and " + why;
    member.outcome = Outcome::Lost;
}

void Ranks::giveUpWhenAborted(Member& member) {
    const auto isWanted = [&] { return isAborted() && !member.isGivenUp.load(); };
    while (true) {
        {
            std::unique_lock lock(member.mutex);
            member.aborting.wait(lock, [&] { return isWanted() || quit_.load(); });
            if (!isWanted()) return;
        }
        (void)waitUntil(Clock::now() + kLetGo, [&] { return !member.isUsing.load(); });
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

Outcome Ranks::failed(Member& member, int result, NcclComm comm) {
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

Outcome Ranks::cudaFailed(Member& member, int error) {
    if (isAborted()) return Outcome::GivenUp;
    member.failure = fmt::format("{}: the GPU failed in {}: {} (CUDA error {})",
                                 nameOf(member),
                                 whereOf(member.job),
                                 cuda_.errorText(error),
                                 error);
    return Outcome::Failed;
}

Outcome Ranks::finished(Member& member, NcclComm comm, int result, bool onStream) {
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
        if (stream != 0 && stream != kernels::cuda::kNotReady) return cudaFailed(member, stream);
        if (accepted && stream == 0) return Outcome::Done;
        if (Clock::now() > job.end) return late(member);
        patience.rest();
    }
}

Outcome Ranks::connected(Member& member) {
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
    int result = called(member, "ncclAllReduce", [&] { return sumScratch(member, use.comm()); });
    const Outcome summed = finished(member, use.comm(), result, true);
    if (summed != Outcome::Done || size() == 1) return summed;
    result = called(member, "ncclGroupEnd", [&] { return pairUp(member, use.comm()); });
    return finished(member, use.comm(), result, true);
}

Outcome Ranks::makeComm(Member& member) {
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

int Ranks::sumScratch(Member& member, NcclComm comm) {
    return nccl_.allReduce(member.scratch,
                           member.scratch,
                           1,
                           NcclFunctions::kFloat32,
                           NcclFunctions::kSum,
                           comm,
                           member.stream);
}

int Ranks::pairUp(Member& member, NcclComm comm) {
    int result = nccl_.groupStart();
    const auto keep = [&](int next) {
        if (result == NcclFunctions::kSuccess || result == NcclFunctions::kInProgress)
            result = next;
    };
    for (int peer = 0; peer < size(); ++peer) {
        if (peer == member.rank) continue;
        keep(nccl_.send(
            member.scratch + peer, 1, NcclFunctions::kFloat32, peer, comm, member.stream));
        keep(nccl_.recv(
            member.scratch + size() + peer, 1, NcclFunctions::kFloat32, peer, comm, member.stream));
    }
    keep(nccl_.groupEnd());
    return result;
}

Outcome Ranks::closed(Member& member) {
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

Outcome Ranks::exchanged(Member& member) {
    const Job& job = member.job;
    if (!agrees(member)) return Outcome::Failed;
    if (job.count == 0) return Outcome::Done;
    const Using use(*this, member);
    if (use.comm() == nullptr) return Outcome::GivenUp;
    const int result =
        called(member, callOf(job.kind), [&] { return enqueue(member, use.comm()); });
    return finished(member, use.comm(), result, true);
}

int Ranks::enqueue(Member& member, NcclComm comm) {
    constexpr int kFloat32 = NcclFunctions::kFloat32;
    const Job& j = member.job;
    switch (j.kind) {
        case JobKind::AllReduce:
            return nccl_.allReduce(
                j.from, j.to, j.count, kFloat32, NcclFunctions::kSum, comm, member.stream);
        case JobKind::AllGather:
            return nccl_.allGather(j.from, j.to, j.count, kFloat32, comm, member.stream);
        case JobKind::Broadcast:
            return nccl_.broadcast(j.from, j.to, j.count, kFloat32, j.peer, comm, member.stream);
        case JobKind::Send:
            return nccl_.send(j.from, j.count, kFloat32, j.peer, comm, member.stream);
        case JobKind::Receive:
            return nccl_.recv(j.to, j.count, kFloat32, j.peer, comm, member.stream);
        default:
            return sumScratch(member, comm);
    }
}

Ranks::Pair& Ranks::pairOf(const Member& member, const Job& job) {
    const int from = job.kind == JobKind::Send ? member.rank : job.peer;
    const int to = job.kind == JobKind::Send ? job.peer : member.rank;
    return pairs_[static_cast<std::size_t>(from * size() + to)];
}

bool Ranks::isOfPair(const Job& job) {
    return job.kind == JobKind::Send || job.kind == JobKind::Receive;
}

bool Ranks::agrees(Member& member) {
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

Outcome Ranks::late(Member& member) {
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
        member.failure =
            fmt::format("{} did not come to {} {}", fmt::join(missing, ", "), whereOf(job), within);
    else if (!hanging.empty())
        member.failure = fmt::format(
            "{} did not come back, at {}, {}", fmt::join(hanging, ", "), whereOf(job), within);
    else
        member.failure =
            fmt::format("all ranks came to {}, but it did not end {}", whereOf(job), within);
    return Outcome::Failed;
}

bool Ranks::hasCome(const Member& member, const Member& other) {
    const Job& job = member.job;
    if (job.kind == JobKind::Connect || job.kind == JobKind::Close) return true;
    if (!isOfPair(job)) return other.come.load() >= member.come.load();
    const Pair& pair = pairOf(member, job);
    return job.kind == JobKind::Send ? pair.received.load() >= pair.sent.load()
                                     : pair.sent.load() >= pair.received.load();
}

}  // namespace gatescope::nccl
