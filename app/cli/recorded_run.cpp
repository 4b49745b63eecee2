#include "app/cli/recorded_run.h"

#include "engine/store/conversation_store.h"

namespace gatescope::cli {
namespace {

ModelFacts factsOf(const RecordedRun& run) {
    return {.name = run.model.name,
            .numLayers = run.model.config.numLayers,
            .numExperts = run.model.config.numExperts,
            .numSelected = run.model.config.numSelected,
            .synthetic = run.model.synthetic,
            .decoder = run.model.decoder,
            .precision = run.model.precision,
            .numRanks = run.model.numRanks,
            .fingerprint = run.fingerprint};
}

Message promptOf(const RecordedRun& run) {
    Message prompt;
    prompt.tokens = run.outcome.prompt;
    spell(prompt.tokens, run.model.tokenizer);
    for (const auto& token : prompt.tokens) prompt.text += token.text;
    if (run.promptText) prompt.text = *run.promptText;
    prompt.interventions = run.interventions;
    return prompt;
}

Message replyOf(const RecordedRun& run, MessageId parent) {
    Message reply;
    reply.parent = parent;
    reply.role = Role::Assistant;
    reply.text = run.outcome.text;
    reply.tokens = run.outcome.reply;
    reply.sampler = run.sampler;
    reply.interventions = run.interventions;
    reply.finishReason = run.outcome.finished->reason;
    return reply;
}

}  // namespace

void saveRun(const RecordedRun& run, const std::filesystem::path& file) {
    auto library = ConversationStore::inMemory();
    const Message prompt = promptOf(run);
    ConversationSummary conversation;
    conversation.templateName = "continuation";
    conversation.model = run.modelPath;
    conversation.facts = factsOf(run);
    conversation.title =
        run.title.empty() ? prompt.text.substr(0, prompt.text.find('\n')) : run.title;
    const ConversationId id = library.createConversation(conversation);
    const MessageId asked = library.addMessage(id, prompt);
    if (!run.outcome.reply.empty()) library.addMessage(id, replyOf(run, asked));
    library.saveRecording(id, file);
}

}  // namespace gatescope::cli
