#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <vector>

#include "engine/model/model_config.h"
#include "engine/model/tensor_slots.h"

namespace gatescope {

// What of a model can be waited for alone: each expert of each layer, and the rest of each stage
// (engine/model/arrival.h). A token takes few of the experts, so that the first one needs a part of
// the model only.

/// Portions 0 ... numStages() - 1 are the stages without their experts, the experts follow.
int numPortions(const ModelConfig& config);
int portionOfExpert(const ModelConfig& config, int layer, int expert);
/// What matrix `matrix` of a tensor belongs to.
int portionOf(const ModelConfig& config, const TensorSlot& slot, int matrix);
int stageOfPortion(const ModelConfig& config, int portion);

/// Deals out the jobs of a load: in their order, but what a step waits for first. While it does,
/// one thread goes on with the others, so that they do not take the processors from it. Any thread
/// may call any method.
class ReadOrder {
  public:
    /// `portionOfJob`: what each job reads a part of. Once, before any other call counts.
    void begin(std::vector<int> portionOfJob, int portions);

    /// The job to do now; each comes once. None: all have been dealt out, or `stop` was requested.
    std::optional<std::size_t> next(const std::stop_token& stop);
    /// `job` is done. The portion that can be used now, if it was the last one of it.
    std::optional<int> done(std::size_t job);

    /// Which portions can be used before the rest of their stages is in place, and which of them
    /// are in place already. Until then, none: there is no hurry for what must wait for the rest.
    std::vector<int> serve(std::vector<bool> portions);

    /// A step needs `portion` now.
    void want(int portion);
    /// The step has what it needs. The next one follows soon, so all threads go on only after a
    /// while.
    void calm();

  private:
    enum class Job : std::uint8_t { Waiting, Urgent, DealtOut, DealtOutAsUrgent };

    bool isDealtOut(std::size_t job) const { return jobs_[job] >= Job::DealtOut; }
    bool isServed(std::size_t portion) const {
        return portion < served_.size() && served_[portion];
    }
    bool allDealtOut();

    std::mutex mutex_;  ///< guards what follows
    std::condition_variable_any changed_;
    std::vector<int> portionOfJob_;
    std::vector<std::vector<std::size_t>> jobsOfPortion_;
    std::vector<std::size_t> jobsLeft_;  ///< [portions] not done
    std::vector<Job> jobs_;
    std::vector<bool> served_;        ///< [portions]
    std::deque<std::size_t> urgent_;  ///< jobs that are Urgent
    std::size_t nextInOrder_ = 0;
    std::size_t othersRunning_ = 0;
    bool hurry_ = false;
    std::chrono::steady_clock::time_point restUntil_;  ///< of the threads but one, without hurry
};

}  // namespace gatescope
