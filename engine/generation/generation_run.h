#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>

#include "engine/decoder/decoder.h"
#include "engine/event.h"
#include "engine/generation/prompt.h"
#include "engine/generation/reply_buffer.h"
#include "engine/generation/scoped_interventions.h"
#include "engine/generation/sequence.h"
#include "engine/generation/speculation.h"
#include "engine/sampling/sampler.h"
#include "engine/tokenizer/tokenizer.h"

namespace gatescope {

/// What a generation runs on. All outlive it; it changes `sequence`.
struct GenerationContext {
    Decoder& decoder;
    Sequence& sequence;
    std::shared_ptr<const Tokenizer> tokenizer;  ///< null: ids only
};

/// One request from prompt to last token: prefix reuse, prefill in chunks, decode loop. Runs on the
/// thread that calls run(); used once. A decode step allocates only what it hands over: the
/// token's event with its routing record; with speculation also the records of tokens that are
/// dropped again before anybody has seen them.
class GenerationRun {
  public:
    /// May wait while the one who listens is slow. Never throws.
    using Emit = std::function<void(Event)>;

    /// `request` outlives the run. Throws Error(BadUsage) for a scope that this model cannot tell.
    GenerationRun(const GenerationContext& context, const GenerationRequest& request, Emit emit);

    /// Emits PromptEncoded, PrefillProgressed (reused tokens first, with the routing they had) and
    /// TokenGenerated. Every token sent is part of the sequence, in order, and has been through the
    /// model. The caller sends GenerationFinished, also when this throws.
    /// Throws Error(BadUsage) for a request that makes no sense or does not fit, Error(DeviceFault)
    /// naming the layer when numbers stop being finite, and what the decoder throws; tokens
    /// computed until then have been emitted.
    FinishReason run(std::stop_token stop);

    /// What an unfinished character left; after run(), also when it threw.
    const std::string& trailingText() const { return trailingText_; }
    const GenerationTimings& timings() const { return timings_; }

  private:
    enum class Step { Done, Stopped };

    void checkRequest() const;
    Step prefill(const EncodedPrompt& prompt,
                 std::chrono::steady_clock::time_point start,
                 std::stop_token stop);
    void reportPrefill(int first, int end, int total);
    FinishReason decode(std::stop_token stop);
    std::optional<FinishReason> decodeToken(std::stop_token stop);
    SampledToken draw(int position);
    std::optional<FinishReason> finishAtStopString(std::size_t match,
                                                   TokenGenerated token,
                                                   std::chrono::steady_clock::time_point start,
                                                   std::stop_token stop);
    Step compute(std::span<const TokenId> tokens,
                 LogitsFor logitsFor,
                 const std::shared_ptr<const InterventionSet>& interventions,
                 std::stop_token stop);
    Step computeReplyToken(TokenGenerated& token,
                           std::chrono::steady_clock::time_point start,
                           std::stop_token stop);
    Step computeStep(TokenId token, int mostDrafted, std::stop_token stop);
    Step computeAhead(std::stop_token stop);
    void endReply();
    void requireFinite(int position) const;
    std::span<const float> logits() const;
    int verifiedTokens() const;
    void cutDraft(int position);
    void dropDraft();
    void send(std::optional<TokenGenerated> token);
    void flush();

    GenerationContext context_;
    const GenerationRequest& request_;
    Emit emit_;
    ScopedInterventions interventions_;  ///< of the reply
    ReplyBuffer reply_;
    std::optional<StreamDecoder> text_;
    std::optional<Sampler> sampler_;
    std::unique_ptr<Continuation> ahead_;  ///< where the decoder draws by itself
    StepOutput out_;
    DraftGate gate_;
    std::vector<TokenId> batch_;  ///< of the last step: a token and its draft
    int draftTokens_ = 0;         ///< of batch_, in the sequence behind the token
    int accepted_ = 0;            ///< of these, verified; the others may yet be dropped
    DraftGate::Duration stepTime_{0};
    int promptTokens_ = 0;
    int computedTokens_ = 0;  ///< of the reply
    std::string trailingText_;
    GenerationTimings timings_;
    std::chrono::steady_clock::time_point start_;
};

}  // namespace gatescope
