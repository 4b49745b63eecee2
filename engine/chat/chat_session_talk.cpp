#include "engine/chat/chat_session_impl.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <utility>

#include "engine/io/shown_text.h"
#include "engine/settings/settings_files.h"
#include "engine/tokenizer/tokenizer.h"

namespace gatescope {
namespace {

constexpr std::size_t kTitleLength = 48;
constexpr const char* kBlanks = " \t\n\r";

std::int64_t nowMs() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

/// The first words of a message, whole UTF-8 characters of one line.
std::string titleOf(const std::string& text) {
    std::string line = text.substr(0, text.find('\n', text.find_first_not_of(" \n\t")));
    line.erase(0, std::min(line.find_first_not_of(" \n\t"), line.size()));
    if (line.size() <= kTitleLength) return line;
    std::size_t end = kTitleLength;
    while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0U) == 0x80U) --end;
    return line.substr(0, end) + "…";
}

std::uint64_t freshSeed() {
    std::random_device device;
    const std::uint64_t seed = (static_cast<std::uint64_t>(device()) << 32) | device();
    return seed == 0 ? 1 : seed;
}

ModelFacts factsOf(const ModelInfo& model) {
    return {.name = model.name,
            .numLayers = model.config.numLayers,
            .numExperts = model.config.numExperts,
            .numSelected = model.config.numSelected,
            .synthetic = model.synthetic,
            .decoder = model.decoder,
            .precision = model.precision,
            .numRanks = model.numRanks,
            .fingerprint = model.fingerprint};
}

/// Numbers of its seed that a reply has taken: one a token, and one for what ended it by itself,
/// which would come again.
int drawsOf(const Message& reply) {
    const auto tokens = std::ranges::count_if(reply.tokens, &TokenRecord::generated);
    const bool ended = reply.finishReason == FinishReason::EndOfText ||
                       reply.finishReason == FinishReason::StopString;
    return static_cast<int>(tokens) + (ended ? 1 : 0);
}

/// Of what a person has put before the tokens that were generated, nothing goes.
void cutBefore(Message& reply, std::size_t token) {
    std::size_t kept = reply.text.size();
    for (std::size_t i = token; i < reply.tokens.size(); ++i)
        kept -= std::min(kept, reply.tokens[i].text.size());
    reply.text.resize(kept);
    reply.tokens.resize(token);
}

}  // namespace

void ChatSession::Impl::requireTalk() const {
    if (replay) refuse("this is a recording: start a new chat to talk to a model");
    if (loading() && !usable) refuse("the model is still loading: wait, or cancel the load");
    if (!model) refuse("no model is open: open one, or try the demo");
    if (!model->tokenizer)
        refuse(fmt::format("{} has no tokenizer, so it cannot read text", model->name));
    if (templates.find(templateName) == nullptr)
        refuse(
            fmt::format("the template '{}' of this conversation is gone: choose another one, or "
                        "bring its file back",
                        shownText(templateName)));
    requireIdle();
}

void ChatSession::Impl::requireIdle() const {
    if (replay) refuse("this is a recording: start a new chat to talk to a model");
    if (phase != Phase::Idle) refuse("a reply is being written: stop it first");
}

SamplerConfig ChatSession::Impl::samplerOfNextReply() const {
    SamplerConfig next = options.sampler;
    if (next.seed == 0) next.seed = freshSeed();
    return next;
}

// The user's message has to be durable before its generation is submitted.
void ChatSession::Impl::saveThenGenerate() {
    engine.stopScores();
    if (!aside.empty()) engine.stop();  // before the reply is submitted: it meets only those
    phase = Phase::SavingUserMessage;
    stopRequested = false;
    observer->generationStarted();
    const int index = branch.size() - 1;
    const auto next = [this, index](const std::optional<std::string>& error) {
        if (error) {
            observer->failed(fmt::format(
                "your message could not be saved, so no reply was started: {}", *error));
            finish({.generation = generation, .reason = FinishReason::Failed});
        } else if (stopRequested || !model) {  // its load may have been cancelled meanwhile
            finish({.generation = generation, .reason = FinishReason::Stopped});
        } else {
            startReply(replySampler);
        }
        if (!error && index == 0) refreshList();
    };
    if (saved.isSaved(index))
        next(std::nullopt);
    else
        saved.addMessage(index, conversation, branch.message(index), next);
}

void ChatSession::Impl::startReply(SamplerConfig withSampler) {
    dropTokensOfAnotherModel();
    Message reply;
    reply.role = Role::Assistant;
    reply.state = MessageState::Streaming;
    reply.sampler = withSampler;
    reply.interventions = replyInterventions;
    reply.createdMs = nowMs();
    branch.append(std::move(reply));
    const int index = branch.size() - 1;
    saved.addMessage(
        index, conversation, branch.message(index), [this](const auto& error) { reportOn(error); });
    observer->messageAppended(index);
    submitReply();
}

// Ids belong to a vocabulary: a conversation that goes on with another model is encoded again.
void ChatSession::Impl::dropTokensOfAnotherModel() {
    if (conversation.model == model->model) {
        if (!conversation.facts.fingerprint.empty() || model->fingerprint.empty()) return;
        conversation.facts.fingerprint = model->fingerprint;  // it talked before all was read
        saved.update(conversation, [this](const auto& error) { reportOn(error); });
        return;
    }
    conversation.model = model->model;
    conversation.facts = factsOf(*model);
    saved.update(conversation, [this](const auto& error) { reportOn(error); });
    bool dropped = false;
    for (int i = 0; i < branch.size(); ++i) {
        dropped = dropped || !branch.message(i).tokens.empty();
        branch.setTokens(i, {});
    }
    if (dropped) observer->conversationOpened();
}

void ChatSession::Impl::submitReply() {
    phase = Phase::Prefill;
    generation = ++lastId;
    uncommittedPrompts.clear();
    lastCommit = Clock::now();
    engine.stopInspecting();
    engine.submit(buildRequest());
}

GenerationRequest ChatSession::Impl::buildRequest() {
    const PromptTemplate& t = templates.at(templateName);
    GenerationRequest request;
    segmentMessages.clear();
    for (int i = 0; i < branch.size(); ++i) {
        const Message& message = branch.message(i);
        PromptSegment segment;
        segment.interventions = message.interventions;
        for (const auto& token : message.tokens) segment.tokens.push_back(token.token);
        segment.text = textOf(piecesOf(t, i));
        if (segment.text.empty() && segment.tokens.empty()) continue;
        request.prompt.push_back(std::move(segment));
        segmentMessages.push_back(i);
    }
    request.id = generation;
    request.interventions = branch.messages().back().interventions;
    request.sampler = branch.messages().back().sampler;
    request.drawsBefore = drawsOf(branch.messages().back());
    request.maxTokens = options.maxTokens;
    request.speculate = options.speculation;
    request.stopStrings = t.stopStrings;
    for (const auto& stop : options.stopStrings) request.stopStrings.push_back(stop);
    replyStopStrings = request.stopStrings;
    return request;
}

// ---------------------------------------------------------------- what the user asks for

void ChatSession::send(const std::string& text) {
    impl_->requireTalk();
    if (text.find_first_not_of(kBlanks) == std::string::npos) refuse("there is no text to send");
    if (impl_->branch.empty()) {
        impl_->conversation.title = titleOf(text);
        impl_->conversation.templateName = impl_->templateName;
        impl_->conversation.settingsJson = optionsText(impl_->options);
        impl_->conversation.model = impl_->model->model;
        impl_->conversation.facts = factsOf(*impl_->model);
    }
    Message message;
    message.text = text;
    if (impl_->reach == InterventionReach::Chat) message.interventions = impl_->interventions;
    message.createdMs = nowMs();
    impl_->branch.append(std::move(message));
    impl_->observer->messageAppended(impl_->branch.size() - 1);
    impl_->replySampler = impl_->samplerOfNextReply();
    impl_->replyInterventions = impl_->interventions;
    impl_->saveThenGenerate();
}

void ChatSession::stop() {
    if (!generating()) return;
    impl_->stopRequested = true;
    impl_->engine.stop();
}

void ChatSession::regenerate() {
    impl_->requireTalk();
    if (impl_->branch.empty()) refuse("there is no reply to regenerate yet");
    impl_->replySampler = impl_->samplerOfNextReply();
    impl_->replyInterventions = impl_->interventions;
    const Message& last = impl_->branch.messages().back();
    if (last.role == Role::Assistant && impl_->options.sampler.seed == 0 &&
        last.interventions != impl_->interventions)
        impl_->replySampler.seed = last.sampler.seed;
    impl_->replaceReply();
}

void ChatSession::rerun(const InterventionSet& set) {
    impl_->requireTalk();
    if (impl_->branch.empty() || impl_->branch.messages().back().role != Role::Assistant)
        refuse("there is no reply to run again yet");
    validate(set, impl_->model->config);
    impl_->replySampler = impl_->branch.messages().back().sampler;
    impl_->replyInterventions = set;
    impl_->replaceReply();
}

void ChatSession::Impl::replaceReply() {
    if (branch.messages().back().role == Role::Assistant) {
        branch.truncate(branch.size() - 1);
        saved.truncate(branch.size());
        observer->conversationOpened();
        if (branch.empty()) refuse("there is no message before this reply");
    }
    saveThenGenerate();
}

void ChatSession::Impl::requireSameInterventions(const Message& reply) const {
    if (reach == InterventionReach::Chat && reply.interventions != interventions)
        refuse("this reply was written with other interventions: restore them, or regenerate it");
}

void ChatSession::continueReply() {
    impl_->requireTalk();
    if (impl_->branch.empty() || impl_->branch.messages().back().role != Role::Assistant)
        refuse("there is no reply to continue");
    Message& reply = impl_->branch.message(impl_->branch.size() - 1);
    impl_->requireSameInterventions(reply);
    impl_->dropTokensOfAnotherModel();
    reply.state = MessageState::Streaming;
    impl_->stopRequested = false;
    impl_->submitReply();
    impl_->observer->generationStarted();  // generating() is true by now, as after send()
}

TokenRecord ChatSession::Impl::chosenToken(const Message& reply,
                                           const TokenRecord& replaced,
                                           TokenId id) const {
    TokenRecord chosen{.token = id, .generated = true, .chosen = true};
    // As a character may begin in the tokens before, they are spelt, too.
    StreamDecoder text(model->tokenizer, /*atDocumentStart=*/false);
    for (const auto& token : reply.tokens)
        if (token.generated) text.next(token.token);
    chosen.text = text.next(id);
    if (!replaced.alternatives) return chosen;
    auto alternatives = std::make_shared<TokenAlternatives>(*replaced.alternatives);
    const auto found = std::ranges::find(alternatives->tokens, id);
    if (found == alternatives->tokens.end()) return chosen;
    const auto place = found - alternatives->tokens.begin();
    chosen.logProb = alternatives->logProbs[static_cast<std::size_t>(place)];
    alternatives->rank = static_cast<int>(place) + 1;
    chosen.alternatives = std::move(alternatives);
    return chosen;
}

void ChatSession::forkReply(int token, TokenId instead) {
    impl_->requireTalk();
    Branch& branch = impl_->branch;
    if (token < 0 || token >= branch.traceSize())
        refuse(fmt::format("token {}: the conversation has {}", token, branch.traceSize()));
    const TokenRecord replaced = branch.token(token);
    if (!replaced.generated)
        refuse("this token was read, not written: only what the model wrote can be replaced");
    if (impl_->conversation.model != impl_->model->model)
        refuse("this reply is by another model, whose ids mean other words: regenerate it");
    if (instead < 0 || instead >= impl_->model->config.vocabSize)
        refuse(fmt::format(
            "id {}: the model's vocabulary has {}", instead, impl_->model->config.vocabSize));
    const int index = branch.messageOfToken(token);
    Message reply = branch.message(index);
    impl_->requireSameInterventions(reply);
    cutBefore(reply, static_cast<std::size_t>(token - branch.firstTokenOfMessage(index)));
    const bool ends = instead == impl_->model->config.eosToken;  // which is no part of a reply
    if (!ends) reply.tokens.push_back(impl_->chosenToken(reply, replaced, instead));
    if (!ends) reply.text += reply.tokens.back().text;
    reply.id = 0;
    reply.run = std::nullopt;  // what was computed for the other version
    reply.state = ends ? MessageState::Complete : MessageState::Streaming;
    reply.finishReason = ends ? std::optional(FinishReason::EndOfText) : std::nullopt;
    reply.createdMs = nowMs();
    branch.truncate(index);
    impl_->saved.truncate(index);
    impl_->observer->conversationOpened();
    branch.append(std::move(reply));
    impl_->saved.addMessage(
        index, impl_->conversation, branch.message(index), [impl = impl_.get()](const auto& error) {
            impl->reportOn(error);
        });
    impl_->observer->messageAppended(index);
    if (ends) return impl_->refreshList();
    impl_->stopRequested = false;
    impl_->submitReply();
    impl_->uncommittedPrompts.push_back(index);  // the chosen token's routing comes with the prompt
    impl_->observer->generationStarted();
}

/// No model is asked: its tokens are found when the conversation goes on.
void ChatSession::Impl::editReply(int index, const std::string& text) {
    Message reply;
    reply.role = Role::Assistant;
    // Nobody sees the blanks that a reply begins with, but the model learnt to.
    const std::string& old = branch.message(index).text;
    if (text.find_first_not_of(kBlanks) == 0)
        reply.text = old.substr(0, std::min(old.find_first_not_of(kBlanks), old.size()));
    reply.text += text;
    reply.sampler = samplerOfNextReply();
    if (reach == InterventionReach::Chat) reply.interventions = interventions;
    reply.createdMs = nowMs();
    branch.truncate(index);
    saved.truncate(index);
    observer->conversationOpened();
    branch.append(std::move(reply));
    saved.addMessage(
        index, conversation, branch.message(index), [this](const auto& error) { reportOn(error); });
    observer->messageAppended(index);
    refreshList();
}

void ChatSession::edit(int messageIndex, const std::string& text) {
    impl_->requireIdle();
    if (messageIndex < 0 || messageIndex >= impl_->branch.size())
        refuse(
            fmt::format("message {}: the conversation has {}", messageIndex, impl_->branch.size()));
    if (text.find_first_not_of(kBlanks) == std::string::npos) refuse("there is no text to send");
    if (impl_->branch.message(messageIndex).role == Role::Assistant)
        return impl_->editReply(messageIndex, text);
    impl_->requireTalk();
    impl_->branch.truncate(messageIndex);
    impl_->saved.truncate(messageIndex);
    impl_->observer->conversationOpened();
    send(text);
}

}  // namespace gatescope
