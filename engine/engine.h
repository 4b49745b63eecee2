#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "engine/decoder/decoder.h"
#include "engine/event.h"
#include "engine/generation/generation.h"
#include "engine/inspection/attention_map.h"
#include "engine/inspection/token_inspection.h"
#include "engine/model/open_model.h"
#include "engine/tokenizer/tokenizer.h"

namespace gatescope {

/// What the engine makes its parts from; tests put scripted ones in.
struct EngineOptions {
    std::function<std::unique_ptr<ModelSource>(const std::string&)> openSource = openModel;
    std::function<std::unique_ptr<Decoder>(
        std::shared_ptr<const ModelWeights>, const DecoderOptions&, const std::stop_token&)>
        makeDecoder = gatescope::makeDecoder;
    int maxContext = 0;  ///< tokens of KV cache; 0: what the plan has room for, at most 8192
    /// Branches put aside take no more than this, nor than the plan has room for.
    std::uint64_t maxBranchBytes = std::numeric_limits<std::uint64_t>::max();
    std::size_t eventCapacity = 1024;  ///< 1 to 2^20
};

/// A model, its decoder and its KV cache behind one thread of their own. Commands go in through a
/// bounded queue and run one after the other; events come out through a bounded single-producer
/// single-consumer queue. When that is full the engine waits (memory does not grow) and progress
/// events merge. An engine whose events nobody polls comes to rest; stop() is obeyed as soon as
/// there is room again, and the destructor at once.
///
/// All methods may be called from one thread (the one that polls) and never block on the model.
/// load(), unload(), submit(), inspect() and mapAttention() throw Error(BadUsage) when 64 commands wait already.
/// Whatever goes wrong later, of any exception type, is an EngineFailed event, and the engine goes
/// on.
class Engine {
  public:
    explicit Engine(EngineOptions options = {});
    /// Cancels what runs, drops what waits and joins the thread.
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    /// Loads MODEL, dropping the one in use as soon as the new one has been opened and its
    /// tokenizer checked: a wrong path costs nothing. Ends generations that run or wait (they
    /// finish as Stopped) and loads (LoadCancelled).
    /// -> ModelUnloaded if there was a model, LoadProgressed..., ModelUsable once generations can
    /// begin, LoadProgressed..., then ModelLoaded, LoadCancelled or EngineFailed, the last two
    /// behind ModelUnloaded if ModelUsable had come. After them no model is in use, except when no
    /// ModelUnloaded came.
    void load(std::string model, DecoderOptions options);
    /// Cancels loads in progress or waiting within 500 ms, and generations that wait for one.
    void cancelLoad();
    /// Ends generations and loads like load(), then frees all memory. -> ModelUnloaded, always.
    void unload();
    /// -> PromptEncoded, PrefillProgressed..., TokenGenerated..., GenerationFinished.
    /// Runs after generations submitted before. Tokens that a sequence before began with (same ids,
    /// same interventions) are not computed again while they are held: in the KV cache, or as a
    /// branch put aside. A failure is EngineFailed and then
    /// GenerationFinished{Failed}; what was sent before stays. If it cost the model, ModelUnloaded
    /// comes last. Requires request.id != 0.
    void submit(GenerationRequest request);
    /// Looks into a token -> TokenInspected. Runs after what was submitted before, and ends other
    /// inspections that run or wait. A failure is EngineFailed and then TokenInspected; if it cost
    /// the model, ModelUnloaded comes last. Requires request.id != 0.
    void inspect(InspectionRequest request);
    /// The whole map of a head -> AttentionMapped. An inspection as the others are: it waits its
    /// turn, ends those that run or wait, and fails as they do. Requires request.id != 0.
    void mapAttention(AttentionMapRequest request);
    /// Ends inspections, maps included, in progress or waiting, within 500 ms.
    void stopInspecting();
    /// -> PositionsScored..., ScoreFinished. Takes its turn behind what was submitted before, and
    /// runs on the same KV cache: what the conversation's branch held there is put aside, as for a
    /// change of branch. A failure is EngineFailed and then ScoreFinished{Failed}, as with
    /// submit(). Throws like submit(). Requires request.id != 0.
    void score(ScoreRequest request);
    /// Ends scores in progress or waiting within 500 ms. What was sent stays true.
    void stopScores();
    /// Ends generations in progress or waiting: within 500 ms in prefill, 100 ms in decode. What
    /// was generated stays.
    void stop();

    /// Next event, if there is one. Never blocks.
    std::optional<Event> poll();
    /// Waits for the next event up to `timeout`; for terminals and tests.
    std::optional<Event> waitEvent(std::chrono::milliseconds timeout);

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace gatescope
