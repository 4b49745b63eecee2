#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <vector>

#include "engine/model/tensor_slots.h"

namespace gatescope {

class ReadOrder;
struct ModelWeights;
struct TensorLayout;

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

    /// Whoever copied the bytes of `stage` elsewhere says that they may go. What a view shows of
    /// them is gone then, where whoever reads gives memory back (LoadingWeights); else it stays.
    void release(int stage);
    void onRelease(std::function<void(int stage)> giveBack);  ///< before anybody waits

    /// Waits until `stage` and all before it are in place: one atomic load when they are. False:
    /// `stop` was requested, whatever else happened meanwhile. Throws what fail() was given.
    bool await(int stage, const std::stop_token& stop);

    /// From now on portions (engine/model/read_order.h) come alone too, before their stages do.
    /// `want` is told what somebody waits for, by whoever waits, `calm` that nobody does any more.
    /// Before anybody waits.
    void usePortions(int portions, std::function<void(int)> want, std::function<void()> calm);
    /// A portion is in place. Each once, in any order.
    void addPortion(int portion);
    /// Says that `portion`, which is part of `stage`, will be waited for: nothing if it is in
    /// place.
    void wantPortion(int portion, int stage);
    /// Waits until `portion` is in place, at the latest with its stage. As await().
    bool awaitPortion(int portion, int stage, const std::stop_token& stop);
    /// Nothing is waited for until the next call of wantPortion() or awaitPortion().
    void calm();

  private:
    bool hasCome(int portion, int stage) const;
    void throwUnlessStopped(const std::stop_token& stop) const;

    std::function<void(int)> giveBack_;  ///< set before anybody waits
    std::function<void(int)> want_;      ///< as that
    std::function<void()> calm_;
    std::vector<std::atomic<bool>> portions_;
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
    /// Where not null, the order to read in, for sources that read by portions.
    virtual ReadOrder* order() { return nullptr; }
    /// A portion of it can be used alone. On reader threads.
    virtual void arrivedPortion(int /*portion*/) {}
    /// How many stages may lie in memory at the same time; 0: all of them.
    virtual int mostAtOnce() const { return 0; }
    /// Waits until `stage` may be read. False: `stop` was requested. On reader threads.
    virtual bool awaitTurn(int /*stage*/, const std::stop_token& /*stop*/) { return true; }
};

/// Bytes of memory that a load needs, all at once or as much of it as `watcher` lets in.
std::uint64_t bytesAtOnce(const std::vector<TensorLayout>& layouts,
                          const ModelConfig& config,
                          const LoadWatcher* watcher);

/// Finds the job that completes a stage, and lets none begin before its turn.
class StageCounter {
  public:
    /// `stageOfJob`: what each job reads a part of. Jobs begin in the order of their stages.
    /// Without a watcher nothing is counted.
    StageCounter(LoadWatcher* watcher, int stages, std::vector<int> stageOfJob);
    /// Before job `job` begins. False: `stop` was requested. Any thread.
    bool await(std::size_t job, const std::stop_token& stop);
    /// Job `job` has read its part. Any thread.
    void done(std::size_t job);

  private:
    LoadWatcher* watcher_;
    std::vector<int> stageOfJob_;
    std::vector<std::atomic<std::size_t>> jobsLeft_;
};

}  // namespace gatescope
