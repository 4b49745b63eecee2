#include "engine/model/read_order.h"

#include <utility>

#include "engine/check.h"
#include "engine/model/arrival.h"

namespace gatescope {
namespace {

using Clock = std::chrono::steady_clock;

/// From a step to the next: enough for sampling, too little to miss.
constexpr std::chrono::milliseconds kRest{20};

}  // namespace

int numPortions(const ModelConfig& config) {
    return numStages(config) + config.numLayers * config.numExperts;
}

int portionOfExpert(const ModelConfig& config, int layer, int expert) {
    return numStages(config) + layer * config.numExperts + expert;
}

int portionOf(const ModelConfig& config, const TensorSlot& slot, int matrix) {
    switch (slot.role) {
        case TensorRole::ExpertGate:
        case TensorRole::ExpertUp:
        case TensorRole::ExpertDown:
            return portionOfExpert(config, slot.layer, matrix);
        default:
            return stageOf(slot, config);
    }
}

int stageOfPortion(const ModelConfig& config, int portion) {
    const int stages = numStages(config);
    return portion < stages ? portion : 1 + (portion - stages) / config.numExperts;
}

void ReadOrder::begin(std::vector<int> portionOfJob, int portions) {
    {
        const std::lock_guard lock(mutex_);
        GS_CHECK(portionOfJob_.empty());
        portionOfJob_ = std::move(portionOfJob);
        jobsOfPortion_.resize(static_cast<std::size_t>(portions));
        jobsLeft_.resize(static_cast<std::size_t>(portions));
        jobs_.resize(portionOfJob_.size());
        for (std::size_t job = 0; job < portionOfJob_.size(); ++job) {
            const auto portion = static_cast<std::size_t>(portionOfJob_[job]);
            jobsOfPortion_.at(portion).push_back(job);
            ++jobsLeft_[portion];
        }
    }
    changed_.notify_all();
}

bool ReadOrder::allDealtOut() {
    while (nextInOrder_ < jobs_.size() && isDealtOut(nextInOrder_)) ++nextInOrder_;
    return nextInOrder_ == jobs_.size();
}

std::optional<std::size_t> ReadOrder::next(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
        if (!urgent_.empty()) {
            const std::size_t job = urgent_.front();
            urgent_.pop_front();
            jobs_[job] = Job::DealtOutAsUrgent;
            return job;
        }
        if (allDealtOut()) return {};
        const auto mayGoOn = [&] {
            return othersRunning_ == 0 || (!hurry_ && Clock::now() >= restUntil_);
        };
        if (mayGoOn()) {
            jobs_[nextInOrder_] = Job::DealtOut;
            ++othersRunning_;
            return nextInOrder_;
        }
        const auto somethingToDo = [&] { return !urgent_.empty() || mayGoOn() || allDealtOut(); };
        if (hurry_)
            changed_.wait(lock, stop, [&] { return !hurry_ || somethingToDo(); });
        else
            changed_.wait_until(lock, stop, restUntil_, somethingToDo);
    }
    return {};
}

std::optional<int> ReadOrder::done(std::size_t job) {
    std::optional<int> complete;
    {
        const std::lock_guard lock(mutex_);
        if (jobs_[job] == Job::DealtOut) --othersRunning_;
        const auto portion = static_cast<std::size_t>(portionOfJob_[job]);
        if (--jobsLeft_[portion] == 0 && isServed(portion)) complete = portionOfJob_[job];
    }
    changed_.notify_all();
    return complete;
}

std::vector<int> ReadOrder::serve(std::vector<bool> portions) {
    const std::lock_guard lock(mutex_);
    served_ = std::move(portions);
    std::vector<int> inPlace;
    for (std::size_t portion = 0; portion < jobsLeft_.size(); ++portion)
        if (isServed(portion) && jobsLeft_[portion] == 0)
            inPlace.push_back(static_cast<int>(portion));
    return inPlace;
}

void ReadOrder::want(int portion) {
    {
        const std::lock_guard lock(mutex_);
        const auto index = static_cast<std::size_t>(portion);
        if (!isServed(index) || index >= jobsOfPortion_.size()) return;
        const std::size_t before = urgent_.size();
        for (const std::size_t job : jobsOfPortion_[index])
            if (jobs_[job] == Job::Waiting) {
                jobs_[job] = Job::Urgent;
                urgent_.push_back(job);
            }
        hurry_ = true;
        if (urgent_.size() == before) return;  // a prompt's tokens want the same experts
    }
    changed_.notify_all();
}

void ReadOrder::calm() {
    {
        const std::lock_guard lock(mutex_);
        for (const std::size_t job : urgent_) jobs_[job] = Job::Waiting;
        urgent_.clear();
        if (hurry_) restUntil_ = Clock::now() + kRest;
        hurry_ = false;
    }
    changed_.notify_all();
}

}  // namespace gatescope
