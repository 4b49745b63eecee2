#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>

#include "engine/comparison/score.h"
#include "engine/decoder/decoder.h"
#include "engine/event.h"
#include "engine/generation/prompt.h"
#include "engine/generation/sequence.h"
#include "engine/tokenizer/tokenizer.h"

namespace gatescope {

/// What a score runs on. All outlive it; it changes `sequence`.
struct ScoreContext {
    Decoder& decoder;
    Sequence& sequence;
    const Tokenizer* tokenizer = nullptr;  ///< null: ids only
    /// Bytes of the machine's own memory that are free; null where caches do not lie there.
    std::function<std::uint64_t()> freeMemory = nullptr;
};

/// One ScoreRequest from first to last token. The plain way goes through the conversation's own
/// sequence, which puts aside what it held; the changed way has a KV cache of its own, just as long
/// as the request, that begins with copies of the rows both ways share. Both advance chunk by chunk
/// side by side, so that no more logits are held than two chunks have.
/// Why not one cache and two passes: the logits of the first would have to be kept, [tokens,
/// vocabSize], half a megabyte a token. Runs on the thread that calls run(); used once.
class ScoreRun {
  public:
    using Emit = std::function<void(Event)>;

    /// `request` outlives the run.
    ScoreRun(const ScoreContext& context, const ScoreRequest& request, Emit emit);

    /// Emits PositionsScored for each chunk; they cover the tokens from `firstPosition` on, in
    /// order. The caller sends ScoreFinished, also when this throws. Throws Error(BadUsage) for a
    /// request that makes no sense or does not fit, Error(NoMemory) with both numbers where the
    /// second cache does not, before anything is computed, Error(DeviceFault) for a result that is
    /// not finite.
    StepStatus run(const std::stop_token& stop);

  private:
    struct Chunk {
        std::size_t first = 0;
        std::size_t count = 0;
    };
    EncodedPrompt encode() const;
    void makeSecondCache(int tokens);
    StepStatus computeShared(const EncodedPrompt& all, const std::stop_token& stop);
    StepStatus computePlain(std::span<const TokenId> tokens,
                            LogitsFor logitsFor,
                            const std::shared_ptr<const InterventionSet>& interventions,
                            const std::stop_token& stop);
    StepStatus computeChanged(std::span<const TokenId> tokens,
                              const InterventionSet& interventions,
                              const std::stop_token& stop);
    std::vector<PositionScore> score(const EncodedPrompt& all, Chunk chunk) const;
    void requireFinite(const StepOutput& out, int position) const;

    ScoreContext context_;
    const ScoreRequest& request_;
    Emit emit_;
    std::unique_ptr<KvCache> cache_;  ///< of the changed way
    StepOutput plain_;
    StepOutput changed_;
};

}  // namespace gatescope
