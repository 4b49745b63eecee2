#pragma once

#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "engine/decoder/decoder.h"
#include "engine/decoder/load_weights.h"
#include "engine/model/arrival.h"
#include "engine/model/model_source.h"
#include "engine/model/read_order.h"

namespace gatescope {

namespace cpu {
class PanelLayout;
}

/// Loads weights as loadWeights() does, on threads of its own, and hands them over before they are
/// all there, where source and decoder allow it (takesArrivingWeights()): the CPU decoder computes
/// with the layers of a checkpoint, a GGUF file or a Hugging Face directory that are in place, and
/// waits for the others (ModelWeights::arrival); of the last two it waits only for the experts that
/// its tokens take, which are read first (ReadOrder). The cuda decoder copies each layer to its GPU
/// and releases it; no more than a few are in memory at a time, so that a model needs no room but
/// the GPU's. Everybody else's weights are handed over whole.
class LoadingWeights final : private LoadWatcher {
  public:
    enum class State { Reading, Done, Stopped, Failed };

    /// Stages (engine/model/arrival.h) in memory while they go to a GPU: one being copied, and
    /// enough read ahead.
    static constexpr int kStagesAtOnce = 3;

    /// Begins. `source` outlives this and is nobody else's until state() is not Reading any more,
    /// but for what describes it. `progress` is called as by ModelSource::load(). When `stop` is
    /// requested, so is requestStop().
    LoadingWeights(ModelSource& source,
                   DecoderOptions options,
                   LoadProgressCallback progress,
                   const std::stop_token& stop);
    /// Stops as requestStop() does and waits for the threads.
    ~LoadingWeights() override;
    LoadingWeights(const LoadingWeights&) = delete;
    LoadingWeights& operator=(const LoadingWeights&) = delete;

    /// Within 500 ms state() is Stopped, unless the end came first; whoever waits for a layer that
    /// has not come gets an Error. Any thread.
    void requestStop();

    /// Waits for weights that makeDecoder() takes and hands them over, once; null: stopped. Throws
    /// as loadWeights() does.
    LoadedWeights usable();

    State state() const;
    /// Waits until nothing is being read any more, and says how it ended.
    State wait() const;
    /// When it ended. Requires that it has.
    std::chrono::steady_clock::time_point ended() const;
    /// Throws what the load failed with, if it has.
    void throwFailure() const;

  private:
    void read();
    void layOut(const std::shared_ptr<ModelWeights>& weights);
    void handOver(LoadedWeights loaded);
    void end(State state, std::exception_ptr failure = nullptr);
    void begun(std::shared_ptr<ModelWeights> weights) override;
    void arrived(int stage) override;
    int mostAtOnce() const override;
    bool awaitTurn(int stage, const std::stop_token& stop) override;
    ReadOrder* order() override { return order_.get(); }
    void arrivedPortion(int portion) override;
    void passPortionsOn(const cpu::PanelLayout& layout);

    ModelSource& source_;
    const DecoderOptions options_;
    const LoadProgressCallback progress_;
    std::stop_source stop_;
    std::string note_;                ///< of a start copy that is not used
    std::optional<Arrival> read_;     ///< what is in memory as it is stored
    std::shared_ptr<Arrival> ready_;  ///< what is laid out too; null: nothing is handed over early
    std::shared_ptr<Arrival> released_;  ///< what has been given back; null: nothing is
    std::shared_ptr<ReadOrder> order_;   ///< null: by stages

    mutable std::mutex mutex_;  ///< guards what follows
    mutable std::condition_variable changed_;
    std::optional<LoadedWeights> usable_;
    State state_ = State::Reading;
    std::chrono::steady_clock::time_point ended_;
    std::exception_ptr failure_;

    std::jthread layoutThread_;  ///< started and joined by the reading thread
    std::jthread thread_;        ///< starts with the rest made
    std::stop_callback<std::function<void()>> cancel_;
};

}  // namespace gatescope
