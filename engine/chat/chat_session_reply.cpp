#include "engine/chat/chat_session_impl.h"

#include <utility>

#include "engine/check.h"
#include "engine/tokenizer/tokenizer.h"

namespace gatescope {
namespace {

/// Streamed text is committed at least this often; the promise is 250 ms, the commit itself takes
/// the rest.
constexpr std::chrono::milliseconds kCommitInterval{150};

}  // namespace

void ChatSession::Impl::handle(const PromptEncoded& e) {
    if (e.generation != generation) return;
    StreamDecoder* decoder = nullptr;
    std::optional<StreamDecoder> stream;
    if (model->tokenizer) decoder = &stream.emplace(model->tokenizer, true);
    int firstNew = -1;
    for (std::size_t i = 0; i < e.segments.size(); ++i) {
        const int index = segmentMessages[i];
        std::vector<TokenRecord> tokens;
        for (const TokenId id : e.segments[i]) {
            TokenRecord token;
            token.token = id;
            if (decoder != nullptr) token.text = decoder->next(id);
            tokens.push_back(std::move(token));
        }
        if (!branch.message(index).tokens.empty()) continue;
        if (firstNew < 0) firstNew = branch.firstTokenOfMessage(index);
        branch.setTokens(index, std::move(tokens));
        uncommittedPrompts.push_back(index);
    }
    if (firstNew >= 0) observer->traceExtended(firstNew);
    observer->prefillProgressed(e.reusedTokens, branch.traceSize());
}

void ChatSession::Impl::handle(const PrefillProgressed& e) {
    if (e.generation != generation) return;
    int firstNew = -1;
    for (std::size_t i = 0; i < e.routing.size(); ++i) {
        TokenRecord& token = branch.token(e.firstPosition + static_cast<int>(i));
        if (token.routing) continue;  // computed before; what was seen then stays
        token.routing = e.routing[i];
        const int position = e.firstPosition + static_cast<int>(i);
        learnHeat(branch.messages()[static_cast<std::size_t>(branch.messageOfToken(position))],
                  token.routing);
        if (firstNew < 0) firstNew = position;
    }
    if (firstNew >= 0) observer->traceExtended(firstNew);
    observer->prefillProgressed(e.done, e.total);
}

void ChatSession::Impl::handle(const TokenGenerated& e) {
    if (e.generation != generation) return;
    if (phase == Phase::Prefill) commitPromptTokens();
    phase = Phase::Decode;
    TokenRecord token{.token = e.token,
                      .text = e.text,
                      .generated = true,
                      .drafted = e.drafted,
                      .logProb = e.logProb,
                      .alternatives = e.alternatives,
                      .routing = e.routing};
    uncommittedTokens.push_back(token);
    uncommittedText += e.text;
    branch.appendToken(std::move(token));
    const int reply = branch.size() - 1;
    learnHeat(branch.message(reply), e.routing);
    branch.message(reply).text += e.text;
    observer->messageTextChanged(reply);
    observer->traceExtended(branch.traceSize() - 1);
}

void ChatSession::Impl::handle(const GenerationFinished& e) {
    if (e.generation == generation) finish(e);
}

// ---------------------------------------------------------------- to the store

void ChatSession::Impl::commitPromptTokens() {
    for (const int index : uncommittedPrompts) {
        GS_DCHECK(index != branch.size() - 1 || uncommittedTokens.empty());
        saved.setTokens(
            index, branch.message(index).tokens, [this](const auto& error) { reportOn(error); });
    }
    uncommittedPrompts.clear();
}

// Asked every frame and not when a token comes: the next one may be long in coming, or never come.
void ChatSession::Impl::commitIfDue() {
    if (!uncommittedTokens.empty() && Clock::now() - lastCommit >= kCommitInterval)
        commitReply(MessageState::Streaming);
}

void ChatSession::Impl::commitReply(MessageState state,
                                    std::optional<FinishReason> reason,
                                    const std::optional<ReplyRun>& run) {
    lastCommit = Clock::now();
    saved.append(branch.size() - 1,
                 std::exchange(uncommittedText, {}),
                 std::exchange(uncommittedTokens, {}),
                 state,
                 reason,
                 run,
                 [this](const auto& error) { reportOn(error); });
}

/// Those that somebody has set meanwhile are for the next one.
void ChatSession::Impl::takeAwayInterventionsOfReply() {
    const bool replyEnds = phase == Phase::Prefill || phase == Phase::Decode;
    if (!replyEnds || reach != InterventionReach::Reply || interventions.empty() ||
        branch.messages().back().interventions != interventions)
        return;
    changeInterventions({});
}

void ChatSession::Impl::finish(const GenerationFinished& finished) {
    if (phase == Phase::Prefill || phase == Phase::Decode) {
        commitPromptTokens();
        Message& reply = branch.message(branch.size() - 1);
        reply.text += finished.trailingText;
        uncommittedText += finished.trailingText;
        if (!reply.tokens.empty()) reply.tokens.back().text += finished.trailingText;
        reply.state = finished.reason == FinishReason::Failed ? MessageState::Interrupted
                                                              : MessageState::Complete;
        reply.finishReason = finished.reason;
        const bool computed = finished.timings.promptTokens > 0;
        if (computed) reply.run = replyRun(finished.timings, replyStopStrings);
        commitReply(reply.state, finished.reason, reply.run);
        observer->messageTextChanged(branch.size() - 1);
    }
    takeAwayInterventionsOfReply();
    phase = Phase::Idle;
    stopRequested = false;
    if (heat != nullptr) heat->replyEnded();
    observer->generationFinished(finished);
    refreshList();
    if (afterFinish) std::exchange(afterFinish, {})();
}

}  // namespace gatescope
