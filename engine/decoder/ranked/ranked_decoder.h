#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "engine/decoder/decoder.h"
#include "engine/model/weights.h"
#include "engine/parallel/communicator.h"

namespace gatescope {

/// Several decoders that compute one model together: each is a rank, on a thread of its own, has a
/// shard of the weights (engine/parallel/shards.h), and meets the others at the sums of each layer.
/// All ranks route by the same bits, which is checked behind every step.
///
/// A rank that fails or does not come ends the step on all ranks, within the group's deadline; the
/// cache is as before the step, and the next step may follow. If a rank does not even come back
/// then, the decoder is of no use any more and says so: load the model again.
class RankedDecoder final : public Decoder {
  public:
    /// Makes the decoder of one rank, which is called on its thread.
    using MakeRank = std::function<std::unique_ptr<Decoder>(Communicator& communicator)>;

    struct Deadlines {
        std::chrono::milliseconds back{5'000};  ///< for a rank to come back from a step given up
    };

    /// `config` and `weights` are of the whole model. Throws what `make` throws.
    RankedDecoder(std::shared_ptr<const ModelWeights> weights,
                  std::unique_ptr<CommunicatorGroup> group,
                  const MakeRank& make,
                  Deadlines deadlines);
    ~RankedDecoder() override;

    const ModelConfig& config() const override { return weights_->config; }
    std::string name() const override { return "cpu"; }
    std::string device() const override;
    int threads() const override;
    Precision precision() const override;
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
    class Ranks;

    std::shared_ptr<const ModelWeights> weights_;
    std::shared_ptr<Ranks> ranks_;  ///< shared with their threads
};

}  // namespace gatescope
