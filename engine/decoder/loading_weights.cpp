#include "engine/decoder/loading_weights.h"

#include <utility>

#include "engine/decoder/cpu/panel_layout.h"
#include "engine/decoder/workers.h"
#include "engine/error.h"
#include "engine/model/weights.h"
#include "engine/model/weights_assembly.h"

namespace gatescope {
namespace {

/// Frees the blocks that the tensors of `stage` lie in.
void giveBack(ModelWeights& weights, int stage) {
    for (const TensorSlot& slot : tensorSlots(weights.config)) {
        if (stageOf(slot, weights.config) != stage) continue;
        const TensorBytes bytes = bytesOf(weights, slot);
        for (AlignedBuffer& block : weights.blocks)
            if (block.data() == bytes.data.data() || block.data() == bytes.scales.data())
                block = AlignedBuffer();
    }
}

}  // namespace

LoadingWeights::LoadingWeights(ModelSource& source,
                               DecoderOptions options,
                               LoadProgressCallback progress,
                               const std::stop_token& stop)
    : source_(source),
      options_(std::move(options)),
      progress_(std::move(progress)),
      order_(readsPanels(options_) ? std::make_shared<ReadOrder>() : nullptr),
      thread_([this] { read(); }),
      cancel_(stop, [this] { requestStop(); }) {}

LoadingWeights::~LoadingWeights() {
    requestStop();
}

void LoadingWeights::requestStop() {
    stop_.request_stop();
}

LoadedWeights LoadingWeights::usable() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return usable_.has_value() || state_ != State::Reading; });
    if (usable_) return std::exchange(*usable_, {});
    if (failure_) std::rethrow_exception(failure_);
    return {};
}

LoadingWeights::State LoadingWeights::state() const {
    const std::lock_guard lock(mutex_);
    return state_;
}

LoadingWeights::State LoadingWeights::wait() const {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return state_ != State::Reading; });
    return state_;
}

std::chrono::steady_clock::time_point LoadingWeights::ended() const {
    const std::lock_guard lock(mutex_);
    return ended_;
}

void LoadingWeights::throwFailure() const {
    const std::lock_guard lock(mutex_);
    if (failure_) std::rethrow_exception(failure_);
}

void LoadingWeights::handOver(LoadedWeights loaded) {
    {
        const std::lock_guard lock(mutex_);
        usable_ = std::move(loaded);
    }
    changed_.notify_all();
}

void LoadingWeights::end(State state, std::exception_ptr failure) {
    if (ready_ && state != State::Done)
        ready_->fail(failure ? failure
                             : std::make_exception_ptr(Error(
                                   ErrorKind::BadUsage,
                                   "the load was cancelled before all of the model had arrived")));
    {
        const std::lock_guard lock(mutex_);
        state_ = state;
        ended_ = std::chrono::steady_clock::now();
        if (!failure_) failure_ = std::move(failure);
    }
    changed_.notify_all();
}

void LoadingWeights::read() {
    const std::stop_token stop = stop_.get_token();
    std::exception_ptr failure;
    LoadedWeights loaded;
    try {
        loaded = loadStartCopyOf(source_, options_, progress_, stop);
        if (!loaded.weights && !stop.stop_requested()) {
            note_ = loaded.note;
            if (readsPanels(options_)) source_.layInPanels();
            if (takesArrivingWeights(options_)) source_.tellArrivals(this);
            loaded.weights = source_.load(progress_, stop);
        }
    } catch (...) {  // carried to whoever waits: nothing may leave a thread's body
        failure = std::current_exception();
    }
    source_.tellArrivals(nullptr);
    if (layoutThread_.joinable()) {
        // Without weights there are stages that it would wait for in vain.
        if (!loaded.weights) stop_.request_stop();
        layoutThread_.join();
    }
    try {
        if (loaded.weights && !ready_ && !loaded.fromStartCopy &&
            !layOutWeights(*loaded.weights, options_, stop))
            loaded.weights = nullptr;
    } catch (...) {  // as above
        failure = std::current_exception();
    }
    {
        const std::lock_guard lock(mutex_);
        if (!failure) failure = failure_;  // of the layout
    }
    if (failure) return end(State::Failed, failure);
    if (!loaded.weights || stop.stop_requested()) return end(State::Stopped);
    if (!ready_) handOver(std::move(loaded));
    end(State::Done);
}

void LoadingWeights::begun(std::shared_ptr<ModelWeights> weights) {
    read_.emplace(numStages(weights->config));
    ready_ = std::make_shared<Arrival>(numStages(weights->config));
    if (mostAtOnce() > 0) {
        released_ = std::make_shared<Arrival>(numStages(weights->config));
        ready_->onRelease([released = released_, held = std::weak_ptr(weights)](int stage) {
            if (const auto still = held.lock()) giveBack(*still, stage);
            released->add(stage);
        });
    }
    if (order_)
        ready_->usePortions(
            numPortions(weights->config),
            [order = order_](int portion) { order->want(portion); },
            [order = order_] { order->calm(); });
    layoutThread_ = std::jthread([this, weights = std::move(weights)] { layOut(weights); });
}

void LoadingWeights::arrived(int stage) {
    read_->add(stage);
}

void LoadingWeights::arrivedPortion(int portion) {
    ready_->addPortion(portion);
}

/// Portions of the stages that need no layout can be used from now on, as they come.
void LoadingWeights::passPortionsOn(const cpu::PanelLayout& layout) {
    const ModelConfig& config = source_.config();
    std::vector<bool> usedAlone;
    for (int portion = 0; portion < numPortions(config); ++portion)
        usedAlone.push_back(layout.isLaidOut(stageOfPortion(config, portion)));
    for (const int portion : order_->serve(std::move(usedAlone))) ready_->addPortion(portion);
}

int LoadingWeights::mostAtOnce() const {
    return options_.kind == "cuda" ? kStagesAtOnce : 0;
}

bool LoadingWeights::awaitTurn(int stage, const std::stop_token& stop) {
    return !released_ || stage < kStagesAtOnce || released_->await(stage - kStagesAtOnce, stop);
}

void LoadingWeights::layOut(const std::shared_ptr<ModelWeights>& weights) {
    const std::stop_token stop = stop_.get_token();
    try {
        std::optional<WorkerPool> pool;
        std::optional<cpu::PanelLayout> layout;
        if (readsPanels(options_)) {
            pool.emplace(threadsOf(options_), topologyOf(options_));
            layout.emplace(*weights, *pool, stop);
        }
        if (order_) passPortionsOn(*layout);
        weights->arrival = ready_;
        handOver({.weights = weights, .fromStartCopy = false, .note = note_});
        for (int stage = 0; stage < numStages(weights->config); ++stage) {
            if (!read_->await(stage, stop)) return;
            if (layout && !layout->layOut(stage, stop)) return;
            ready_->add(stage);
        }
    } catch (...) {  // as in read(), which ends for it
        {
            const std::lock_guard lock(mutex_);
            failure_ = std::current_exception();
        }
        stop_.request_stop();
    }
}

}  // namespace gatescope
