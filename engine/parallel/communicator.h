#pragma once

#include <chrono>
#include <span>

namespace gatescope {

/// Where in a step ranks meet, for whoever reads that they did not.
struct MeetingPlace {
    const char* operation = "a step";  ///< "the sum behind attention"
    int layer = -1;                    ///< -1: outside the layers
};

/// One rank's end of what the ranks of a model say to each other. A rank is one thread with its own
/// device; all ranks call the same operations in the same order, with the same sizes. Values are
/// f32 in the memory that the ranks' devices read.
///
/// Each operation returns false if the ranks have been told to give up (abort()): what it was to
/// fill is unspecified then, and the rank ends its step. It throws Error(DeviceFault) at whoever
/// finds that another rank does something else, or does not come within the deadline; the message
/// names both ranks, the place and the operation.
class Communicator {
  public:
    virtual ~Communicator() = default;
    virtual int rank() const = 0;  ///< 0 ... size() - 1
    virtual int size() const = 0;

    /// values [count] become the sum of all ranks' values: the same bits on every rank, and the
    /// same in every run.
    [[nodiscard]] virtual bool allReduce(std::span<float> values, MeetingPlace place) = 0;
    /// all [size(), count] becomes every rank's `mine` [count], in the order of the ranks.
    [[nodiscard]] virtual bool allGather(std::span<const float> mine,
                                         std::span<float> all,
                                         MeetingPlace place) = 0;
    /// values [count] become those of rank `root`.
    [[nodiscard]] virtual bool broadcast(std::span<float> values, int root, MeetingPlace place) = 0;
    /// To one rank that calls receive() for them. Returns when they have been taken.
    [[nodiscard]] virtual bool send(std::span<const float> values, int to, MeetingPlace place) = 0;
    [[nodiscard]] virtual bool receive(std::span<float> values, int from, MeetingPlace place) = 0;
    /// Returns when all ranks have come.
    [[nodiscard]] virtual bool barrier(MeetingPlace place) = 0;
};

/// The ranks of one model.
class CommunicatorGroup {
  public:
    virtual ~CommunicatorGroup() = default;
    virtual int size() const = 0;
    /// Belongs to the group. Each is used by one thread.
    virtual Communicator& rank(int rank) = 0;
    /// Every operation under way or to come returns false, on all ranks, until reset(). Any thread;
    /// more than once.
    virtual void abort() noexcept = 0;
    virtual bool isAborted() const noexcept = 0;
    /// How long a rank waits for another from now on. Requires that no rank is within an operation.
    virtual void setDeadline(std::chrono::milliseconds deadline) = 0;
    /// As new. Requires that no rank is within an operation.
    virtual void reset() = 0;
};

}  // namespace gatescope
