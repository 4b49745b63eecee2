#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "engine/error.h"
#include "engine/parallel/communicator.h"

namespace gatescope::test {

/// What goes wrong with one rank, at its `operation`-th call (from 0).
struct RankFault {
    enum class Kind {
        None,
        Hang,   ///< does not come before the group is aborted
        Dead,   ///< does not come back at all, before release()
        Error,  ///< throws
        Late,   ///< comes `late` after the others
        NaN,    ///< brings a number that is none
        Skip,   ///< goes on to what follows
    };
    Kind kind = Kind::None;
    int rank = 0;
    int operation = 0;
    std::chrono::milliseconds late{50};
};

/// A group in which one rank does not do what it should. abort() may hang, too.
class FaultyGroup final : public CommunicatorGroup {
  public:
    FaultyGroup(std::unique_ptr<CommunicatorGroup> group, RankFault fault)
        : group_(std::move(group)), fault_(fault) {
        for (int rank = 0; rank < group_->size(); ++rank)
            ends_.push_back(std::make_unique<End>(*this, group_->rank(rank)));
    }

    int size() const override { return group_->size(); }
    Communicator& rank(int rank) override { return *ends_[static_cast<std::size_t>(rank)]; }
    void abort() noexcept override {
        while (abortHangs_ && !released_.load())
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        group_->abort();
    }
    bool isAborted() const noexcept override { return group_->isAborted(); }
    void setDeadline(std::chrono::milliseconds deadline) override {
        group_->setDeadline(deadline_.value_or(deadline));
    }
    void reset() override { group_->reset(); }

    /// For all operations, whatever the decoder asks for: tests do not wait ten seconds.
    void insistOn(std::chrono::milliseconds deadline) { deadline_ = deadline; }
    void hangInAbort() { abortHangs_ = true; }
    /// Dead ranks come back, and so does abort().
    void release() { released_.store(true); }

  private:
    class End final : public Communicator {
      public:
        End(FaultyGroup& group, Communicator& end) : group_(group), end_(end) {}
        int rank() const override { return end_.rank(); }
        int size() const override { return end_.size(); }
        bool allReduce(std::span<float> values, MeetingPlace place) override {
            if (spoils() && !values.empty()) values.front() = kNaN;
            return before() && (skips_ || end_.allReduce(values, place));
        }
        bool allGather(std::span<const float> mine,
                       std::span<float> all,
                       MeetingPlace place) override {
            return before() && (skips_ || end_.allGather(mine, all, place));
        }
        bool broadcast(std::span<float> values, int root, MeetingPlace place) override {
            return before() && (skips_ || end_.broadcast(values, root, place));
        }
        bool send(std::span<const float> values, int to, MeetingPlace place) override {
            return before() && (skips_ || end_.send(values, to, place));
        }
        bool receive(std::span<float> values, int from, MeetingPlace place) override {
            return before() && (skips_ || end_.receive(values, from, place));
        }
        bool barrier(MeetingPlace place) override {
            return before() && (skips_ || end_.barrier(place));
        }

      private:
        static constexpr float kNaN = __builtin_nanf("");

        bool isFaulty() const {
            return group_.fault_.rank == rank() && group_.fault_.operation == operations_;
        }
        bool spoils() const { return isFaulty() && group_.fault_.kind == RankFault::Kind::NaN; }

        /// False: the group was aborted meanwhile.
        bool before() {
            using enum RankFault::Kind;
            const bool faulty = isFaulty();
            ++operations_;
            skips_ = false;
            if (!faulty) return true;
            switch (group_.fault_.kind) {
                case Hang:
                    while (!group_.isAborted()) nap();
                    return false;
                case Dead:
                    while (!group_.released_.load()) nap();
                    return false;
                case Error:
                    throw gatescope::Error(ErrorKind::DeviceFault,
                                           "rank 1: the device fell off the bus");
                case Late:
                    std::this_thread::sleep_for(group_.fault_.late);
                    return true;
                case Skip:
                    skips_ = true;
                    return true;
                default:
                    return true;
            }
        }
        static void nap() { std::this_thread::sleep_for(std::chrono::milliseconds(1)); }

        FaultyGroup& group_;
        Communicator& end_;
        int operations_ = 0;
        bool skips_ = false;
    };

    std::unique_ptr<CommunicatorGroup> group_;
    RankFault fault_;
    std::optional<std::chrono::milliseconds> deadline_;
    std::atomic<bool> released_{false};
    bool abortHangs_ = false;
    std::vector<std::unique_ptr<End>> ends_;
};

}  // namespace gatescope::test
