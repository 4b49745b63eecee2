#include "engine/parallel/nccl_ranks.h"

#include <fmt/format.h>

#include <exception>
#include <system_error>

#include "engine/error.h"
#include "engine/error_codes.h"
#include "engine/parallel/patience.h"

// Who asks: starting and ending the threads, handing them what is to be done and waiting for it.

namespace gatescope::nccl {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

namespace {

constexpr MeetingPlace kConnecting{"connecting the ranks"};
constexpr MeetingPlace kEnding{"ending the ranks' connection"};

}  // namespace

std::string placeText(const MeetingPlace& place) {
    return place.layer < 0 ? std::string(place.operation)
                           : fmt::format("{} of layer {}", place.operation, place.layer);
}

void Ranks::start(const std::shared_ptr<Ranks>& self) {
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

void Ranks::abort() noexcept {
    aborted_.store(true);
    for (Member& member : members_) {
        // Not between its look at the flag and its sleep.
        { const std::lock_guard lock(member.mutex); }
        member.aborting.notify_all();
    }
}

bool Ranks::operate(Member& member, Job job) {
    if (isAborted()) return false;
    job.limit = stepDeadline_;
    ask(member, job);
    return conclude(member);
}

void Ranks::reset() {
    abort();
    for (const Member& member : members_) {
        const auto isOver = [&] { return member.isGivenUp.load() && member.isBack(); };
        if (!waitUntil(Clock::now() + kLetGo + deadlines_.abort, isOver))
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

void Ranks::quit() noexcept {
    try {
        if (!isAborted())
            for (Member& member : members_)
                ask(member, {.kind = JobKind::Close, .place = kEnding, .limit = deadlines_.abort});
        for (Member& member : members_) (void)conclude(member);
    } catch (const Error&) {  // it is aborted then; nobody is left to be told
    }
    abort();
    const auto end = Clock::now() + kLetGo + deadlines_.abort;
    for (Member& member : members_)
        (void)waitUntil(end, [&] { return member.isGivenUp.load() && member.isBack(); });
    endThreads();
}

std::string Ranks::nameOf(const Member& member) const {
    return fmt::format("rank {} (GPU {})", member.rank, member.device);
}

std::string Ranks::whereOf(const Job& job) {
    return fmt::format("{} ({})", placeText(job.place), callOf(job.kind));
}

double Ranks::seconds(milliseconds limit) {
    return std::chrono::duration<double>(limit).count();
}

std::string Ranks::lost(const Member& member, const Job& job) const {
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

void Ranks::ask(Member& member, Job job) {
    if (!member.isBack()) refuse(ErrorCode::GpuLost, "NCCL", lost(member, member.job));
    job.end = Clock::now() + job.limit;
    {
        const std::lock_guard lock(member.mutex);
        member.job = job;
        member.asked.fetch_add(1, std::memory_order_release);
    }
    member.asking.notify_one();
}

bool Ranks::conclude(Member& member) {
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
    const auto end = Clock::now() + kLetGo + deadlines_.abort + kSlack;
    if (!waitUntil(end, [&] { return member.isBack(); }))
        refuse(ErrorCode::GpuLost, "NCCL", lost(member, job));
    if (member.outcome == Outcome::Failed) refuse(ErrorCode::GpuFault, "NCCL", member.failure);
    if (member.outcome == Outcome::Lost) refuse(ErrorCode::GpuLost, "NCCL", member.failure);
    if (!hangs.empty()) refuse(ErrorCode::GpuFault, "NCCL", hangs);
    return member.outcome == Outcome::Done;
}

void Ranks::connect() {
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

void Ranks::endThreads() noexcept {
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

}  // namespace gatescope::nccl
