#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/chat/context_use.h"
#include "engine/chat/intervention_history.h"
#include "engine/chat/versions.h"
#include "engine/engine.h"
#include "engine/error.h"
#include "engine/inspection/attention_map.h"
#include "engine/inspection/token_inspection.h"
#include "engine/settings/prompt_template.h"
#include "engine/settings/reply_options.h"
#include "engine/store/conversation.h"
#include "engine/store/store_writer.h"

namespace gatescope {

class HeatKeeper;      // engine/offload/heat_keeper.h
struct ImportOutcome;  // engine/import/import_conversations.h

/// How far interventions reach beside their scope.
enum class InterventionReach {
    Chat,   ///< what is written and computed from now on
    Reply,  ///< the tokens of the next reply; with its end they are taken away
};

/// What a front end hears. All calls come from ChatSession::pump(), on the thread that pumps.
/// Message indices count along the current branch, 0 is the first message.
class ChatObserver {
  public:
    virtual ~ChatObserver() = default;
    virtual void modelLoadProgressed(const LoadProgress&) {}
    /// model() is there and can be talked to; modelLoaded() comes when all of it is in memory.
    virtual void modelUsable() {}
    virtual void modelLoaded() {}
    virtual void modelLoadCancelled() {}
    /// model() is null from now on: because the next is being loaded, or a fault took it.
    virtual void modelUnloaded() {}
    /// A load ended with a fault of this kind; failed() is called next and says what it was.
    virtual void modelLoadFailed(ErrorKind /*kind*/) {}
    virtual void conversationListChanged() {}
    virtual void conversationOpened() {}  ///< the whole branch is new
    virtual void messageAppended(int /*index*/) {}
    virtual void messageTextChanged(int /*index*/) {}  ///< text grew or state changed
    virtual void traceExtended(int /*firstToken*/) {
    }  ///< tokens or routing records [firstToken, end) are new
    virtual void prefillProgressed(int /*done*/, int /*total*/) {}
    virtual void generationStarted() {}
    virtual void generationFinished(const GenerationFinished&) {}
    virtual void interventionsChanged() {}
    /// What ChatSession::inspectToken(token) asked for.
    virtual void tokenInspected(int /*token*/, const TokenInspectionPtr&) {}
    /// What ChatSession::mapAttention() asked for.
    virtual void attentionMapped(const AttentionMapPtr&) {}
    /// An inspection was stopped, or failed (then failed() has said why).
    virtual void inspectionEnded() {}
    /// One sentence for the user. The session goes on.
    virtual void failed(const std::string& /*message*/) {}
    /// failed() has just told of a fault after which this process cannot use the device any more:
    /// only a new one can. A model that was on it goes as well (modelUnloaded()); everything shown
    /// stays, and the CPU still computes.
    virtual void engineLost() {}
};

/// What to find out about a token: InspectionRequest.
struct InspectionWishes {
    int alternatives = 8;
    int lensWords = 3;
    std::optional<AttentionHead> attention;
};

/// One conversation in progress: the branch that is shown, its tokens and routing, the engine and
/// the store. A user's message is durable in the store before its generation is submitted; streamed
/// text is committed at least every 250 ms. Knows no widget: the window and the terminal chat both
/// sit on it. Used by one thread (the UI's); never blocks: disk and model have threads of their
/// own.
class ChatSession {
  public:
    /// `engine` and `store` must outlive the session.
    ChatSession(Engine& engine, StoreWriter& store);
    ~ChatSession();

    void setObserver(ChatObserver* observer);
    /// What learns from the tokens that become part of conversations: prompts and replies, each
    /// once; not those of messages under interventions, nor jobs beside the conversation. Must
    /// outlive the session, which tells of its problems by failed(). Before a model is opened.
    void setHeat(HeatKeeper& keeper);
    /// Drains engine events and store answers and calls the observer. Once a frame. At most
    /// `budget` of work.
    void pump(std::chrono::milliseconds budget = std::chrono::milliseconds(4));

    // --- model
    void openModel(const std::string& model, const DecoderOptions& options = {});
    /// Stops the reply that waits for the load, too.
    void cancelLoad();
    bool loading() const;
    /// A model answers what is sent: perhaps not before the rest of it has loaded.
    bool canTalk() const;
    std::shared_ptr<const ModelInfo> model() const;  ///< null: none loaded

    // --- conversations
    const std::vector<ConversationSummary>& conversations() const;
    /// ConversationStore::folders(), as of the same moment.
    const std::vector<std::string>& folders() const;
    void newConversation();  ///< kept in the store once it has a message
    /// Shows its newest branch, or the newest one that message `through` is on.
    void openConversation(ConversationId id, MessageId through = 0);
    void renameConversation(ConversationId id, const std::string& title);
    void removeConversation(ConversationId id);
    /// Changes where conversations are kept (folders, tags, pins, ...): `change` runs on the
    /// store's thread, then conversations() and folders() follow.
    void keep(std::function<void(ConversationStore&)> change);
    /// Shows the conversation of a recording, without a model; nothing is written to it, and
    /// talking goes on in a new conversation only. A file that cannot be read is told by failed().
    void openRecording(const std::filesystem::path& file);
    bool isReplay() const;
    /// The recording shown while isReplay().
    const std::filesystem::path& replayFile() const;
    /// Writes the current conversation as FILE.gscope once everything streamed so far is committed.
    /// `done` gets the error's sentence, or nothing when the file is complete.
    void saveRecording(const std::filesystem::path& file,
                       std::function<void(const std::optional<std::string>& error)> done = {});
    /// Adds the conversations of files (engine/import/read_conversations.h) to the library, all or
    /// none; `done` hears what was added. A file that cannot be read is told by failed().
    void importFiles(std::vector<std::filesystem::path> files,
                     std::function<void(const ImportOutcome& outcome)> done = {});
    /// Empty until the first message is kept.
    std::optional<ConversationId> currentConversation() const;

    // --- the branch shown
    const std::vector<Message>& messages() const;
    /// Tokens of the branch in order, as the model saw them.
    int traceSize() const;
    const TokenRecord& traceToken(int index) const;
    /// The numbers shown come from random weights: those of the conversation, or of the model while
    /// there is none.
    bool isSynthetic() const;
    int messageOfToken(int index) const;  ///< index into messages()
    int firstTokenOfMessage(int index) const;
    Version version(int messageIndex) const;  ///< of a message: 1 of 1, or which of how many
    /// Shows the version of a message `step` places on, and the newest messages below it; when
    /// there is none, nothing changes. Throws Error(BadUsage) while a reply is being written.
    void showVersion(int messageIndex, int step);

    /// Reads all messages of the conversation shown, parents before children, and which of them is
    /// shown last. `done` is called by pump(), or before this returns.
    void readTree(std::function<void(std::vector<MessageOutline> tree, MessageId leaf)> done);
    /// Shows the branch through a message, down to the newest below it. Throws Error(BadUsage)
    /// while a reply is being written, as the next two do.
    void showBranch(MessageId message);
    /// Takes a message and all below it out of the conversation: at once from what is shown, from
    /// the store with commitRemoval(), with the next removal or another conversation, or with this
    /// object. Until then undoRemoval() brings it back, and a crash in between keeps it.
    void removeVersion(MessageId message);
    /// The same for a message of the branch.
    void removeMessage(int messageIndex);
    bool canUndoRemoval() const;
    void undoRemoval();
    void commitRemoval();

    // --- talking. Each throws Error(BadUsage) with a sentence when it cannot be done now.
    // SamplerConfig::seed 0 draws a new seed for every reply and keeps it with the message, except
    // that regenerating with other interventions keeps the reply's seed: then only the experts
    // differ.
    void setTemplate(const std::string& name);
    const std::string& templateName() const;
    /// Those that can be chosen.
    const PromptTemplates& templates() const;
    /// PromptTemplates::setOwn(). A conversation whose template is gone says so when it is talked
    /// to.
    void setOwnTemplates(std::vector<PromptTemplate> own);
    void setSystemText(const std::string& text);
    const std::string& systemText() const;
    /// Of the replies from now on, and kept with the conversation, which has them again when it is
    /// opened; a new one begins with those in use.
    void setReplyOptions(const ReplyOptions& options);
    const ReplyOptions& replyOptions() const;
    void setSampler(const SamplerConfig& sampler);  ///< of these, one
    const SamplerConfig& sampler() const;
    void setMaxTokens(int maxTokens);
    int maxTokens() const;
    void setSpeculation(bool on);
    bool speculation() const;
    void send(const std::string& text);
    void stop();
    void regenerate();     ///< a sibling of the last reply; the old one stays in the store
    void continueReply();  ///< goes on where the last reply ended
    /// A version of the reply that traceToken(token) is of: as it is up to there, then `instead`,
    /// then what the model says to that, drawn as the reply was. The end of the text ends it there.
    void forkReply(int token, TokenId instead);
    /// A version of a message: of a question, which is then answered, or of a reply, which then
    /// says what a person wants it to have said.
    void edit(int messageIndex, const std::string& text);
    /// The last reply once more under `set`, with the sampler and the seed that it had: a version
    /// beside it of which only the experts differ. What was typed keeps the interventions it was
    /// read with, and the conversation those in force.
    void rerun(const InterventionSet& set);
    /// What `text` would take of the context if it were sent now, or in the place of message
    /// `editing`. Without a model that reads text, or without its template, nothing fits. A few
    /// milliseconds at most.
    ContextUse contextUse(const std::string& text, std::optional<int> editing = std::nullopt) const;
    /// The text that the model would read if `text` were sent now, or in the place of message
    /// `editing`, up to where its reply begins; whatever is known of it already. One entry is what
    /// is encoded in one go (a PromptSegment). No piece is empty.
    std::vector<PromptPieces> prompt(const PromptTemplate& t,
                                     const std::string& text,
                                     std::optional<int> editing = std::nullopt) const;
    bool generating() const;  ///< from send() until generationFinished()
    /// What is going on, in one short phrase: "ready", "loading", "reading the prompt",
    /// "generating", "no model".
    std::string status() const;

    // --- beside the conversation: nothing of it is shown, kept or part of the branch
    /// Hears each event of its job, the last one ScoreFinished or GenerationFinished; called by
    /// pump(). A fault is also told by failed().
    using SideListener = std::function<void(const Event&)>;
    /// Each sets request.id and gives it back, and runs after those before. Throws Error(BadUsage)
    /// when no model can be used, or a reply is being written.
    GenerationId scoreAside(ScoreRequest request, SideListener listener);
    GenerationId generateAside(GenerationRequest request, SideListener listener);
    /// Ends them all: they finish as Stopped. Sending does so, too: the conversation comes first.
    void stopAside();
    /// Reads all versions of a message of the branch, oldest first, each as the branch up to it.
    /// `done` is called by pump(), or before this returns.
    void readVersions(int messageIndex,
                      std::function<void(std::vector<std::vector<Message>> branches)> done);
    /// Of the conversation shown; conversation.facts says what is known of its model.
    const ConversationSummary& conversation() const;

    // --- interventions, in force for whatever is computed from now on: all of it, or one reply
    void setInterventions(const InterventionSet& interventions);
    const InterventionSet& interventions() const;
    void setInterventionReach(InterventionReach reach);
    InterventionReach interventionReach() const;
    /// What undoInterventions() would take back: the last change of interventions(), of whatever
    /// made it. Null: nothing. Each conversation has its own history, until the session ends.
    const InterventionStep* undoStep() const;
    const InterventionStep* redoStep() const;
    /// Throws Error(BadUsage) when there is nothing, or the model cannot have it.
    void undoInterventions();
    void redoInterventions();

    // --- inside a token
    /// Computes anew how the model came to traceToken(index), or with index = traceSize() to what
    /// would come next: the step of the token before it. -> tokenInspected(), on a thread of the
    /// engine; one that runs or waits is ended. Throws Error(BadUsage) with a sentence when it
    /// cannot be done now.
    void inspectToken(int index, const InspectionWishes& wishes = {});
    /// Computes anew where a head looked from tokens [firstToken, end) of the trace ->
    /// attentionMapped(). It is an inspection: asked for, ended and refused like one.
    void mapAttention(AttentionHead head, int firstToken, int end);
    void stopInspecting();
    bool inspecting() const;
    /// A word of the model's vocabulary as text; empty without a model.
    std::string tokenText(TokenId token) const;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace gatescope
