#include "engine/generation/generation_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/check.h"
#include "engine/error.h"

namespace gatescope {
namespace {

using Clock = std::chrono::steady_clock;

/// Tokens of a prompt that are computed together: few at first, so that progress shows soon, then
/// twice as many while that stays quick. Weights are read once a chunk.
constexpr std::size_t kFirstChunk = 64;
constexpr std::size_t kLargestChunk = 512;
constexpr std::chrono::milliseconds kQuickChunk{250};

std::chrono::microseconds since(Clock::time_point start) {
    return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start);
}

std::string nonFinitePlace(int layer, int numLayers) {
    return layer < numLayers ? fmt::format("layer {}", layer) : std::string("the output logits");
}

}  // namespace

GenerationRun::GenerationRun(const GenerationContext& context,
                             const GenerationRequest& request,
                             Emit emit)
    : context_(context),
      request_(request),
      emit_(std::move(emit)),
      interventions_(request.interventions, context.tokenizer.get()),
      reply_(request.stopStrings),
      start_(Clock::now()) {
    if (context_.tokenizer) text_.emplace(context_.tokenizer, /*atDocumentStart=*/false);
}

FinishReason GenerationRun::run(std::stop_token stop) {
    checkRequest();
    const int capacity = context_.sequence.capacity();
    const auto prompt = encodePrompt(
        request_.prompt, context_.tokenizer.get(), context_.decoder.config(), capacity);
    promptTokens_ = timings_.promptTokens = static_cast<int>(prompt.tokens.size());
    if (promptTokens_ >= capacity)
        throw Error(ErrorKind::BadUsage,
                    fmt::format("the prompt has {} tokens, but the context holds {} and needs room "
                                "for a reply: shorten it by at least {}",
                                promptTokens_,
                                capacity,
                                promptTokens_ - capacity + 1));
    const auto prefillStart = Clock::now();
    const auto reuse = context_.sequence.reuse(prompt, stop);
    timings_.reusedTokens = reuse.tokens;
    timings_.restoredTokens = reuse.restored;
    emit_(PromptEncoded{request_.id, prompt.segments, timings_.reusedTokens});

    if (prefill(prompt, prefillStart, stop) == Step::Stopped) return FinishReason::Stopped;
    try {
        const auto reason = decode(stop);
        endReply();
        flush();
        if (text_ && reason != FinishReason::StopString) trailingText_ = text_->finish();
        return reason;
    } catch (...) {  // handled by the caller; the words so far are the user's
        endReply();
        flush();
        if (text_) trailingText_ = text_->finish();
        throw;
    }
}

void GenerationRun::checkRequest() const {
    if (request_.maxTokens < 1)
        throw Error(
            ErrorKind::BadUsage,
            fmt::format("{} tokens were asked for, expected at least 1", request_.maxTokens));
    GS_CHECK(request_.drawsBefore >= 0);
    validate(request_.sampler);
    validate(request_.interventions, context_.decoder.config());
    for (const auto& stop : request_.stopStrings)
        if (stop.empty())
            throw Error(ErrorKind::BadUsage,
                        "a stop string is empty, so it would end every reply before it begins");
    if (!request_.stopStrings.empty() && !context_.tokenizer)
        throw Error(ErrorKind::BadUsage,
                    "this model has no tokenizer, so its reply is no text in which a stop string "
                    "could be found: ask without stop strings");
}

GenerationRun::Step GenerationRun::prefill(const EncodedPrompt& prompt,
                                           Clock::time_point start,
                                           std::stop_token stop) {
    const auto total = prompt.tokens.size();
    auto done = static_cast<std::size_t>(timings_.reusedTokens);
    std::size_t most = kFirstChunk;
    reportPrefill(0, timings_.reusedTokens, promptTokens_);
    while (done < total) {
        const auto& inForce = prompt.interventions[done];
        const std::size_t end = endOfBatch(prompt, done, most);
        const auto chunk = std::span(prompt.tokens).subspan(done, end - done);
        const auto logitsFor = end == total ? LogitsFor::LastToken : LogitsFor::None;
        const auto begun = Clock::now();
        if (compute(chunk, logitsFor, inForce, stop) == Step::Stopped) return Step::Stopped;
        requireFinite(static_cast<int>(done));
        if (Clock::now() - begun < kQuickChunk) most = std::min(2 * most, kLargestChunk);
        reportPrefill(static_cast<int>(done), static_cast<int>(end), promptTokens_);
        done = end;
    }
    timings_.prefill = since(start);
    return Step::Done;
}

void GenerationRun::reportPrefill(int first, int end, int total) {
    if (first == end) return;
    PrefillProgressed progress{request_.id, first, {}, end, total};
    progress.routing.reserve(static_cast<std::size_t>(end - first));
    for (int i = first; i < end; ++i) progress.routing.push_back(context_.sequence.routing(i));
    emit_(std::move(progress));
}

FinishReason GenerationRun::decode(std::stop_token stop) {
    sampler_.emplace(request_.sampler, request_.drawsBefore);
    // Drafts are verified against tokens that the host draws, and only the host knows which tokens
    // a scope holds.
    if (!request_.speculate && interventions_.everywhere())
        ahead_ = context_.sequence.continueWith(context_.decoder,
                                                logits(),
                                                request_.sampler,
                                                request_.drawsBefore,
                                                *interventions_.at(0, 0),
                                                request_.maxTokens);
    for (;;) {
        if (stop.stop_requested()) return FinishReason::Stopped;
        if (computedTokens_ == request_.maxTokens) return FinishReason::MaxTokens;
        if (const auto reason = decodeToken(stop)) return *reason;
    }
}

SampledToken GenerationRun::draw(int position) {
    if (ahead_) return ahead_->draw();
    return sampler_->sample(logits(),
                            context_.sequence.tokens().first(static_cast<std::size_t>(position)));
}

std::optional<FinishReason> GenerationRun::decodeToken(std::stop_token stop) {
    const auto start = Clock::now();
    const int position = verifiedTokens();
    const SampledToken sampled = draw(position);
    if (request_.stopAtEos && sampled.token == context_.decoder.config().eosToken)
        return FinishReason::EndOfText;
    if (position == context_.sequence.capacity()) return FinishReason::ContextFull;

    TokenGenerated token{.generation = request_.id,
                         .token = sampled.token,
                         .text = {},
                         .logProb = sampled.logProb,
                         .alternatives = sampled.alternatives,
                         .routing = nullptr,
                         .decodeTime = {}};
    // A token that is stopped half way leaves no trace, also not half a character.
    auto ahead = text_;
    if (ahead) token.text = ahead->next(sampled.token);
    const auto look = reply_.look(token.text);
    if (look.match) return finishAtStopString(*look.match, std::move(token), start, stop);
    if (computeReplyToken(token, start, stop) == Step::Stopped) return FinishReason::Stopped;
    text_ = std::move(ahead);
    reply_.hold(std::move(token), look.heldFrom);
    while (auto ready = reply_.release()) send(std::move(ready));
    return std::nullopt;
}

std::optional<FinishReason> GenerationRun::finishAtStopString(std::size_t match,
                                                              TokenGenerated token,
                                                              Clock::time_point start,
                                                              std::stop_token stop) {
    // The last token counts only if it begins before the stop string; else it need not be computed.
    if (match > reply_.heldBytes()) {
        if (computeReplyToken(token, start, stop) == Step::Stopped) return FinishReason::Stopped;
        reply_.hold(std::move(token), match);
    }
    endReply();
    const int dropped = reply_.cutAt(match);
    context_.sequence.truncate(context_.sequence.length() - dropped);
    computedTokens_ -= dropped;
    return FinishReason::StopString;
}

GenerationRun::Step GenerationRun::computeReplyToken(TokenGenerated& token,
                                                     Clock::time_point start,
                                                     std::stop_token stop) {
    token.drafted =
        accepted_ < draftTokens_ && token.token == batch_[static_cast<std::size_t>(accepted_) + 1];
    if (token.drafted) {
        ++accepted_;
    } else if (ahead_) {
        if (computeAhead(stop) == Step::Stopped) return Step::Stopped;
    } else {
        const int room = std::min(context_.sequence.capacity() - verifiedTokens(),
                                  request_.maxTokens - computedTokens_) -
                         1;
        const int most = request_.speculate ? std::min(gate_.most(), room) : 0;
        if (computeStep(token.token, most, stop) == Step::Stopped) return Step::Stopped;
    }
    token.routing = context_.sequence.routing(verifiedTokens() - 1);
    token.decodeTime = since(start);
    if (++computedTokens_ == 1) {
        timings_.timeToFirstToken = since(start_);
        return Step::Done;
    }
    timings_.decode += token.decodeTime;
    if (draftTokens_ == 0) {
        timings_.plainDecode += token.decodeTime;
        ++timings_.plainTokens;
    }
    return Step::Done;
}

/// Takes the next token of a reply that goes on by itself.
GenerationRun::Step GenerationRun::computeAhead(std::stop_token stop) {
    const int position = context_.sequence.length();
    const auto& interventions = interventions_.at(position, 0);  // the same everywhere
    if (context_.sequence.extend(*ahead_, interventions, out_, stop) == StepStatus::Stopped)
        return Step::Stopped;
    requireFinite(position);
    return Step::Done;
}

/// Computes `token` and up to `mostDrafted` tokens that may follow it.
GenerationRun::Step GenerationRun::computeStep(TokenId token,
                                               int mostDrafted,
                                               std::stop_token stop) {
    dropDraft();
    batch_.assign(1, token);
    if (mostDrafted > 0) promptLookup(context_.sequence.tokens(), token, mostDrafted, batch_);
    const int position = context_.sequence.length();
    cutDraft(position);
    const int drafted = static_cast<int>(batch_.size()) - 1;
    const auto begun = Clock::now();
    const auto logitsFor = drafted > 0 ? LogitsFor::AllTokens : LogitsFor::LastToken;
    const auto& interventions = interventions_.at(position, token);
    if (compute(batch_, logitsFor, interventions, stop) == Step::Stopped) return Step::Stopped;
    if (drafted > 0 && out_.firstNonFiniteLayer)  // a wrong guess must not end the reply
        return computeStep(token, 0, std::move(stop));
    requireFinite(position);
    stepTime_ = since(begun);
    if (drafted == 0) gate_.plainStep(stepTime_);
    draftTokens_ = drafted;
    return Step::Done;
}

/// A step has one set of interventions: the draft ends where another would be in force.
void GenerationRun::cutDraft(int position) {
    const auto& inForce = interventions_.at(position, batch_.front());
    std::size_t count = 1;
    while (count < batch_.size() &&
           interventions_.at(position + static_cast<int>(count), batch_[count]) == inForce)
        ++count;
    batch_.resize(count);
}

/// [vocabSize] of the token that comes next.
std::span<const float> GenerationRun::logits() const {
    const auto row = static_cast<std::size_t>(context_.decoder.config().vocabSize);
    return std::span(out_.logits).subspan(static_cast<std::size_t>(accepted_) * row, row);
}

/// What the sequence holds without the draft that waits.
int GenerationRun::verifiedTokens() const {
    return context_.sequence.length() - (draftTokens_ - accepted_);
}

/// What was computed ahead of the reply goes.
void GenerationRun::endReply() {
    ahead_.reset();
    dropDraft();
}

/// Ends a step with a draft: what was not verified goes, with its routing.
void GenerationRun::dropDraft() {
    if (draftTokens_ == 0) return;
    context_.sequence.truncate(verifiedTokens());
    gate_.draftStep(draftTokens_, accepted_, stepTime_);
    timings_.speculation.drafted += draftTokens_;
    timings_.speculation.accepted += accepted_;
    draftTokens_ = accepted_ = 0;
}

GenerationRun::Step GenerationRun::compute(
    std::span<const TokenId> tokens,
    LogitsFor logitsFor,
    const std::shared_ptr<const InterventionSet>& interventions,
    std::stop_token stop) {
    const Batch batch{.tokens = tokens, .logitsFor = logitsFor, .tapResiduals = false};
    const auto status =
        context_.sequence.extend(context_.decoder, batch, interventions, out_, std::move(stop));
    return status == StepStatus::Stopped ? Step::Stopped : Step::Done;
}

/// Throws if the step at `position` gave something that is no number; the sequence is without it.
void GenerationRun::requireFinite(int position) const {
    if (!out_.firstNonFiniteLayer) return;
    throw Error(
        ErrorKind::DeviceFault,
        fmt::format("{} gave a number that is not finite (NaN or infinity) at token {}: the "
                    "generation was stopped, its text kept; the weights may be damaged, or an "
                    "intervention too large",
                    nonFinitePlace(*out_.firstNonFiniteLayer, context_.decoder.config().numLayers),
                    position));
}

void GenerationRun::send(std::optional<TokenGenerated> token) {
    ++timings_.generatedTokens;
    emit_(*std::move(token));
}

void GenerationRun::flush() {
    while (auto token = reply_.releaseAny()) send(std::move(token));
}

}  // namespace gatescope
