#pragma once

#include <memory>
#include <span>
#include <vector>

#include "engine/decoder/decoder.h"
#include "engine/generation/prompt.h"
#include "engine/routing/routing_record.h"

namespace gatescope {

/// The tokens a KV cache holds, with what was in force when each was computed and how it was
/// routed: what a later prompt may share its beginning with. Owns the cache. Engine thread only.
class Sequence {
  public:
    Sequence(const ModelConfig& config, std::unique_ptr<KvCache> cache);

    int length() const { return cache_->length(); }
    int capacity() const { return cache_->capacity(); }
    std::span<const TokenId> tokens() const { return tokens_; }
    const RoutingRecordPtr& routing(int position) const;

    /// Keeps the longest common beginning with `prompt` and forgets the rest. At least the last
    /// token of the prompt is left to compute, for its logits. Returns the tokens kept.
    int reuse(const EncodedPrompt& prompt);

    /// Computes `batch` behind what is held and keeps its routing. Stopped: nothing has changed.
    /// If the decoder throws, what the cache holds is unknown and the whole sequence is forgotten.
    /// If a result is not finite (`out.firstNonFiniteLayer`), the batch is forgotten again.
    StepStatus extend(Decoder& decoder,
                      const Batch& batch,
                      const std::shared_ptr<const InterventionSet>& interventions,
                      StepOutput& out,
                      std::stop_token stop);

    /// Requires length <= length().
    void truncate(int length);

  private:
    ModelConfig config_;
    std::unique_ptr<KvCache> cache_;
    std::vector<TokenId> tokens_;
    std::vector<std::shared_ptr<const InterventionSet>> interventions_;
    std::vector<RoutingRecordPtr> routing_;
};

}  // namespace gatescope
