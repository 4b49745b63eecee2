#include "engine/parallel/thread_group.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <thread>

#include "engine/check.h"
#include "engine/error.h"

namespace gatescope {
namespace {

using Clock = std::chrono::steady_clock;

std::string nameOf(const MeetingPlace& place) {
    return place.layer < 0 ? std::string(place.operation)
                           : fmt::format("{} of layer {}", place.operation, place.layer);
}

/// Part `rank` of `count` values: whole cache lines, so that ranks do not write into one.
struct Part {
    std::size_t begin;
    std::size_t end;
};

Part partOf(std::size_t count, int rank, int size) {
    constexpr std::size_t kLine = 16;
    const std::size_t lines = (count + kLine - 1) / kLine;
    const auto cut = [&](int at) {
        return std::min(
            count, lines * static_cast<std::size_t>(at) / static_cast<std::size_t>(size) * kLine);
    };
    return {cut(rank), cut(rank + 1)};
}

}  // namespace

class ThreadGroup::End final : public Communicator {
  public:
    End(ThreadGroup& group, int rank) : group_(group), rank_(rank) {}

    int rank() const override { return rank_; }
    int size() const override { return group_.size(); }

    bool allReduce(std::span<float> values, MeetingPlace place) override {
        offer({.operation = Operation::AllReduce,
               .count = values.size(),
               .place = place,
               .values = values.data()});
        if (!meet()) return false;
        // The others have taken what the last sum left here: they would not have come otherwise.
        const Part own = partOf(values.size(), rank_, size());
        sum_.resize(std::max(sum_.size(), own.end - own.begin));
        std::copy(offerOf(0).values + own.begin, offerOf(0).values + own.end, sum_.begin());
        for (int other = 1; other < size(); ++other) {
            const float* theirs = offerOf(other).values + own.begin;
            for (std::size_t i = 0; i < own.end - own.begin; ++i) sum_[i] += theirs[i];
        }
        ownOffer().part = sum_.data();
        if (!come()) return false;
        for (int other = 0; other < size(); ++other) {
            const Part part = partOf(values.size(), other, size());
            std::copy_n(offerOf(other).part,
                        part.end - part.begin,
                        values.begin() + static_cast<std::ptrdiff_t>(part.begin));
        }
        return true;
    }

    bool allGather(std::span<const float> mine, std::span<float> all, MeetingPlace place) override {
        GS_CHECK_EQ(all.size(), mine.size() * static_cast<std::size_t>(size()));
        offer({.operation = Operation::AllGather,
               .count = mine.size(),
               .place = place,
               .values = mine.data()});
        if (!meet()) return false;
        for (int other = 0; other < size(); ++other)
            std::copy_n(offerOf(other).values,
                        mine.size(),
                        all.begin() + other * static_cast<std::ptrdiff_t>(mine.size()));
        return come();  // nobody may change `mine` before all have read it
    }

    bool broadcast(std::span<float> values, int root, MeetingPlace place) override {
        GS_CHECK(root >= 0 && root < size());
        offer({.operation = Operation::Broadcast,
               .count = values.size(),
               .root = root,
               .place = place,
               .values = values.data()});
        if (!meet()) return false;
        if (rank_ != root) std::copy_n(offerOf(root).values, values.size(), values.begin());
        return come();
    }

    bool barrier(MeetingPlace place) override {
        offer({.operation = Operation::Barrier, .place = place});
        return meet();
    }

    bool send(std::span<const float> values, int to, MeetingPlace place) override {
        GS_CHECK(to >= 0 && to < size() && to != rank_);
        Letter& letter = group_.letter(rank_, to);
        letter.values = values;
        letter.place = place;
        const std::uint32_t number = letter.sent.load(std::memory_order_relaxed) + 1;
        letter.sent.store(number, std::memory_order_release);
        if (group_.wait([&] { return letter.taken.load(std::memory_order_acquire) == number; }))
            return true;
        if (group_.isAborted()) return false;
        throw late(fmt::format("rank {}", to), "take what was sent in " + nameOf(place));
    }

    bool receive(std::span<float> values, int from, MeetingPlace place) override {
        GS_CHECK(from >= 0 && from < size() && from != rank_);
        Letter& letter = group_.letter(from, rank_);
        const std::uint32_t number = letter.taken.load(std::memory_order_relaxed) + 1;
        if (!group_.wait([&] { return letter.sent.load(std::memory_order_acquire) == number; })) {
            if (group_.isAborted()) return false;
            throw late(fmt::format("rank {}", from), "send what " + nameOf(place) + " needs");
        }
        if (letter.values.size() != values.size())
            throw Error(ErrorKind::DeviceFault,
                        fmt::format("rank {} sent {} values in {}, rank {} expects {} in {}",
                                    from,
                                    letter.values.size(),
                                    nameOf(letter.place),
                                    rank_,
                                    values.size(),
                                    nameOf(place)));
        std::ranges::copy(letter.values, values.begin());
        letter.taken.store(number, std::memory_order_release);
        return true;
    }

    /// As if it had never met anybody. Requires that nobody waits.
    void forget() {
        arrivals_.store(0, std::memory_order_relaxed);
        meetings_ = 0;
    }

  private:
    /// Two take turns: who is done here may write the next while others still read this one, and
    /// comes to write this one again only when all have come to the next.
    void offer(const Offer& offer) {
        ++meetings_;
        ownOffer() = offer;
    }
    Offer& ownOffer() { return offers_[meetings_ % 2]; }
    const Offer& offerOf(int other) const {
        return group_.ends_[static_cast<std::size_t>(other)]->offers_[meetings_ % 2];
    }

    /// Says that this rank has come so far and waits for the others.
    bool come() {
        const std::uint64_t number = arrivals_.load(std::memory_order_relaxed) + 1;
        arrivals_.store(number, std::memory_order_release);
        for (const auto& other : group_.ends_) {
            const auto hasCome = [&] {
                return other->arrivals_.load(std::memory_order_acquire) >= number;
            };
            if (group_.wait(hasCome)) continue;
            if (group_.isAborted()) return false;
            throw late(missing(number), "come to " + nameOf(ownOffer().place));
        }
        return !group_.isAborted();
    }

    /// The same, and that all do the same.
    bool meet() {
        if (!come()) return false;
        const Offer& own = ownOffer();
        for (int other = 0; other < size(); ++other) {
            const Offer& theirs = offerOf(other);
            if (theirs.operation == own.operation && theirs.count == own.count &&
                theirs.root == own.root)
                continue;
            throw Error(ErrorKind::DeviceFault,
                        fmt::format("rank {} is at {} with {} values, rank {} at {} with {}: all "
                                    "ranks have to do the same",
                                    rank_,
                                    nameOf(own.place),
                                    own.count,
                                    other,
                                    nameOf(theirs.place),
                                    theirs.count));
        }
        return true;
    }

    std::string missing(std::uint64_t number) const {
        std::vector<int> ranks;
        for (const auto& other : group_.ends_)
            if (other->arrivals_.load(std::memory_order_acquire) < number)
                ranks.push_back(other->rank_);
        return fmt::format("rank{} {}", ranks.size() == 1 ? "" : "s", fmt::join(ranks, ", "));
    }

    Error late(const std::string& who, const std::string& what) const {
        const double seconds = std::chrono::duration<double>(group_.deadline_).count();
        return {ErrorKind::DeviceFault,
                fmt::format("{} did not {} within {:g} s (rank {} waited there); load the model "
                            "again, with fewer ranks if it happens again",
                            who,
                            what,
                            seconds,
                            rank_)};
    }

    ThreadGroup& group_;
    int rank_;
    std::array<Offer, 2> offers_;  ///< written before arrivals_, read by others behind it
    std::uint64_t meetings_ = 0;
    std::vector<float> sum_;  ///< of this rank's part
    alignas(64) std::atomic<std::uint64_t> arrivals_{0};
};

ThreadGroup::ThreadGroup(int size, std::chrono::milliseconds deadline)
    : deadline_(deadline),
      letters_(static_cast<std::size_t>(size) * static_cast<std::size_t>(size)) {
    GS_CHECK(size >= 1);
    for (int rank = 0; rank < size; ++rank) ends_.push_back(std::make_unique<End>(*this, rank));
}

ThreadGroup::~ThreadGroup() = default;

Communicator& ThreadGroup::rank(int rank) {
    return *ends_.at(static_cast<std::size_t>(rank));
}

void ThreadGroup::reset() {
    for (const auto& end : ends_) end->forget();
    for (Letter& letter : letters_) {
        letter.sent.store(0, std::memory_order_relaxed);
        letter.taken.store(0, std::memory_order_relaxed);
    }
    aborted_.store(false, std::memory_order_release);
}

ThreadGroup::Letter& ThreadGroup::letter(int from, int to) {
    return letters_[static_cast<std::size_t>(from * size() + to)];
}

/// Until done(): false when the ranks give up or the deadline is over. The others mostly come
/// within microseconds; who waits longer leaves its core to them, as there may be more ranks than
/// cores.
template <class Done>
bool ThreadGroup::wait(const Done& done) const {
    constexpr int kSpins = 2000;
    constexpr std::chrono::milliseconds kYields{2};
    constexpr std::chrono::microseconds kNap{100};
    for (int i = 0; i < kSpins; ++i) {
        if (done()) return true;
        if (isAborted()) return false;
    }
    const Clock::time_point began = Clock::now();
    while (true) {
        if (done()) return true;
        if (isAborted()) return false;
        const auto waited = Clock::now() - began;
        if (waited > deadline_) return false;
        if (waited < kYields)
            std::this_thread::yield();
        else
            std::this_thread::sleep_for(kNap);
    }
}

}  // namespace gatescope
