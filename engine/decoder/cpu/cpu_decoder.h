#pragma once

#include <memory>
#include <string>

#include "engine/decoder/cpu/panel_kv_cache.h"
#include "engine/decoder/cpu/scratch.h"
#include "engine/decoder/cpu/worker_pool.h"
#include "engine/decoder/decoder.h"
#include "engine/decoder/routing_rules.h"
#include "engine/parallel/communicator.h"
#include "engine/parallel/shards.h"

namespace gatescope {

/// The reference decoder's steps, in the same order and under the same names, on vector kernels and
/// threads. Weights are used as they are stored, in panels if they were laid out; arithmetic is
/// f32, or with Precision::Int8 or Mixed products take activations rounded as cpu::Rounding says. A
/// prompt goes through in chunks of kChunkTokens; each weight is read once a chunk. Results do not
/// depend on the number of threads nor on how a sequence is cut into batches: every output is
/// summed in one fixed order. After the first decode step nothing is allocated. A model that is
/// still being read is computed as far as it has come, then waited for. As a rank of several it has
/// a shard, and sums with the others behind attention and experts.
class CpuDecoder final : public Decoder {
  public:
    /// Requires numThreads >= 1, the calling thread of forward() included, and F32, Int8 or Mixed;
    /// keys and values are kept as `cacheType`, F32, F16, BF16 or I8. Threads stay on the nodes of
    /// `topology` if there are several. With a `communicator`, which outlives this,
    /// `weights` are the shard of its rank.
    CpuDecoder(std::shared_ptr<const ModelWeights> weights,
               int numThreads,
               Precision precision,
               DType cacheType,
               cpu::CpuTopology topology = {},
               Communicator* communicator = nullptr);

    const ModelConfig& config() const override { return weights_->config; }
    std::string name() const override { return "cpu"; }
    std::string device() const override;
    Precision precision() const override { return precision_; }
    int threads() const override { return pool_.size(); }
    std::uint64_t weightBytesPerToken() const override;
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

  private:
    /// Tokens [begin, begin + count) of a batch.
    struct Chunk {
        int begin = 0;
        int count = 0;
    };

    void runChunk(const Batch& batch,
                  Chunk chunk,
                  cpu::PanelKvCache& cache,
                  StepOutput& out,
                  const std::stop_token& stop);
    bool hasArrived(int stage, const std::stop_token& stop) const;
    bool expertsHaveArrived(int layer,
                            std::span<const std::int32_t> experts,
                            std::span<const float> gates,
                            const std::stop_token& stop) const;
    void embed(std::span<const TokenId> tokens, int position);
    void runLayer(int layer,
                  Chunk chunk,
                  cpu::PanelKvCache& cache,
                  StepOutput& out,
                  const std::stop_token& stop);
    void routeChunk(int layer, Chunk chunk, int firstPosition, StepOutput& out);
    void tapAttention(Chunk chunk, cpu::PanelKvCache& cache, StepOutput& out);
    void tapLayer(int layer, Chunk chunk, StepOutput& out);
    void computeLogits(const Batch& batch,
                       Chunk chunk,
                       StepOutput& out,
                       const std::stop_token& stop);
    void tapExperts(int layer, Chunk chunk, std::span<const float> gates, StepOutput& out);
    void unembed(int firstRow, int count, float* logits, const std::stop_token& stop);
    void multiplyWords(int firstRow, int count, kernels::OutputRows y, const std::stop_token& stop);
    bool sumOverRanks(cpu::RowBuffer& rows, int count, MeetingPlace place);
    void addNormed(std::span<const float> norm, int numTokens);
    template <class Body>
    void forEachToken(int numTokens, const Body& body);

    std::shared_ptr<const ModelWeights> weights_;
    WorkerPool pool_;
    Precision precision_;
    DType cacheType_;
    cpu::Rounding rounding_;
    RoutingRules rules_;
    std::optional<AttentionHead> tapped_;  ///< of the step
    cpu::Scratch scratch_;
    Communicator* communicator_;    ///< null: the weights are the whole model
    std::vector<float> ownLogits_;  ///< [rows, words] of this rank, as many words as rank 0 has
    std::vector<float> allLogits_;  ///< [ranks, rows, words]
};

}  // namespace gatescope
