#pragma once

#include <memory>
#include <string>

#include "engine/decoder/decoder.h"
#include "engine/decoder/reference/arithmetic.h"
#include "engine/decoder/routing_rules.h"

namespace gatescope {

/// The model as its definition reads: f32, one thread, no tricks. The truth the other decoders are
/// tested against, and the only one that can round where xAI's JAX code rounds.
class ReferenceDecoder final : public Decoder {
  public:
    ReferenceDecoder(std::shared_ptr<const ModelWeights> weights, Precision precision);

    const ModelConfig& config() const override { return weights_->config; }
    std::string name() const override { return "reference"; }
    std::string device() const override;
    int threads() const override { return 1; }
    Precision precision() const override { return arithmetic_.precision; }
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
    reference::Rows embed(std::span<const TokenId> tokens) const;
    StepStatus mixExperts(int layer,
                          int firstPosition,
                          const reference::Rows& input,
                          StepOutput& out,
                          reference::Rows& output,
                          const std::stop_token& stop) const;
    void normExpertParts(int layer, const reference::Rows& change, StepOutput& out) const;
    StepStatus computeLogits(const reference::Rows& hidden,
                             int numRows,
                             std::span<float> logits,
                             const std::stop_token& stop) const;

    std::shared_ptr<const ModelWeights> weights_;
    reference::Arithmetic arithmetic_;
    RoutingRules rules_;
};

}  // namespace gatescope
