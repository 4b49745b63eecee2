#include "engine/engine.h"

#include <malloc.h>

#include <algorithm>
#include <exception>
#include <new>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

#include "engine/check.h"
#include "engine/command_queue.h"
#include "engine/comparison/score_run.h"
#include "engine/decoder/loading_weights.h"
#include "engine/error.h"
#include "engine/event_queue.h"
#include "engine/generation/generation_run.h"
#include "engine/generation/sequence.h"
#include "engine/inspection/attention_map.h"
#include "engine/inspection/inspect_token.h"
#include "engine/model/fingerprint.h"

namespace gatescope {
namespace {

using Clock = std::chrono::steady_clock;

/// How often the engine looks whether a load in the background has ended.
constexpr std::chrono::milliseconds kFollowEvery{5};

/// Gives freed pages back to the system. A model is a few large blocks; after the first was freed,
/// glibc keeps blocks of that size for itself, and the user would still see the memory taken.
void returnFreedMemory() {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

/// Reads little, and that again; a file that has gone meanwhile is no reason to refuse the model.
std::string fingerprintOf(const ModelSource& source) {
    try {
        return modelFingerprint(source);
    } catch (const Error&) {
        return {};
    }
}

/// The exception being handled, as the event that tells of it. Only inside a catch block.
EngineFailed describeCurrentException(GenerationId generation) {
    try {
        throw;
    } catch (const Error& error) {
        return {generation, error.kind(), error.what(), stateAfter(error.code())};
    } catch (const std::bad_alloc&) {
        return {generation,
                ErrorKind::NoMemory,
                "memory ran out; close other programs, or choose a smaller model or context",
                FaultState::RequestFailed};
    } catch (const std::exception& error) {
        return {generation,
                ErrorKind::DeviceFault,
                std::string("something unexpected went wrong in the engine: ") + error.what(),
                FaultState::RequestFailed};
    } catch (...) {  // a library may throw anything; the thread must outlive it
        return {generation,
                ErrorKind::DeviceFault,
                "something unexpected went wrong in the engine, with no description",
                FaultState::RequestFailed};
    }
}

}  // namespace

class Engine::Impl {
  public:
    explicit Impl(EngineOptions options)
        : options_(std::move(options)),
          events_(options_.eventCapacity),
          thread_([this] { serve(); }) {}

    ~Impl() {
        events_.close();
        commands_.close();
    }

    CommandQueue& commands() { return commands_; }
    EventQueue& events() { return events_; }

  private:
    /// A model in use and all that runs on it. Members are destroyed from the last up.
    struct Loaded {
        Clock::time_point start;
        std::unique_ptr<ModelSource> source;
        std::unique_ptr<LoadingWeights> loading;  ///< null: all of it is in place
        std::shared_ptr<const ModelInfo> info;
        std::unique_ptr<Decoder> decoder;
        std::optional<Sequence> sequence;
    };

    void serve();
    void execute(LoadCommand& command, const std::stop_token& stop);
    void execute(UnloadCommand&, const std::stop_token&);
    void execute(SubmitCommand& command, const std::stop_token& stop);
    void execute(InspectCommand& command, const std::stop_token& stop);
    void execute(MapAttentionCommand& command, const std::stop_token& stop);
    void execute(ScoreCommand& command, const std::stop_token& stop);
    template <class Work>
    std::optional<FaultState> attempt(GenerationId id, const Work& work);
    void dropModelAfter(std::optional<FaultState> fault);
    void tell(Event event);
    void unloadModel();
    /// False: cancelled.
    bool load(const LoadCommand& command, const std::stop_token& stop);
    bool loadModel(const LoadCommand& command,
                   std::shared_ptr<const Tokenizer> tokenizer,
                   const std::stop_token& stop,
                   Loaded& loaded);
    bool isLoading() const { return loaded_ && loaded_->loading; }
    void tellIfComplete();
    void followLoad();
    void abandonLoad();

    const EngineOptions options_;
    CommandQueue commands_;
    EventQueue events_;
    std::unique_ptr<Loaded> loaded_;  ///< null: no model in use. Engine thread only.
    std::jthread thread_;             ///< last, so that it starts with the rest made and ends first
};

void Engine::Impl::serve() {
    do {
        auto entry = isLoading() ? commands_.popWithin(kFollowEvery) : commands_.pop();
        followLoad();
        if (!entry) continue;
        const auto stop = entry->stop.get_token();
        std::visit([&](auto& command) { execute(command, stop); }, entry->command);
    } while (!commands_.closed());
    loaded_.reset();  // here, so that a decoder is destroyed by the thread that used it
}

void Engine::Impl::execute(LoadCommand& command, const std::stop_token& stop) {
    try {
        abandonLoad();
        if (load(command, stop)) {
            commands_.continueInBackground();
            events_.push(ModelUsable{loaded_->info});
            followLoad();
        } else {
            returnFreedMemory();
            events_.push(LoadCancelled{});
        }
    } catch (...) {  // the engine thread's border: style page, section 5
        auto failed = describeCurrentException(0);
        returnFreedMemory();
        events_.push(std::move(failed));
    }
}

void Engine::Impl::tellIfComplete() {
    if (!isLoading() || loaded_->loading->state() != LoadingWeights::State::Done) return;
    commands_.endBackground();
    loaded_->loading.reset();
    auto info = std::make_shared<ModelInfo>(*loaded_->info);
    info->fingerprint = fingerprintOf(*loaded_->source);
    loaded_->info = std::move(info);
    events_.push(ModelLoaded{
        loaded_->info,
        std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - loaded_->start)});
}

/// Tells how a load in the background has ended, if it has. Not while a generation runs on it.
void Engine::Impl::followLoad() {
    tellIfComplete();
    if (!isLoading() || loaded_->loading->state() == LoadingWeights::State::Reading) return;
    Event end = LoadCancelled{};
    try {
        loaded_->loading->throwFailure();
    } catch (...) {  // the engine thread's border
        end = describeCurrentException(0);
    }
    commands_.endBackground();
    unloadModel();
    events_.push(std::move(end));
}

/// Ends a load in the background: another command takes the model away.
void Engine::Impl::abandonLoad() {
    if (!isLoading()) return;
    loaded_->loading->requestStop();
    loaded_->loading->wait();
    followLoad();
}

void Engine::Impl::execute(UnloadCommand&, const std::stop_token&) {
    abandonLoad();
    unloadModel();
}

void Engine::Impl::unloadModel() {
    loaded_.reset();
    returnFreedMemory();
    events_.push(ModelUnloaded{});
}

/// Runs `work` on the model; what it throws is told, as of request `id`, and its state given back.
template <class Work>
std::optional<FaultState> Engine::Impl::attempt(GenerationId id, const Work& work) {
    try {
        if (!loaded_) throw Error(ErrorKind::BadUsage, "no model is loaded, so nothing can answer");
        work(*loaded_);
        return std::nullopt;
    } catch (...) {  // the engine thread's border
        auto failed = describeCurrentException(id);
        const FaultState state = failed.state;
        events_.push(std::move(failed));
        return state;
    }
}

void Engine::Impl::dropModelAfter(std::optional<FaultState> fault) {
    if (!fault || *fault == FaultState::RequestFailed) return;
    abandonLoad();
    unloadModel();
}

/// A push for work that may go on while the rest of the model is read.
void Engine::Impl::tell(Event event) {
    tellIfComplete();
    events_.push(std::move(event));
}

void Engine::Impl::execute(SubmitCommand& command, const std::stop_token& stop) {
    const auto& request = command.request;
    GenerationFinished finished{.generation = request.id,
                                .reason = FinishReason::Stopped,
                                .trailingText = {},
                                .timings = {}};
    std::optional<GenerationRun> run;
    std::optional<FaultState> fault;
    if (!stop.stop_requested()) {
        fault = attempt(request.id, [&](Loaded& loaded) {
            const GenerationContext context{
                *loaded.decoder, *loaded.sequence, loaded.info->tokenizer};
            run.emplace(context, request, [this](Event event) { tell(std::move(event)); });
            finished.reason = run->run(stop);
        });
        if (fault) finished.reason = FinishReason::Failed;
    }
    if (loaded_) finished.branches = loaded_->sequence->branches();
    if (run) {
        finished.trailingText = run->trailingText();
        finished.timings = run->timings();
    }
    events_.push(std::move(finished));
    run.reset();  // it refers to the decoder
    dropModelAfter(fault);
}

void Engine::Impl::execute(InspectCommand& command, const std::stop_token& stop) {
    const auto& request = command.request;
    TokenInspectionPtr inspection;
    std::optional<FaultState> fault;
    if (!stop.stop_requested())
        fault = attempt(request.id, [&](Loaded& loaded) {
            auto found = inspectToken(
                *loaded.decoder, *loaded.sequence, loaded.info->tokenizer.get(), request, stop);
            if (found) inspection = std::make_shared<const TokenInspection>(*std::move(found));
        });
    events_.push(TokenInspected{request.id, std::move(inspection)});
    dropModelAfter(fault);
}

void Engine::Impl::execute(MapAttentionCommand& command, const std::stop_token& stop) {
    const auto& request = command.request;
    AttentionMapPtr map;
    std::optional<FaultState> fault;
    if (!stop.stop_requested())
        fault = attempt(request.id, [&](Loaded& loaded) {
            auto found = gatescope::mapAttention(
                *loaded.decoder, *loaded.sequence, loaded.info->tokenizer.get(), request, stop);
            if (found) map = std::make_shared<const AttentionMap>(*std::move(found));
        });
    events_.push(AttentionMapped{request.id, std::move(map)});
    dropModelAfter(fault);
}

void Engine::Impl::execute(ScoreCommand& command, const std::stop_token& stop) {
    const auto& request = command.request;
    ScoreFinished finished{request.id, ScoreEnd::Stopped};
    std::optional<FaultState> fault;
    if (!stop.stop_requested()) {
        fault = attempt(request.id, [&](Loaded& loaded) {
            const bool onHost = loaded.info->plan.devices.size() == 1;  // else a GPU stands first
            ScoreRun run({.decoder = *loaded.decoder,
                          .sequence = *loaded.sequence,
                          .tokenizer = loaded.info->tokenizer.get(),
                          .freeMemory = onHost ? availableMemory : nullptr},
                         request,
                         [this](Event event) { tell(std::move(event)); });
            if (run.run(stop) == StepStatus::Done) finished.end = ScoreEnd::Done;
        });
        if (fault) finished.end = ScoreEnd::Failed;
    }
    events_.push(finished);
    dropModelAfter(fault);
}

bool Engine::Impl::load(const LoadCommand& command, const std::stop_token& stop) {
    if (stop.stop_requested()) return false;
    auto loaded = std::make_unique<Loaded>();
    loaded->start = Clock::now();
    loaded->source = options_.openSource(command.model);
    auto tokenizer = loaded->source->tokenizer();
    if (stop.stop_requested()) return false;

    if (loaded_) {
        loaded_.reset();
        events_.push(ModelUnloaded{});
    }
    if (!loadModel(command, std::move(tokenizer), stop, *loaded) || stop.stop_requested())
        return false;
    loaded_ = std::move(loaded);
    return true;
}

/// Everything behind Loaded::source.
bool Engine::Impl::loadModel(const LoadCommand& command,
                             std::shared_ptr<const Tokenizer> tokenizer,
                             const std::stop_token& stop,
                             Loaded& loaded) {
    ModelSource& source = *loaded.source;
    const MemoryPlan plan =
        planAndPrepare(source,
                       command.options,
                       options_.maxContext > 0 ? options_.maxContext : kDefaultContextTokens);
    auto info = std::make_shared<ModelInfo>();
    info->model = command.model;
    info->name = source.name();
    info->format = source.format();
    info->synthetic = source.isSynthetic();
    info->tensors = source.tensors();

    loaded.loading = std::make_unique<LoadingWeights>(
        source,
        command.options,
        [this](const LoadProgress& progress) { events_.offer(LoadProgressed{progress}); },
        stop);
    LoadedWeights weights = loaded.loading->usable();
    if (!weights.weights || stop.stop_requested()) return false;

    info->totalBytes = weights.weights->totalBytes();
    DecoderOptions planned = command.options;
    planned.cacheType = plan.cacheType;
    loaded.decoder = options_.makeDecoder(std::move(weights.weights), planned, stop);
    if (!loaded.decoder) return false;
    loaded.sequence.emplace(loaded.decoder->config(),
                            loaded.decoder->makeCache(plan.contextTokens),
                            std::min(plan.devices.back().branchBytes, options_.maxBranchBytes));

    info->config = loaded.decoder->config();
    info->weightBytesPerToken = loaded.decoder->weightBytesPerToken();
    info->decoder = loaded.decoder->name();
    info->device = loaded.decoder->device();
    info->threads = loaded.decoder->threads();
    info->numRanks = planned.ranks;
    info->precision = toString(loaded.decoder->precision());
    info->contextCapacity = plan.contextTokens;
    info->plan = plan;
    info->fromStartCopy = weights.fromStartCopy;
    info->note = weights.note;
    if (weights.fromStartCopy)
        info->plan.reasons.emplace_back("the weights are mapped from a start copy, not read");
    else if (!weights.note.empty())
        info->plan.reasons.push_back(std::move(weights.note));
    info->tokenizer = std::move(tokenizer);
    loaded.info = std::move(info);
    return true;
}

Engine::Engine(EngineOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}

Engine::~Engine() = default;

void Engine::load(std::string model, DecoderOptions options) {
    stop();
    stopInspecting();
    stopScores();
    cancelLoad();
    impl_->commands().push(LoadCommand{std::move(model), std::move(options)});
}

void Engine::cancelLoad() {
    impl_->commands().stopAll<LoadCommand>();
}

void Engine::unload() {
    stop();
    stopInspecting();
    stopScores();
    cancelLoad();
    impl_->commands().push(UnloadCommand{});
}

void Engine::submit(GenerationRequest request) {
    GS_CHECK(request.id != 0);
    impl_->commands().push(SubmitCommand{std::move(request)});
}

void Engine::inspect(InspectionRequest request) {
    GS_CHECK(request.id != 0);
    stopInspecting();
    impl_->commands().push(InspectCommand{std::move(request)});
}

void Engine::mapAttention(AttentionMapRequest request) {
    GS_CHECK(request.id != 0);
    stopInspecting();
    impl_->commands().push(MapAttentionCommand{std::move(request)});
}

void Engine::stopInspecting() {
    impl_->commands().stopAll<InspectCommand>();
    impl_->commands().stopAll<MapAttentionCommand>();
}

void Engine::score(ScoreRequest request) {
    GS_CHECK(request.id != 0);
    impl_->commands().push(ScoreCommand{std::move(request)});
}

void Engine::stopScores() {
    impl_->commands().stopAll<ScoreCommand>();
}

void Engine::stop() {
    impl_->commands().stopAll<SubmitCommand>();
}

std::optional<Event> Engine::poll() {
    return impl_->events().poll();
}

std::optional<Event> Engine::waitEvent(std::chrono::milliseconds timeout) {
    return impl_->events().waitEvent(timeout);
}

}  // namespace gatescope
