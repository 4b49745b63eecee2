#include <fmt/format.h>

#include <utility>

#include "engine/chat/chat_session_impl.h"
#include "engine/tokenizer/tokenizer.h"

namespace gatescope {

void ChatSession::Impl::requireInspection(int token) const {
    if (!model || !usable)
        refuse(loading() ? "the model is still loading: a token can be looked into when it is there"
                         : "no model is open: what happened inside a token is computed anew, so "
                           "open the model that this conversation was with");
    if (conversation.facts.name != model->name || conversation.facts.numLayers == 0)
        refuse(
            fmt::format("this conversation was with {}, but {} is open: open the former to look "
                        "into its tokens",
                        conversation.facts.name.empty() ? "another model" : conversation.facts.name,
                        model->name));
    if (phase != Phase::Idle) refuse("a reply is being written: stop it first, or wait");
    if (token < 1 || token > branch.traceSize())
        refuse(branch.traceSize() == 0
                   ? "there is no token yet: send a message first"
                   : fmt::format("token {} cannot be looked into: expected 1 to {}, as something "
                                 "has to stand before it",
                                 token,
                                 branch.traceSize()));
}

/// The tokens in front of `token`, with what was in force at each.
std::vector<PromptSegment> ChatSession::Impl::segmentsBefore(int token) const {
    std::vector<PromptSegment> segments;
    int left = token;
    for (int i = 0; i < branch.size() && left > 0; ++i) {
        const Message& message = branch.messages()[static_cast<std::size_t>(i)];
        PromptSegment segment;
        segment.interventions = message.interventions;
        for (const TokenRecord& known : message.tokens) {
            if (left-- == 0) break;
            segment.tokens.push_back(known.token);
        }
        if (!segment.tokens.empty()) segments.push_back(std::move(segment));
    }
    return segments;
}

void ChatSession::Impl::handle(const TokenInspected& e) {
    if (e.id == inspection) inspecting = false;
    if (e.id == inspection && e.inspection != nullptr)
        observer->tokenInspected(inspectedToken, e.inspection);
    else
        observer->inspectionEnded();
}

void ChatSession::Impl::handle(const AttentionMapped& e) {
    if (e.id == inspection) inspecting = false;
    if (e.id == inspection && e.map != nullptr)
        observer->attentionMapped(e.map);
    else
        observer->inspectionEnded();
}

void ChatSession::Impl::beginInspection(GenerationId id) {
    inspection = id;
    inspecting = true;
}

void ChatSession::inspectToken(int index, const InspectionWishes& wishes) {
    impl_->requireInspection(index);
    InspectionRequest request{.id = impl_->nextInspection(),
                              .prompt = impl_->segmentsBefore(index),
                              .chosen = std::nullopt,
                              .alternatives = wishes.alternatives,
                              .lensWords = wishes.lensWords,
                              .attention = wishes.attention};
    if (index < impl_->branch.traceSize())
        request.chosen = std::as_const(impl_->branch).token(index).token;
    const GenerationId id = request.id;
    impl_->engine.inspect(std::move(request));  // throws when too much waits already
    impl_->inspectedToken = index;
    impl_->beginInspection(id);
}

void ChatSession::mapAttention(AttentionHead head, int firstToken, int end) {
    impl_->requireInspection(end);
    AttentionMapRequest request{.id = impl_->nextInspection(),
                                .prompt = impl_->segmentsBefore(end),
                                .head = head,
                                .firstQuery = firstToken};
    const GenerationId id = request.id;
    impl_->engine.mapAttention(std::move(request));  // throws when too much waits already
    impl_->beginInspection(id);
}

void ChatSession::stopInspecting() {
    impl_->engine.stopInspecting();
}

bool ChatSession::inspecting() const {
    return impl_->inspecting;
}

std::string ChatSession::tokenText(TokenId token) const {
    if (!impl_->model || !impl_->model->tokenizer) return {};
    StreamDecoder decoder(impl_->model->tokenizer, /*atDocumentStart=*/false);
    std::string text = decoder.next(token);
    return text + decoder.finish();
}

}  // namespace gatescope
