#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/decoder/intervention.h"
#include "engine/ids.h"
#include "engine/model/model_config.h"
#include "engine/model/weights.h"
#include "engine/routing/routing_record.h"
#include "engine/sampling/sampler.h"

namespace gatescope {

/// Where the arithmetic rounds.
enum class Precision {
    Auto,   ///< where weights are laid out in panels, Int8 if the experts are in blocks, Mixed if
            ///< they are bf16 and the processor has products of two bf16 numbers; else F32
    F32,    ///< nowhere that counts: beside int8 weights activations may be whole numbers of 24
            ///< bits, which loses less than adding products in f32
    BF16,   ///< where xAI's JAX code rounds
    Int8,   ///< activations before a product: to int8, 32 to a scale, where the weights are in
            ///< blocks, to bf16 where they are bf16, as llama.cpp does. On a GPU a prompt's: to 8
            ///< bits as the weights are (int8, or FP8 beside FP8), a scale for those that share one
            ///< of the weights'; beside other weights to bf16
    Mixed,  ///< the same, with experts in bf16: bf16 times bf16, summed in f32. On a GPU a prompt's
            ///< activations and weights of any type, to bf16
};

/// "f32", "bf16", "int8", "mixed", "auto".
std::string toString(Precision precision);

/// Keys and values of the tokens a sequence has seen. Made by the decoder that uses it; belongs to
/// one sequence; used by one thread at a time. A token's row is all that is held of it: its keys
/// and values in every layer, in the cache's own form.
class KvCache {
  public:
    virtual ~KvCache() = default;
    virtual int length() const = 0;    ///< tokens held
    virtual int capacity() const = 0;  ///< tokens that fit
    virtual std::uint64_t bytes() const = 0;
    /// Forgets everything from position `length` on. Requires length <= length().
    virtual void truncate(int length) = 0;

    virtual std::uint64_t rowBytes() const = 0;
    /// Copies the rows of tokens `begin`, `begin` + 1, ... into host memory, rowBytes() each.
    /// Requires begin + rows.size() <= length().
    virtual void saveRows(int begin, std::span<std::byte* const> rows) const = 0;
    /// Appends tokens by the rows that saveRows() gave at the same positions: keys carry theirs.
    /// Requires length() + rows.size() <= capacity().
    virtual void appendRows(std::span<const std::byte* const> rows) = 0;
};

/// Which positions of a batch need logits. The output matrix is the largest single read of a small
/// model.
enum class LogitsFor { None, LastToken, AllTokens };

/// A query head of a layer.
struct AttentionHead {
    int layer = 0;
    int head = 0;
    friend bool operator==(const AttentionHead&, const AttentionHead&) = default;
};

/// One call of the decoder: `tokens` go in at positions cache.length() ... of their sequence.
struct Batch {
    std::span<const TokenId> tokens;
    LogitsFor logitsFor = LogitsFor::LastToken;
    bool tapResiduals = false;  ///< router probabilities are always tapped, residuals when asked
    bool tapParts = false;      ///< what each layer added to them, by attention and each expert
    /// How much this head looks at each token. Requires a head of the model.
    std::optional<AttentionHead> tapAttention = std::nullopt;
};

/// What a step gives back. The caller owns and reuses it; a decode step of the same shape allocates
/// nothing.
struct StepOutput {
    int numTokens = 0;
    int numSelected = 0;
    std::vector<float> logits;            ///< [rows, vocabSize], rows by Batch::logitsFor
    std::vector<float> routerProbs;       ///< [numLayers, numTokens, numExperts]
    std::vector<float> routerLogSumExps;  ///< [numLayers, numTokens] RoutingRecord::logSumExps
    std::vector<std::int32_t> selected;   ///< [numLayers, numTokens, numSelected]
    std::vector<float> gates;             ///< [numLayers, numTokens, numSelected]
    std::vector<float> residuals;  ///< [numLayers, numTokens, dModel] after each layer, if tapped
    /// If tapped: the residuals before the first layer, and what attention and then each selected
    /// expert added, gate included, with the factor that the norm behind them had for their sum.
    /// They add up to the residuals.
    std::vector<float> embedded;  ///< [numTokens, dModel]
    std::vector<float> parts;     ///< [numLayers, numTokens, 1 + numSelected, dModel]
    /// If tapped, [numTokens, numKeys]: the weights of the head's softmax, over all tokens that the
    /// cache holds behind the step; each row's sum is 1. 0: a token behind the row's.
    std::vector<float> attention;
    /// First layer whose residual holds NaN or infinity; numLayers means the output logits
    /// themselves.
    std::optional<int> firstNonFiniteLayer;

    /// The routing of batch token `token` in every layer, as a record of its own.
    RoutingRecord record(const ModelConfig& config, int token) const;
};

enum class StepStatus { Done, Stopped };

/// A reply that goes on by itself: the decoder draws each token as a Sampler would, and computes
/// it, perhaps some tokens ahead of who listens. Holds the decoder and the cache, which are for
/// nothing else as long as it lives. Its destructor waits for what is under way.
class Continuation {
  public:
    virtual ~Continuation() = default;
    /// The token that comes next; the same until advance().
    virtual SampledToken draw() = 0;
    /// Appends it to the cache. `out` is as forward() gives it, without logits: where some are not
    /// finite, it says so. Stopped: nothing has changed. Requires that fewer than
    /// ContinuationStart::maxTokens have been appended.
    virtual StepStatus advance(StepOutput& out, const std::stop_token& stop) = 0;
};

/// Where a reply begins. All but `cache` may go when continueFrom() returns.
struct ContinuationStart {
    KvCache& cache;
    std::span<const float> logits;    ///< [vocabSize] of the last token in the cache
    std::span<const TokenId> recent;  ///< the tokens before, last one last
    const SamplerConfig& sampler;
    int drawsBefore = 0;                   ///< numbers of its seed that have been taken
    const InterventionSet& interventions;  ///< of all tokens appended
    int maxTokens = 1;                     ///< to append; they fit the cache
};

/// A way to compute the model. Implementations: `reference` (the truth), `cpu`, `cuda`. Used by one
/// thread.
class Decoder {
  public:
    virtual ~Decoder() = default;
    virtual const ModelConfig& config() const = 0;
    virtual std::string name() const = 0;  ///< "reference", "cpu", ...
    virtual std::string device()
        const = 0;  ///< what it runs on, for people: "CPU, 2 threads, AVX-512"
    virtual int threads() const = 0;
    virtual Precision precision() const = 0;  ///< never Auto
    /// Bytes of weights one decoded token reads (numSelected experts, embedding once as output
    /// matrix).
    virtual std::uint64_t weightBytesPerToken() const = 0;

    /// Throws Error(NoMemory) with the bytes needed.
    virtual std::unique_ptr<KvCache> makeCache(int capacity) const = 0;

    /// Runs `batch` and appends its tokens to `cache`. Requires 1 <= tokens, cache.length() +
    /// tokens <= capacity, every token in [0, vocabSize), interventions valid for config(). They
    /// are in force for all tokens of the batch, whatever their scope.
    /// Stopped: `stop` was requested; the cache is as before the call and `out` is unspecified.
    virtual StepStatus forward(const Batch& batch,
                               KvCache& cache,
                               const InterventionSet& interventions,
                               StepOutput& out,
                               std::stop_token stop) = 0;

    /// What the model would say if a residual behind the last layer were as in `rows`, [rows,
    /// dModel]: logits [rows, vocabSize], out (the logit lens). With `whole`, [dModel], each row is
    /// a part of that residual, and its logits are what it contributes to those of the whole: the
    /// norm is frozen, divided by the size of `whole`. Stopped: `logits` are unspecified. Requires
    /// at least one row. No cache is touched.
    /// Sources: nostalgebraist, "interpreting GPT: the logit lens" (2020); direct logit
    /// attribution: Elhage et al., "A Mathematical Framework for Transformer Circuits" (2021).
    virtual StepStatus logitsOf(std::span<const float> rows,
                                std::span<const float> whole,
                                std::span<float> logits,
                                std::stop_token stop) = 0;

    /// Null: who calls draws the tokens itself, as here nothing is gained otherwise.
    virtual std::unique_ptr<Continuation> continueFrom(const ContinuationStart& /*start*/) {
        return nullptr;
    }
};

/// More than any machine has cores. Beyond, nothing gets faster and threads may not start.
inline constexpr int kMaxThreads = 1024;
inline constexpr int kMaxRanks = 64;

struct DecoderOptions {
    std::string kind = "cpu";  ///< "reference", "cpu" or "cuda"
    Precision precision = Precision::Auto;
    int threads = 0;  ///< at most kMaxThreads; 0: one a core
    int gpu = 0;      ///< which one cuda runs on, as the driver counts them
    int ranks = 1;    ///< of the cpu decoder: threads are dealt out over them, see RankedDecoder
    /// What keys and values are kept as: F32, F16, BF16 or I8. None: as
    /// cacheTypeOf() says.
    std::optional<DType> cacheType;
    /// Whether a machine's nodes (sockets, mostly) matter to the cpu decoder: threads stay on
    /// theirs, and weights lie on the node that reads them. Nothing on a machine of one node.
    bool numa = true;
    std::filesystem::path startCopies;  ///< a folder of them, see loadWeights(); empty: none
};

/// Does the decoder of `options` read weights in panels?
bool readsPanels(const DecoderOptions& options);

/// Does makeDecoder() take weights that are still being read (ModelWeights::arrival)? The cpu
/// decoder begins with them; cuda copies each layer to the GPU as it comes, and is made when all
/// have.
bool takesArrivingWeights(const DecoderOptions& options);

/// The type keys and values are kept as with experts stored as `expertType`: what is asked for;
/// else F16 where activations are rounded anyway, F32 where nothing is rounded.
/// Throws Error(BadUsage) for a type that the decoder does not have.
DType cacheTypeOf(const DecoderOptions& options, DType expertType);

/// Lays `weights` out as the decoder of `options` reads them fastest, in place and without a second
/// copy; for several ranks, it cuts them (ModelWeights::shards). Call it between load() and
/// makeDecoder(), while nobody else has them; a decoder of another kind or of other ranks cannot
/// read them then. Returns false when `stop` was requested: throw them away.
/// Throws Error(NoMemory), and Error(BadUsage) for ranks that the model cannot be cut for.
bool layOutWeights(ModelWeights& weights,
                   const DecoderOptions& options,
                   const std::stop_token& stop);

/// Throws Error(BadUsage) for a kind that does not exist, naming those that do, for a precision
/// that it does not have with these weights, for a number of threads out of range, and for several
/// ranks of a decoder that has one;
/// Error(NoMemory) when the system does not give that many, or the GPU has no room;
/// Error(DeviceFault) when there is no GPU to use. Null: `stop` was requested while weights went to
/// a GPU, and all its memory has been given back.
std::unique_ptr<Decoder> makeDecoder(std::shared_ptr<const ModelWeights> weights,
                                     const DecoderOptions& options,
                                     const std::stop_token& stop = {});

}  // namespace gatescope
