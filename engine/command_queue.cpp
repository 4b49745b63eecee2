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
        if (running_ && running_->kind == kind.value_or(running_->kind))
            sources.push_back(running_->stop);
        for (const auto& entry : waiting_)
            if (entry.command.index() == kind.value_or(entry.command.index()))
                sources.push_back(entry.stop);
    }
    for (auto& source : sources) source.request_stop();
}

std::optional<CommandQueue::Entry> CommandQueue::pop() {
    std::unique_lock lock(mutex_);
    running_.reset();
    arrived_.wait(lock, [&] { return closed_ || !waiting_.empty(); });
    if (closed_) return std::nullopt;
    Entry next = std::move(waiting_.front());
    waiting_.pop_front();
    running_ = Running{next.command.index(), next.stop};
    return next;
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
