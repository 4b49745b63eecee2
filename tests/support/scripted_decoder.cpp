#include "tests/support/scripted_decoder.h"

#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <cstring>
#include <limits>
#include <mutex>
#include <new>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "engine/check.h"
#include "engine/decoder/routing_rules.h"
#include "engine/decoder/step.h"
#include "engine/error.h"
#include "engine/error_codes.h"
#include "engine/model/arrival.h"

namespace gatescope::test {
namespace {

/// Larger than any other logit by so much that no sampler setting in use picks another token.
constexpr float kCertain = 60.0F;

/// Sleeps for `time`, or until stopped. True if stopped.
bool waitOrStop(std::chrono::microseconds time, const std::stop_token& stop) {
    if (time.count() == 0) return stop.stop_requested();
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop, time, [] { return false; });
    return stop.stop_requested();
}

float mixedLogit(TokenId token, int position, int layer, int expert) {
    std::uint64_t x = static_cast<std::uint64_t>(token) * 0x9E3779B97F4A7C15U +
                      static_cast<std::uint64_t>(position) * 0xC2B2AE3D27D4EB4FU +
                      static_cast<std::uint64_t>(layer) * 0x165667B19E3779F9U +
                      static_cast<std::uint64_t>(expert) * 0x27D4EB2F165667C5U;
    x = (x ^ (x >> 29)) * 0xBF58476D1CE4E5B9U;
    x ^= x >> 32;
    return static_cast<float>(x % 4096) / 1024.0F;
}

/// Router logits [numExperts] become probabilities in place; then top-k and the rules.
/// Returns what RoutingRecord::logSumExps keeps.
float routeRow(const LayerRules& rules,
               std::span<float> probs,
               std::span<std::int32_t> selected,
               std::span<float> gates) {
    float sum = 0;
    for (std::size_t e = 0; e < probs.size(); ++e) {
        probs[e] = std::exp(probs[e] + rules.bias[e]);  // scripted logits are small
        sum += probs[e];
    }
    for (auto& p : probs) p /= sum;
    std::vector<std::int32_t> order(probs.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
        return probs[static_cast<std::size_t>(a)] > probs[static_cast<std::size_t>(b)];
    });
    std::copy_n(order.begin(), rules.numSelected, selected.begin());
    applyRules(rules, probs, selected, gates);
    return std::log(sum);
}

class ScriptedCache : public KvCache {
  public:
    ScriptedCache(int capacity, std::shared_ptr<ScriptLog> log)
        : capacity_(capacity), log_(std::move(log)) {
        ++log_->caches;
    }
    ~ScriptedCache() override { --log_->caches; }
    int length() const override { return static_cast<int>(tokens_.size()); }
    int capacity() const override { return capacity_; }
    std::uint64_t bytes() const override { return 0; }
    void truncate(int length) override {
        GS_CHECK_LE(length, this->length());
        tokens_.resize(static_cast<std::size_t>(length));
    }
    /// A row is the token and its position: a row put in another's place is found out.
    std::uint64_t rowBytes() const override { return sizeof(Row); }
    void saveRows(int begin, std::span<std::byte* const> rows) const override {
        GS_CHECK_LE(begin + static_cast<int>(rows.size()), length());
        for (std::byte* row : rows) {
            const Row made{tokens_[static_cast<std::size_t>(begin)], begin};
            std::memcpy(row, &made, sizeof(made));
            ++begin;
        }
    }
    void appendRows(std::span<const std::byte* const> rows) override {
        for (const std::byte* row : rows) {
            Row read{};
            std::memcpy(&read, row, sizeof(read));
            GS_CHECK_EQ(read.position, length());
            append(std::span(&read.token, 1));
        }
    }
    void append(std::span<const TokenId> tokens) {
        GS_CHECK_LE(length() + static_cast<int>(tokens.size()), capacity_);
        tokens_.insert(tokens_.end(), tokens.begin(), tokens.end());
    }

  private:
    struct Row {
        TokenId token;
        int position;
    };

    int capacity_;
    std::vector<TokenId> tokens_;
    std::shared_ptr<ScriptLog> log_;
};

class ScriptedDecoder : public Decoder {
  public:
    explicit ScriptedDecoder(std::shared_ptr<const Script> script,
                             std::shared_ptr<Arrival> arrival = nullptr)
        : script_(std::move(script)), arrival_(std::move(arrival)) {
        ++script_->log->decoders;
    }
    ~ScriptedDecoder() override { --script_->log->decoders; }

    const ModelConfig& config() const override { return script_->config; }
    std::string name() const override { return "scripted"; }
    std::string device() const override { return "a script"; }
    int threads() const override { return 1; }
    Precision precision() const override { return Precision::F32; }
    std::uint64_t weightBytesPerToken() const override { return 1000; }
    std::unique_ptr<KvCache> makeCache(int capacity) const override {
        return std::make_unique<ScriptedCache>(capacity, script_->log);
    }
    StepStatus forward(const Batch& batch,
                       KvCache& cache,
                       const InterventionSet& interventions,
                       StepOutput& out,
                       std::stop_token stop) override;
    StepStatus logitsOf(std::span<const float>,
                        std::span<const float>,
                        std::span<float> logits,
                        std::stop_token) override {
        std::ranges::fill(logits, 0.0F);
        return StepStatus::Done;
    }

  private:
    enum class Fate { GoOn, Stopped };
    /// `nonFinite`: out, the layer that is to blame.
    Fate meetFaults(int call, const std::stop_token& stop, std::optional<int>& nonFinite) const;
    TokenId nextToken(std::span<const TokenId> tokens, int position);
    void answer(const Batch& batch, int position, StepOutput& out);
    void route(const Batch& batch,
               const KvCache& cache,
               const InterventionSet& set,
               StepOutput& out);

    std::shared_ptr<const Script> script_;
    std::shared_ptr<Arrival> arrival_;
    RoutingRules rules_;
    int request_ = -1;       ///< which reply is being said
    int step_ = 0;           ///< how far in it
    int lastPosition_ = -1;  ///< of the last token that was answered
    TokenId lastAnswer_ = -1;
};

ScriptedDecoder::Fate ScriptedDecoder::meetFaults(int call,
                                                  const std::stop_token& stop,
                                                  std::optional<int>& nonFinite) const {
    for (const auto& fault : script_->faults) {
        if (fault.call != call) continue;
        switch (fault.kind) {
            case ScriptedFault::Kind::Error:
                throw Error(ErrorKind::DeviceFault, "the scripted device failed");
            case ScriptedFault::Kind::EngineLost:
                refuse(ErrorCode::GpuLost, "the scripted GPU", "failed while a step was started");
            case ScriptedFault::Kind::BadAlloc:
                throw std::bad_alloc();
            case ScriptedFault::Kind::Exception:
                throw std::runtime_error("a scripted exception");
            case ScriptedFault::Kind::Unknown:
                throw 42;
            case ScriptedFault::Kind::NonFinite:
                nonFinite = fault.layer;
                break;
            case ScriptedFault::Kind::Hang:
                ++script_->log->hanging;
                while (!waitOrStop(std::chrono::seconds(1), stop)) {
                }
                --script_->log->hanging;
                return Fate::Stopped;
        }
    }
    return Fate::GoOn;
}

TokenId ScriptedDecoder::nextToken(std::span<const TokenId> tokens, int position) {
    // A decode step is the answer of before, one place further; anything else is a new request.
    const bool continues =
        tokens.size() == 1 && tokens[0] == lastAnswer_ && position == lastPosition_ + 1;
    if (continues) {
        ++step_;
    } else {
        ++request_;
        step_ = 0;
    }
    lastPosition_ = position + static_cast<int>(tokens.size()) - 1;
    lastAnswer_ = script_->config.eosToken;
    if (!script_->replies.empty()) {
        const auto& reply =
            script_->replies[static_cast<std::size_t>(request_) % script_->replies.size()];
        const auto step = static_cast<std::size_t>(step_);
        if (step < reply.size() || (script_->endless && !reply.empty()))
            lastAnswer_ = reply[step % reply.size()];
    }
    return lastAnswer_;
}

/// Logits of the last token; or of each, until a drafted one is not what the script says.
void ScriptedDecoder::answer(const Batch& batch, int position, StepOutput& out) {
    const auto rows = batch.logitsFor == LogitsFor::AllTokens ? batch.tokens.size() : 1;
    const auto vocabSize = static_cast<std::size_t>(script_->config.vocabSize);
    out.logits.assign(rows * vocabSize, 0.0F);
    if (rows == 1) {
        out.logits[static_cast<std::size_t>(nextToken(batch.tokens, position))] += kCertain;
        return;
    }
    for (std::size_t i = 0; i < rows && (i == 0 || batch.tokens[i] == lastAnswer_); ++i) {
        const TokenId next = nextToken(batch.tokens.subspan(i, 1), position + static_cast<int>(i));
        out.logits[i * vocabSize + static_cast<std::size_t>(next)] += kCertain;
    }
}

void ScriptedDecoder::route(const Batch& batch,
                            const KvCache& cache,
                            const InterventionSet& set,
                            StepOutput& out) {
    const auto& config = script_->config;
    rules_.set(set, config);
    prepareOutput(batch, cache, rules_.numSelected(), config, out);
    const auto numExperts = static_cast<std::size_t>(config.numExperts);
    const auto numSelected = static_cast<std::size_t>(rules_.numSelected());
    const std::function<float(TokenId, int, int, int)> logit =
        script_->routerLogit ? script_->routerLogit : mixedLogit;
    std::size_t row = 0;
    for (int layer = 0; layer < config.numLayers; ++layer)
        for (std::size_t t = 0; t < batch.tokens.size(); ++t, ++row) {
            const auto probs = std::span(out.routerProbs).subspan(row * numExperts, numExperts);
            for (int e = 0; e < config.numExperts; ++e)
                probs[static_cast<std::size_t>(e)] =
                    logit(batch.tokens[t], cache.length() + static_cast<int>(t), layer, e);
            out.routerLogSumExps[row] =
                routeRow(rules_.layer(layer, cache.length() + static_cast<int>(t)),
                         probs,
                         std::span(out.selected).subspan(row * numSelected, numSelected),
                         std::span(out.gates).subspan(row * numSelected, numSelected));
        }
}

StepStatus ScriptedDecoder::forward(const Batch& batch,
                                    KvCache& cache,
                                    const InterventionSet& interventions,
                                    StepOutput& out,
                                    std::stop_token stop) {
    if (arrival_ && !arrival_->await(numStages(config()) - 1, stop)) return StepStatus::Stopped;
    const int call = script_->log->forwardCalls++;
    const auto tokens = static_cast<int>(batch.tokens.size());
    GS_CHECK(tokens >= 1 && cache.length() + tokens <= cache.capacity());
    std::optional<int> nonFinite;
    if (meetFaults(call, stop, nonFinite) == Fate::Stopped) return StepStatus::Stopped;
    const int slow = script_->promptsAtOnce && tokens > 1 ? 0 : tokens;
    if (waitOrStop(script_->tokenDelay * slow, stop)) return StepStatus::Stopped;

    const int position = cache.length();
    route(batch, cache, interventions, out);
    out.firstNonFiniteLayer = nonFinite;
    if (batch.logitsFor != LogitsFor::None) {
        answer(batch, position, out);
        if (nonFinite) std::ranges::fill(out.logits, std::numeric_limits<float>::quiet_NaN());
    }
    static_cast<ScriptedCache&>(cache).append(batch.tokens);
    script_->log->tokensComputed += tokens;
    return StepStatus::Done;
}

class ScriptedSource : public ModelSource {
  public:
    explicit ScriptedSource(std::shared_ptr<const Script> script, std::string model)
        : script_(std::move(script)), model_(std::move(model)) {
        if (script_->openError) throw Error(ErrorKind::BadInput, *script_->openError);
        tensors_.push_back({.name = "script",
                            .file = "script",
                            .dtype = DType::I8,
                            .shape = {static_cast<std::int64_t>(script_->weightBytes)},
                            .bytes = script_->weightBytes});
        for (TensorSlot& slot : tensorSlots(script_->config))
            layouts_.push_back({.slot = std::move(slot)});
    }
    const ModelConfig& config() const override { return script_->config; }
    const std::vector<TensorInfo>& tensors() const override { return tensors_; }
    std::string format() const override { return "scripted"; }
    std::string name() const override { return model_; }
    bool isSynthetic() const override { return true; }
    std::shared_ptr<const Tokenizer> tokenizer() const override { return script_->tokenizer; }
    std::string tokenizerOrigin() const override { return tokenizer() ? "script" : ""; }
    const std::vector<TensorLayout>& layouts() const override { return layouts_; }
    void tellArrivals(LoadWatcher* watcher) override { watcher_ = watcher; }
    LoadOutcome readTensor(std::size_t,
                           const TensorMemory&,
                           const std::stop_token&) const override {
        throw Error(ErrorKind::BadUsage, "a script has no parameters");
    }
    LoadOutcome visitValues(std::size_t,
                            const ValueVisitor&,
                            const std::stop_token&) const override {
        throw Error(ErrorKind::BadUsage, "a script has no parameters");
    }
    std::shared_ptr<ModelWeights> load(const LoadProgressCallback& progress,
                                       std::stop_token stop) const override {
        ++script_->log->loads;
        auto weights = std::make_shared<ModelWeights>();
        weights->config = script_->config;
        weights->blocks.emplace_back(script_->weightBytes);
        LoadWatcher* const watcher = script_->usableWhileLoading ? watcher_ : nullptr;
        if (watcher) watcher->begun(weights);
        const auto steps = static_cast<std::uint64_t>(script_->loadSteps);
        for (std::uint64_t step = 1; step <= steps; ++step) {
            if (waitOrStop(script_->loadStepDelay, stop)) return nullptr;
            if (script_->loadError && step > steps / 2)
                throw Error(ErrorKind::BadInput, *script_->loadError);
            progress({script_->weightBytes * step / steps, script_->weightBytes});
        }
        for (int stage = 0; watcher && stage < numStages(script_->config); ++stage)
            watcher->arrived(stage);
        return weights;
    }

  private:
    std::shared_ptr<const Script> script_;
    std::string model_;
    std::vector<TensorInfo> tensors_;
    std::vector<TensorLayout> layouts_;
    LoadWatcher* watcher_ = nullptr;
};

}  // namespace

ModelConfig Script::defaultConfig() {
    ModelConfig config;
    config.vocabSize = 512;
    config.dModel = 128;
    config.headSize = 16;
    config.numQHeads = 8;
    config.numKvHeads = 8;
    config.numLayers = 4;
    config.ffnSize = 688;
    config.contextLength = 2048;
    return config;
}

std::unique_ptr<Decoder> makeScriptedDecoder(std::shared_ptr<const Script> script) {
    return std::make_unique<ScriptedDecoder>(std::move(script));
}

EngineOptions scriptedEngine(std::shared_ptr<const Script> script) {
    EngineOptions options;
    options.openSource = [script](const std::string& model) {
        return std::make_unique<ScriptedSource>(script, model);
    };
    options.makeDecoder = [script](const std::shared_ptr<const ModelWeights>& weights,
                                   const DecoderOptions&,
                                   const std::stop_token&) {
        return std::make_unique<ScriptedDecoder>(script, weights->arrival);
    };
    return options;
}

}  // namespace gatescope::test
