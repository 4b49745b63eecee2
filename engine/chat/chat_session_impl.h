#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/chat/branch.h"
#include "engine/chat/branch_store.h"
#include "engine/chat/chat_session.h"
#include "engine/offload/heat_keeper.h"
#include "engine/store/pinned_routes.h"

namespace gatescope {

/// Throws what ChatSession's commands throw when they cannot be done now.
[[noreturn]] void refuse(const std::string& sentence);

/// What the files chat_session*.cpp share: the state of a session, and what its events and commands
/// do to it.
class ChatSession::Impl {
  public:
    using Clock = std::chrono::steady_clock;

    Impl(Engine& engineIn, StoreWriter& storeIn)
        : engine(engineIn), store(storeIn), saved(storeIn) {
        store.setErrorHandler([this](const std::string& sentence) { observer->failed(sentence); });
        store.post([](ConversationStore& s) { s.markInterrupted(); });
        refreshList();
    }

    // --- events of the engine
    void handle(const LoadProgressed& e) { observer->modelLoadProgressed(e.progress); }
    void handle(const ModelUsable& e) {
        model = e.model;
        usable = loads == 1;  // else it is on its way out
        openHeat();
        if (usable) observer->modelUsable();
    }
    void handle(const ModelLoaded& e) {
        model = e.model;
        --loads;
        if (heat != nullptr) heat->identify(model->fingerprint);
        if (!loading()) observer->modelLoaded();
    }
    void handle(const LoadCancelled&) {
        endLoadWithoutModel();
        if (!loading()) observer->modelLoadCancelled();
    }
    void handle(const ModelUnloaded&) {
        model = nullptr;
        usable = false;
        if (heat != nullptr) heat->close();
        observer->modelUnloaded();
    }
    void handle(const PromptEncoded& e);
    void handle(const PrefillProgressed& e);
    void handle(const TokenGenerated& e);
    void handle(const GenerationFinished& e);
    void handle(const TokenInspected& e);
    void handle(const AttentionMapped& e);
    void handle(const EngineFailed& e);
    void handle(const PositionsScored&) {}  // of jobs beside the conversation: tellAside()
    void handle(const ScoreFinished&) {}

    /// The old model, if any, stays until ModelUnloaded.
    void endLoadWithoutModel() {
        --loads;
        usable = model != nullptr && !loading();
    }
    bool loading() const { return loads > 0; }

    // --- a generation, from the user's text to its last token
    void saveThenGenerate();
    void startReply(SamplerConfig replySampler);
    GenerationRequest buildRequest();
    /// What a message of the branch is in a prompt that a template makes of it.
    PromptPieces piecesOf(const PromptTemplate& t, int index) const;
    void submitReply();
    void commitIfDue();
    void commitReply(MessageState state,
                     std::optional<FinishReason> reason = std::nullopt,
                     const std::optional<ReplyRun>& run = std::nullopt);
    void commitPromptTokens();
    void takeAwayInterventionsOfReply();
    /// Puts `next` in force, as a step that can be taken back.
    void changeInterventions(const InterventionSet& next);
    void openHistory(std::optional<ConversationId> left, std::optional<ConversationId> opened);
    /// Puts in force what the newest message of an opened conversation was written with.
    void resumeInterventions(InterventionSet kept);
    void finish(const GenerationFinished& finished);
    void dropTokensOfAnotherModel();

    // --- heat
    void openHeat();
    void learnHeat(const Message& message, const RoutingRecordPtr& routing);
    void pumpHeat();

    // --- jobs beside the conversation
    void tellAside(const Event& event);
    void requireAside() const;
    GenerationId addAside(SideListener listener);

    /// The last reply goes, and is written again with what replySampler and replyInterventions say.
    void replaceReply();
    void requireSameInterventions(const Message& reply) const;
    TokenRecord chosenToken(const Message& reply, const TokenRecord& replaced, TokenId id) const;
    void requireTalk() const;
    void requireIdle() const;
    void editReply(int index, const std::string& text);
    SamplerConfig samplerOfNextReply() const;
    void requireInspection(int token) const;
    std::vector<PromptSegment> segmentsBefore(int token) const;
    GenerationId nextInspection() { return kFirstInspection + ++numInspections; }
    void beginInspection(GenerationId id);
    /// What show() has to know beside messages.
    struct Shown {
        ConversationSummary summary;
        std::optional<ConversationId> id;  ///< empty: it is not in the store
        bool isRecording = false;
        FoundPin found{};  ///< of what its newest message was pinned to
    };
    /// Shows the messages `branch` of `tree`.
    void show(std::vector<Message> tree, const std::vector<std::size_t>& branchOfTree, Shown what);
    void showVersionOf(MessageId message, int step, std::vector<Message> tree);
    /// Shows a branch of the conversation that is shown already, given as indices into `tree`.
    void showBranchOf(std::vector<Message> tree, std::vector<std::size_t> indices);
    /// Reads what the conversation shown consists of, but for what was removed, and the id of the
    /// newest message shown; `done` is not called when something newer began meanwhile.
    using TreeRead = std::function<void(std::vector<Message> tree, MessageId leaf)>;
    void readTree(TreeRead done);
    void removeFrom(MessageId top, std::vector<Message> tree, MessageId leaf);
    void dropRemoved(std::vector<Message>& tree) const;
    /// Runs `action` now, or as soon as the generation in progress has stopped.
    void whenIdle(std::function<void()> action);
    void keepOptions();
    void refreshList();
    void reportOn(const std::optional<std::string>& error) const {
        if (error) observer->failed(*error);
    }

    /// Ids of inspections lie behind those of generations.
    static constexpr GenerationId kFirstInspection = GenerationId{1} << 62U;
    enum class Phase { Idle, SavingUserMessage, Prefill, Decode };

    Engine& engine;
    StoreWriter& store;
    BranchStore saved;
    ChatObserver silent;
    ChatObserver* observer = &silent;
    HeatKeeper* heat = nullptr;

    std::shared_ptr<const ModelInfo> model;
    int loads = 0;  ///< asked for and not ended; all but the last have been cancelled
    bool usable = false;
    bool replay = false;

    std::vector<ConversationSummary> list;
    std::vector<std::string> folders;
    ConversationSummary conversation;  ///< id is not used here: `saved` knows it
    Branch branch;
    std::optional<MessageId> removed;  ///< with all below it; not yet from the store
    MessageId leafBeforeRemoval = 0;
    std::vector<Message> recorded;  ///< all messages of the recording shown
    std::filesystem::path recordedFile;

    PromptTemplates templates;
    std::string templateName = templates.all().front().name;
    std::string systemText;
    ReplyOptions options;
    InterventionSet interventions;
    InterventionReach reach = InterventionReach::Chat;
    InterventionHistory history;                              ///< of the conversation shown
    std::map<ConversationId, InterventionHistory> histories;  ///< of those shown before

    Phase phase = Phase::Idle;
    bool stopRequested = false;
    SamplerConfig replySampler;
    InterventionSet replyInterventions;
    std::vector<std::string> replyStopStrings;   ///< of the request that was submitted
    GenerationId lastId = 0;                     ///< of generations and scores, here and beside
    GenerationId generation = 0;                 ///< the reply's
    std::map<GenerationId, SideListener> aside;  ///< jobs whose last event has not come
    std::vector<int> segmentMessages;            ///< branch index of each prompt segment
    std::vector<int> uncommittedPrompts;
    std::string uncommittedText;
    std::vector<TokenRecord> uncommittedTokens;
    Clock::time_point lastCommit;
    std::function<void()> afterFinish;

    GenerationId inspection = 0;  ///< the last asked for
    GenerationId numInspections = 0;
    int inspectedToken = 0;
    bool inspecting = false;
};

}  // namespace gatescope
