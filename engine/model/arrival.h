#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>
#include <stop_token>
#include <vector>

#include "engine/model/tensor_slots.h"

namespace gatescope {

struct ModelWeights;

// A model that is used while it is being read is cut into stages, in the order in which a step
// needs them: 0 is the embedding, 1 + n layer n, and the last the final norm and the output matrix
// (which has arrived with the embedding where it is that).

int numStages(const ModelConfig& config);
int stageOf(const TensorSlot& slot, const ModelConfig& config);

/// How far the weights of a model have come. Any thread may call any method.
class Arrival {
  public:
    /// Nothing has come yet.
    explicit Arrival(int stages);

    /// A stage is in place. Stages come in any order, each once.
    void add(int stage);
    /// No more will come: await() throws what `reason` holds for a stage that has not.
    void fail(std::exception_ptr reason);

    /// Waits until `stage` and all before it are in place: one atomic load when they are. False:
    /// `stop` was requested. Throws what fail() was given.
    bool await(int stage, const std::stop_token& stop);

  private:
    std::atomic<int> complete_{0};  ///< stages in place, without a gap
    std::mutex mutex_;              ///< guards what follows
    std::condition_variable_any changed_;
    std::vector<bool> here_;
    std::exception_ptr failure_;
};

/// What a load tells while it reads: ModelSource::tellArrivals().
class LoadWatcher {
  public:
    virtual ~LoadWatcher() = default;
    /// The memory is there and every view of it final, but nothing has been read. On the thread
    /// that loads.
    virtual void begun(std::shared_ptr<ModelWeights> weights) = 0;
    /// Every byte of `stage` has been read. On reader threads, each stage once, in any order.
    virtual void arrived(int stage) = 0;
};

/// Finds the job that completes a stage.
class StageCounter {
  public:
    /// `stageOfJob`: what each job reads a part of. Without a watcher nothing is counted.
    StageCounter(LoadWatcher* watcher, int stages, std::vector<int> stageOfJob);
    /// Job `job` has read its part. Any thread.
    void done(std::size_t job);

  private:
    LoadWatcher* watcher_;
    std::vector<int> stageOfJob_;
    std::vector<std::atomic<std::size_t>> jobsLeft_;
};

}  // namespace gatescope
