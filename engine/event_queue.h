#pragma once

#include <readerwriterqueue/readerwritercircularbuffer.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>

#include "engine/event.h"

namespace gatescope {

/// The engine's way out: a bounded single-producer single-consumer ring. When it is full, progress
/// events merge into one that waits outside (a load keeps its latest numbers, a prefill all its
/// routing records), every other event waits for room: the engine slows, memory does not grow.
///
/// push() belongs to the engine thread, offer() and close() to any; poll() and waitEvent() to the
/// thread that consumes.
class EventQueue {
  public:
    /// Requires 1 <= capacity <= 2^20.
    explicit EventQueue(std::size_t capacity);

    /// Waits while the queue is full, unless `event` is progress. Drops events once closed.
    void push(Event event);
    /// The same for news that may be lost: progress of a load that goes on in the background. Never
    /// waits; drops it where the engine is pushing, or other progress waits for room.
    void offer(LoadProgressed event);
    /// Next event, if there is one. Takes no lock.
    std::optional<Event> poll();
    /// Waits for the next event up to `timeout` of the monotonic clock.
    std::optional<Event> waitEvent(std::chrono::milliseconds timeout);
    /// Nobody polls any more: push() returns at once from now on.
    void close();

  private:
    void pushProgress(Event event);
    void pushWaiting(Event event);
    bool tryPush(Event& event);

    // The ring's own blocking calls are not used: they measure with the wall clock, which jumps.
    moodycamel::BlockingReaderWriterCircularBuffer<Event> ring_;
    std::mutex producing_;  ///< one producer at a time; waited for by the engine thread only
    std::optional<Event> pending_;  ///< merged progress without room; producer only
    std::atomic<bool> closed_{false};
    std::mutex bellMutex_;  ///< guards no data, only the moment between looking and sleeping
    std::condition_variable arrived_;
    std::condition_variable closing_;
};

}  // namespace gatescope
