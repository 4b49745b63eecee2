#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "engine/decoder/cuda/arena.h"
#include "engine/decoder/cuda/cuda_kv_cache.h"
#include "engine/decoder/cuda/device_weights.h"
#include "engine/decoder/cuda/draw_memory.h"
#include "engine/decoder/cuda/gpu.h"
#include "engine/decoder/cuda/prompt_products.h"
#include "engine/decoder/decoder.h"
#include "engine/decoder/routing_rules.h"

namespace gatescope {

/// The reference decoder's steps, in the same order and under the same names, on a GPU. Weights
/// are used as they are stored, arithmetic is f32. A step of one token is a graph that was recorded
/// once: token, position and interventions lie in device memory, routing is decided there, and the
/// host waits once, for the logits; in a reply that the device goes on with by itself it draws the
/// token too, and the host only reads what each step has given. A prompt goes through in chunks; in
/// precision Mixed its products are those of PromptProducts, of numbers rounded to bf16 (in Int8 to
/// 8 bits, where the weights have no more), unless parts are tapped: then its tokens are computed
/// as those of steps. Nothing is allocated in a step after the first of its kind.
class CudaDecoder final : public Decoder {
  public:
    struct Options {
        int device = 0;
        DType cacheType = DType::F32;  ///< of keys and values: F32, F16, BF16 or I8
        /// F32, Mixed, Int8, or Auto: Mixed where weights are rounded as they are stored and
        /// cuBLASLt is on this machine.
        Precision precision = Precision::F32;
        cuda::PromptLimits prompt;
        int threads = 1;  ///< that lay weights out for the device
    };
    /// Copies the weights to the device; they may go afterwards. `module` lives longer. Null when
    /// `stop` was requested before all weights were there. Throws as cuda::Gpu does, and
    /// Error(BadUsage) for a precision that this machine does not have with these weights.
    static std::unique_ptr<CudaDecoder> load(const ModelWeights& weights,
                                             const kernels::cuda::CudaModule& module,
                                             const Options& options,
                                             const std::stop_token& stop = {});
    /// Device memory that it takes at most beside weights, keys and values of that context, in any
    /// precision, when only the last token of a prompt wants logits.
    static std::size_t workBytes(const ModelConfig& config, int contextTokens);

    const ModelConfig& config() const override { return config_; }
    std::string name() const override { return "cuda"; }
    std::string device() const override { return gpu_->name(); }
    Precision precision() const override { return prompt_ ? prompt_->precision() : Precision::F32; }
    int threads() const override { return 1; }
    std::uint64_t weightBytesPerToken() const override { return weightBytesPerToken_; }
    std::unique_ptr<KvCache> makeCache(int capacity) const override;
    StepStatus forward(const Batch& batch,
                       KvCache& cache,
                       const InterventionSet& interventions,
                       StepOutput& out,
                       std::stop_token stop) override;
    StepStatus logitsOf(std::span<const float> rows,
                        std::span<const float> whole,
                        std::span<float> logits,
                        std::stop_token stop) override;
    std::unique_ptr<Continuation> continueFrom(const ContinuationStart& start) override;

  private:
    class Reply;

    /// Tokens of a prompt that go through the layers together where weights are read once for
    /// each: a stop is noticed between chunks.
    static constexpr int kChunkTokens = 16;

    CudaDecoder(const ModelWeights& weights,
                std::shared_ptr<const cuda::Gpu> gpu,
                cuda::DeviceWeights uploaded,
                std::unique_ptr<cuda::PromptProducts> prompt,
                DType cacheType);

    /// Tokens [begin, begin + count) of a batch, and how many of the last want logits.
    struct Chunk {
        int begin = 0;
        int count = 0;
        int numLogits = 0;
        bool taps = false;   ///< of residuals
        bool parts = false;  ///< of what is added to them
        int numSelected = 0;
        std::optional<AttentionHead> attention = std::nullopt;
        int numKeys = 0;  ///< of its weights: the sequence with the whole batch
    };

    /// What goes to the device and comes back, in device memory and in pinned host memory: the
    /// same places in both.
    struct Inputs {
        int* position = nullptr;
        std::int32_t* tokens = nullptr;  ///< [most tokens of a chunk]
    };
    struct Rules {
        kernels::cuda::RouterRules* header = nullptr;
        float* bias = nullptr;                  ///< [numLayers, numExperts]
        float* factor = nullptr;                ///< [numLayers, numExperts]
        std::int32_t* computedBy = nullptr;     ///< [numLayers, numExperts]
        std::int32_t* numSelectedOf = nullptr;  ///< [numLayers]
        std::uint8_t* choice = nullptr;         ///< [numLayers, numExperts]
    };
    /// What the tokens of a chunk are pinned to, in both memories.
    struct Pins {
        std::int32_t* selected = nullptr;  ///< [tokens, numLayers, numSelected]; -1: not pinned
        float* gates = nullptr;            ///< the same
        std::size_t bytes = 0;
    };
    struct Results {
        int* firstNonFinite = nullptr;
        float* probs = nullptr;            ///< [numLayers, tokens, numExperts]
        float* logSumExps = nullptr;       ///< [numLayers, tokens]
        std::int32_t* selected = nullptr;  ///< [numLayers, tokens, numSelected]
        float* gates = nullptr;            ///< [numLayers, tokens, numSelected]
        float* logits = nullptr;           ///< [numLogits, vocabSize]
        float* residuals = nullptr;        ///< [numLayers, tokens, dModel]
        float* embedded = nullptr;         ///< [tokens, dModel]
        float* parts = nullptr;            ///< [numLayers, 1 + numSelected, tokens, dModel]
        float* attention = nullptr;        ///< [tokens, numKeys]
        std::size_t bytes = 0;
    };
    /// [most tokens of a chunk, ...] on the device alone; `activation` only for kernels that read
    /// weights once a token.
    struct Scratch {
        float *hidden, *normed, *change, *query, *key, *value, *attended, *activation;
        std::int32_t* computedBy;  ///< [tokens, numSelected] of the layer being computed
    };

    static Inputs placeInputs(cuda::Arena& arena, int mostTokens);
    static Rules placeRules(cuda::Arena& arena, const ModelConfig& config);
    static Scratch placeScratch(cuda::Arena& arena, const ModelConfig& config, int mostTokens);
    static Results placeResults(cuda::Arena& arena, const ModelConfig& config, const Chunk& chunk);
    Results resultsAt(std::byte* memory, const Chunk& chunk) const;
    int tokensOfChunk(const Batch& batch) const;
    int rowsOfLens() const;
    bool onTensorCores(int numRows) const {
        return prompt_ && numRows >= cuda::PromptProducts::kFewestTokens;
    }
    void setRules(const InterventionSet& interventions);
    static Pins placePins(cuda::Arena& arena,
                          const ModelConfig& config,
                          int numTokens,
                          int numSelected);
    int mostTokensOfChunk() const;
    void reservePins();
    void sendPins(const Chunk& chunk, int firstPosition);
    void reserveResults(const Chunk& chunk);
    /// False: stopped.
    bool runChunk(const Batch& batch,
                  const Chunk& chunk,
                  cuda::CudaKvCache& cache,
                  const std::stop_token& stop,
                  StepOutput& out);
    bool enqueue(const Chunk& chunk, cuda::CudaKvCache& cache, const std::stop_token& stop);
    bool enqueueForward(const Chunk& chunk, cuda::CudaKvCache& cache, const std::stop_token& stop);
    /// Records what `enqueue` enqueues, unless it is there already.
    void record(cuda::CudaKvCache::Recorded& step, const Chunk& chunk, const auto& enqueue) {
        if (step.graph.recorded() && step.numSelected == chunk.numSelected &&
            step.placesVersion == placesVersion_)
            return;
        step = {.graph = cuda::RecordedGraph(gpu_, enqueue),
                .numSelected = chunk.numSelected,
                .placesVersion = placesVersion_};
    }
    void enqueueLayer(int layer,
                      const Chunk& chunk,
                      cuda::CudaKvCache& cache,
                      const Results& results);
    void enqueueQueryKeyValue(const cuda::DeviceLayer& layer, const Chunk& chunk);
    void enqueueAttention(int layer, const Chunk& chunk, cuda::CudaKvCache& cache);
    void enqueueAttentionWeights(const Chunk& chunk,
                                 cuda::CudaKvCache& cache,
                                 const Results& results);
    void enqueueExperts(const cuda::DeviceLayer& layer, const Chunk& chunk, const float* gates);
    float* partAt(const Results& results, const Chunk& chunk, int layer, int which) const;
    void enqueueExpertParts(int layer, const Chunk& chunk, const Results& results);
    void takeParts(const Results& results, const Chunk& chunk, StepOutput& out) const;
    /// Where a norm leaves a chunk's rows for products with `weights` besides.
    cuda::RoundedRows roundedFor(const cuda::Matrices& weights, const Chunk& chunk) const;
    void product(const cuda::Matrices& weights,
                 const cuda::PromptProducts::Rows& rows,
                 float* y,
                 float factor = 1);
    void takeResults(const Results& results, const Chunk& chunk, StepOutput& out) const;
    std::size_t mostRoutingBytes() const;
    void enqueueFirstDraw(const ContinuationStart& start, const Chunk& chunk);
    void enqueueDraw(const Chunk& chunk);
    void enqueueDraw(const float* logits,
                     int* firstNonFinite,
                     const kernels::cuda::PublishStep& publish);
    void check(int error) const { gpu_->check(error, "a step was computed"); }

    ModelConfig config_;
    std::shared_ptr<const cuda::Gpu> gpu_;
    DType cacheType_;
    std::uint64_t weightBytesPerToken_;
    cuda::DeviceWeights weights_;
    std::unique_ptr<cuda::PromptProducts> prompt_;  ///< not in precision F32
    RoutingRules rules_;
    InterventionSet interventions_;  ///< that the device has
    bool rulesKnown_ = false;
    Scratch scratch_{};
    Inputs deviceInputs_, hostInputs_;
    Rules deviceRules_, hostRules_;
    std::size_t inputBytes_ = 0;
    std::size_t rulesBytes_ = 0;
    cuda::DeviceMemory memory_;  ///< scratch, inputs, rules
    cuda::PinnedMemory pinned_;  ///< inputs, rules
    cuda::DeviceMemory deviceResults_;
    cuda::PinnedMemory hostResults_;
    Pins devicePins_, hostPins_;  ///< nothing until something is pinned
    cuda::DeviceMemory devicePinMemory_;
    cuda::PinnedMemory hostPinMemory_;
    cuda::DrawMemory draw_;
    int placesVersion_ = 0;  ///< counts how often these three moved
};

}  // namespace gatescope
