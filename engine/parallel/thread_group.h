#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/parallel/communicator.h"

namespace gatescope {

/// How long a rank waits for the others, in a step and while a model is brought up.
inline constexpr std::chrono::milliseconds kStepDeadline{10'000};
inline constexpr std::chrono::milliseconds kStartDeadline{60'000};

/// Ranks that are threads of this process and share its memory. A sum is cut into one part a rank,
/// each added in the order of the ranks: how fast a rank is changes nothing. No lock is held and,
/// once the largest size has been seen, nothing is allocated.
class ThreadGroup final : public CommunicatorGroup {
  public:
    /// Requires size >= 1.
    explicit ThreadGroup(int size, std::chrono::milliseconds deadline = kStepDeadline);
    ~ThreadGroup() override;

    int size() const override { return static_cast<int>(ends_.size()); }
    Communicator& rank(int rank) override;
    void abort() noexcept override { aborted_.store(true, std::memory_order_release); }
    bool isAborted() const noexcept override { return aborted_.load(std::memory_order_acquire); }
    void setDeadline(std::chrono::milliseconds deadline) override { deadline_ = deadline; }
    void reset() override;

  private:
    enum class Operation : std::uint8_t { AllReduce, AllGather, Broadcast, Barrier };

    /// What a rank has brought to a meeting: read by the others once it has come.
    struct Offer {
        Operation operation = Operation::Barrier;
        std::size_t count = 0;
        int root = 0;
        MeetingPlace place;
        const float* values = nullptr;  ///< [count]
        const float* part = nullptr;    ///< AllReduce: the sum of this rank's part
    };
    /// From one rank to another.
    struct alignas(64) Letter {
        std::span<const float> values;
        MeetingPlace place;
        std::atomic<std::uint32_t> sent{0};
        std::atomic<std::uint32_t> taken{0};
    };
    class End;

    Letter& letter(int from, int to);
    template <class Done>
    bool wait(const Done& done) const;

    std::chrono::milliseconds deadline_;
    std::atomic<bool> aborted_{false};
    std::vector<std::unique_ptr<End>> ends_;
    std::vector<Letter> letters_;  ///< [from, to]
};

}  // namespace gatescope
