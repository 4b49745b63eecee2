#include "engine/event_queue.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/check.h"

namespace gatescope {
namespace {

/// How often a full queue is looked at again. The consumer takes no lock when it polls, so it
/// cannot ring; a front end that drains once a frame leaves room for far longer than this.
constexpr std::chrono::milliseconds kRetry{1};

bool isProgress(const Event& event) {
    return std::holds_alternative<LoadProgressed>(event) ||
           std::holds_alternative<PrefillProgressed>(event);
}

/// Adds `newer` to `older`. False if they do not belong together.
bool merge(Event& older, Event& newer) {
    if (older.index() != newer.index()) return false;
    auto* into = std::get_if<PrefillProgressed>(&older);
    if (into == nullptr) {
        older = std::move(newer);
        return true;
    }
    auto& from = std::get<PrefillProgressed>(newer);
    if (into->generation != from.generation) return false;
    std::move(from.routing.begin(), from.routing.end(), std::back_inserter(into->routing));
    into->done = from.done;
    return true;
}

}  // namespace

EventQueue::EventQueue(std::size_t capacity) : ring_(capacity) {
    GS_CHECK(capacity >= 1 && capacity <= (1U << 20));
}

void EventQueue::push(Event event) {
    const std::lock_guard lock(producing_);
    if (isProgress(event)) {
        pushProgress(std::move(event));
        return;
    }
    if (pending_) pushWaiting(*std::exchange(pending_, std::nullopt));
    pushWaiting(std::move(event));
}

void EventQueue::offer(LoadProgressed event) {
    const std::unique_lock lock(producing_, std::try_to_lock);
    if (!lock || (pending_ && !std::holds_alternative<LoadProgressed>(*pending_))) return;
    pushProgress(event);
}

void EventQueue::pushProgress(Event event) {
    if (pending_ && !merge(*pending_, event))
        pushWaiting(*std::exchange(pending_, std::move(event)));
    else if (!pending_)
        pending_ = std::move(event);
    if (tryPush(*pending_)) pending_.reset();
}

void EventQueue::pushWaiting(Event event) {
    while (!tryPush(event)) {
        std::unique_lock lock(bellMutex_);
        if (closing_.wait_for(lock, kRetry, [&] { return closed_.load(); })) return;
    }
}

bool EventQueue::tryPush(Event& event) {
    if (closed_) return true;
    if (!ring_.try_enqueue(std::move(event))) return false;  // moves only when there is room
    { const std::lock_guard lock(bellMutex_); }
    arrived_.notify_one();
    return true;
}

std::optional<Event> EventQueue::poll() {
    Event event;
    if (!ring_.try_dequeue(event)) return std::nullopt;
    return event;
}

std::optional<Event> EventQueue::waitEvent(std::chrono::milliseconds timeout) {
    if (auto event = poll()) return event;
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    std::unique_lock lock(bellMutex_);
    arrived_.wait_until(lock, deadline, [&] { return ring_.size_approx() > 0; });
    lock.unlock();
    return poll();
}

void EventQueue::close() {
    {
        const std::lock_guard lock(bellMutex_);
        closed_ = true;
    }
    closing_.notify_one();
}

}  // namespace gatescope
