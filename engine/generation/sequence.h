#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/decoder/decoder.h"
#include "engine/generation/branch_memory.h"
#include "engine/generation/prompt.h"
#include "engine/routing/routing_record.h"

namespace gatescope {

/// The tokens a KV cache holds, with what was in force when each was computed and how it was
/// routed: what a later prompt may share its beginning with; and the ends of other branches, put
/// aside. Owns the cache. Engine thread only.
class Sequence {
  public:
    /// `branchBytes` bounds what is put aside. Throws Error(NoMemory).
    Sequence(const ModelConfig& config,
             std::unique_ptr<KvCache> cache,
             std::uint64_t branchBytes = 0);

    struct Reuse {
        int tokens = 0;    ///< held and not to be computed again
        int restored = 0;  ///< of these, brought back from a branch put aside
    };

    int length() const { return cache_->length(); }
    int capacity() const { return cache_->capacity(); }
    std::uint64_t bytesPerToken() const { return cache_->rowBytes(); }
    std::span<const TokenId> tokens() const { return tokens_; }
    const RoutingRecordPtr& routing(int position) const;
    BranchMemoryUse branches() const { return branches_.use(); }

    /// Keeps the longest common beginning with `prompt`, puts the rest aside and brings back what
    /// is known of the prompt behind it. At least the last token of the prompt is left to compute,
    /// for its logits. Within some 50 ms of a request to stop, less is brought back. If the cache
    /// throws, everything is forgotten.
    Reuse reuse(const EncodedPrompt& prompt, const std::stop_token& stop = {});

    /// Computes `batch` behind what is held and keeps its routing. Stopped: nothing has changed.
    /// If the decoder throws, what the cache holds is unknown and the whole sequence is forgotten.
    /// If a result is not finite (`out.firstNonFiniteLayer`), the batch is forgotten again.
    StepStatus extend(Decoder& decoder,
                      const Batch& batch,
                      const std::shared_ptr<const InterventionSet>& interventions,
                      StepOutput& out,
                      std::stop_token stop);

    /// The same with the token that `reply` has drawn.
    StepStatus extend(Continuation& reply,
                      const std::shared_ptr<const InterventionSet>& interventions,
                      StepOutput& out,
                      const std::stop_token& stop);

    /// A reply that `decoder` goes on with by itself; null where it does not. It ends before
    /// anything else is done with the sequence. `logits` are those behind the last token.
    std::unique_ptr<Continuation> continueWith(Decoder& decoder,
                                               std::span<const float> logits,
                                               const SamplerConfig& sampler,
                                               int drawsBefore,
                                               const InterventionSet& interventions,
                                               int maxTokens);

    /// Appends all that is held to `other`, an empty cache of the same decoder, with room for it.
    StepStatus copyTo(KvCache& other, const std::stop_token& stop) const;

    /// Requires length <= length().
    void truncate(int length);

  private:
    template <class Compute>
    StepStatus extend(std::span<const TokenId> tokens,
                      const std::shared_ptr<const InterventionSet>& interventions,
                      StepOutput& out,
                      const Compute& compute);
    void forget();

    ModelConfig config_;
    std::unique_ptr<KvCache> cache_;
    std::vector<KnownToken> known_;
    std::vector<TokenId> tokens_;  ///< of known_, as the sampler wants them
    BranchMemory branches_;
};

}  // namespace gatescope
