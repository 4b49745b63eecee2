#include "engine/model/arrival.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>

#include "engine/check.h"
#include "engine/model/weights_assembly.h"

namespace gatescope {

int numStages(const ModelConfig& config) {
    return config.numLayers + 2;
}

int stageOf(const TensorSlot& slot, const ModelConfig& config) {
    if (slot.role == TensorRole::Embedding) return 0;
    return slot.layer >= 0 ? 1 + slot.layer : numStages(config) - 1;
}

Arrival::Arrival(int stages) : here_(static_cast<std::size_t>(stages)) {}

void Arrival::add(int stage) {
    {
        const std::lock_guard lock(mutex_);
        here_.at(static_cast<std::size_t>(stage)) = true;
        int complete = complete_.load(std::memory_order_relaxed);
        while (complete < static_cast<int>(here_.size()) &&
               here_[static_cast<std::size_t>(complete)])
            ++complete;
        complete_.store(complete, std::memory_order_release);
    }
    changed_.notify_all();
}

void Arrival::fail(std::exception_ptr reason) {
    GS_CHECK(reason != nullptr);
    {
        const std::lock_guard lock(mutex_);
        failure_ = std::move(reason);
    }
    changed_.notify_all();
}

void Arrival::release(int stage) {
    if (giveBack_) giveBack_(stage);
}

void Arrival::onRelease(std::function<void(int)> giveBack) {
    giveBack_ = std::move(giveBack);
}

bool Arrival::await(int stage, const std::stop_token& stop) {
    const auto isHere = [&] { return stage < complete_.load(std::memory_order_acquire); };
    if (isHere()) return true;
    std::unique_lock lock(mutex_);
    changed_.wait(lock, stop, [&] { return isHere() || failure_ != nullptr; });
    if (isHere()) return true;
    throwUnlessStopped(stop);
    return false;
}

void Arrival::usePortions(int portions, std::function<void(int)> want, std::function<void()> calm) {
    portions_ = std::vector<std::atomic<bool>>(static_cast<std::size_t>(portions));
    want_ = std::move(want);
    calm_ = std::move(calm);
}

void Arrival::addPortion(int portion) {
    {
        const std::lock_guard lock(mutex_);
        portions_.at(static_cast<std::size_t>(portion)).store(true, std::memory_order_release);
    }
    changed_.notify_all();
}

bool Arrival::hasCome(int portion, int stage) const {
    if (stage < complete_.load(std::memory_order_acquire)) return true;
    const auto index = static_cast<std::size_t>(portion);
    return index < portions_.size() && portions_[index].load(std::memory_order_acquire);
}

void Arrival::wantPortion(int portion, int stage) {
    if (!hasCome(portion, stage) && want_) want_(portion);
}

bool Arrival::awaitPortion(int portion, int stage, const std::stop_token& stop) {
    if (hasCome(portion, stage)) return true;
    wantPortion(portion, stage);
    std::unique_lock lock(mutex_);
    changed_.wait(lock, stop, [&] { return hasCome(portion, stage) || failure_ != nullptr; });
    if (hasCome(portion, stage)) return true;
    throwUnlessStopped(stop);
    return false;
}

/// With the lock held, when what was waited for has not come. Whoever cancels a load stops those
/// who wait before the load itself, and a thread may wake only after both: it was stopped.
void Arrival::throwUnlessStopped(const std::stop_token& stop) const {
    if (!stop.stop_requested() && failure_) std::rethrow_exception(failure_);
}

void Arrival::calm() {
    if (complete_.load(std::memory_order_acquire) < static_cast<int>(here_.size()) && calm_)
        calm_();
}

std::uint64_t bytesAtOnce(const std::vector<TensorLayout>& layouts,
                          const ModelConfig& config,
                          const LoadWatcher* watcher) {
    const int most = watcher ? watcher->mostAtOnce() : 0;
    if (most == 0) return memoryBytes(layouts);
    std::vector<std::uint64_t> stages(static_cast<std::size_t>(numStages(config)));
    for (const TensorLayout& layout : layouts)
        stages[static_cast<std::size_t>(stageOf(layout.slot, config))] +=
            layout.dataBytes() + layout.scaleBytes();
    std::uint64_t largest = 0;
    for (auto first = stages.begin(); first != stages.end(); ++first) {
        const auto count = std::min<std::ptrdiff_t>(most, stages.end() - first);
        largest = std::max(largest, std::accumulate(first, first + count, std::uint64_t{0}));
    }
    return largest;
}

StageCounter::StageCounter(LoadWatcher* watcher, int stages, std::vector<int> stageOfJob)
    : watcher_(watcher),
      stageOfJob_(std::move(stageOfJob)),
      jobsLeft_(static_cast<std::size_t>(stages)) {
    if (!watcher_) return;
    for (const int stage : stageOfJob_)
        jobsLeft_.at(static_cast<std::size_t>(stage)).fetch_add(1, std::memory_order_relaxed);
    for (int stage = 0; stage < stages; ++stage)
        if (jobsLeft_[static_cast<std::size_t>(stage)] == 0) watcher_->arrived(stage);
}

bool StageCounter::await(std::size_t job, const std::stop_token& stop) {
    return !watcher_ || watcher_->awaitTurn(stageOfJob_[job], stop);
}

void StageCounter::done(std::size_t job) {
    if (!watcher_) return;
    const int stage = stageOfJob_[job];
    // Whoever brings the count to zero has seen what all others wrote.
    if (jobsLeft_[static_cast<std::size_t>(stage)].fetch_sub(1, std::memory_order_acq_rel) == 1)
        watcher_->arrived(stage);
}

}  // namespace gatescope
