#include "engine/command_queue.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "engine/error.h"

namespace gatescope {

void CommandQueue::push(Command command) {
    {
        const std::lock_guard lock(mutex_);
        if (waiting_.size() >= kCapacity)
            throw Error(ErrorKind::BadUsage,
                        fmt::format("{} commands are waiting for the engine already; wait until it "
                                    "has answered some of them",
                                    kCapacity));
        waiting_.push_back({std::move(command), std::stop_source()});
    }
    arrived_.notify_one();
}

void CommandQueue::requestStops(std::optional<std::size_t> kind) {
    // request_stop() runs callbacks of whoever waits on the token, so no lock is held around it.
    std::vector<std::stop_source> sources;
    {
        const std::lock_guard lock(mutex_);
        const bool inBackground =
            background_ && background_->kind == kind.value_or(background_->kind);
        const auto isMeant = [&](std::size_t of) {
            return inBackground || of == kind.value_or(of);
        };
        if (running_ && isMeant(running_->kind)) sources.push_back(running_->stop);
        for (const auto& entry : waiting_)
            if (isMeant(entry.command.index())) sources.push_back(entry.stop);
        if (inBackground) sources.push_back(background_->stop);
    }
    for (auto& source : sources) source.request_stop();
}

std::optional<CommandQueue::Entry> CommandQueue::pop() {
    std::unique_lock lock(mutex_);
    running_.reset();
    arrived_.wait(lock, [&] { return closed_ || !waiting_.empty(); });
    return next();
}

std::optional<CommandQueue::Entry> CommandQueue::popWithin(std::chrono::milliseconds timeout) {
    std::unique_lock lock(mutex_);
    running_.reset();
    arrived_.wait_for(lock, timeout, [&] { return closed_ || !waiting_.empty(); });
    return next();
}

/// With the lock held.
std::optional<CommandQueue::Entry> CommandQueue::next() {
    if (closed_ || waiting_.empty()) return std::nullopt;
    Entry first = std::move(waiting_.front());
    waiting_.pop_front();
    running_ = Running{first.command.index(), first.stop};
    return first;
}

bool CommandQueue::closed() const {
    const std::lock_guard lock(mutex_);
    return closed_;
}

void CommandQueue::continueInBackground() {
    const std::lock_guard lock(mutex_);
    background_ = std::exchange(running_, std::nullopt);
}

void CommandQueue::endBackground() {
    const std::lock_guard lock(mutex_);
    background_.reset();
}

void CommandQueue::close() {
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
    }
    requestStops(std::nullopt);
    arrived_.notify_one();
}

}  // namespace gatescope
