#include "engine/chat/branch_store.h"

#include <utility>

#include "engine/check.h"
#include "engine/error.h"

namespace gatescope {

BranchStore::BranchStore(StoreWriter& writer) : writer_(writer) {
    startNew();
}

void BranchStore::startNew() {
    conversation_ = std::make_shared<ConversationId>(0);
    conversationSaved_ = std::make_shared<bool>(false);
    messages_.clear();
    saved_.clear();
}

void BranchStore::open(ConversationId conversation, const std::vector<Message>& branch) {
    startNew();
    *conversation_ = conversation;
    *conversationSaved_ = true;
    for (const auto& message : branch) {
        messages_.push_back(std::make_shared<MessageId>(message.id));
        saved_.push_back(std::make_shared<bool>(true));
    }
}

std::optional<ConversationId> BranchStore::conversation() const {
    if (!*conversationSaved_) return std::nullopt;
    return *conversation_;
}

void BranchStore::truncate(int count) {
    messages_.resize(static_cast<std::size_t>(count));
    saved_.resize(static_cast<std::size_t>(count));
}

bool BranchStore::isSaved(int index) const {
    return static_cast<std::size_t>(index) < saved_.size() &&
           *saved_[static_cast<std::size_t>(index)];
}

template <class Node>
void BranchStore::readAll(int index,
                          std::function<std::vector<Node>(ConversationStore&, ConversationId)> read,
                          std::function<void(std::vector<Node> tree, MessageId message)> done) {
    struct Found {
        std::vector<Node> tree;
        MessageId message = 0;
    };
    auto found = std::make_shared<Found>();
    writer_.post(
        [found,
         read = std::move(read),
         conversation = conversation_,
         slot = messages_.at(static_cast<std::size_t>(index))](ConversationStore& store) {
            found->message = *slot;
            found->tree = read(store, *conversation);
        },
        [found, done = std::move(done)] { done(std::move(found->tree), found->message); });
}

void BranchStore::readTree(int index,
                           std::function<void(std::vector<Message> tree, MessageId message)> done) {
    readAll<Message>(
        index,
        [](ConversationStore& store, ConversationId id) { return store.messages(id); },
        std::move(done));
}

void BranchStore::readOutline(
    int index, std::function<void(std::vector<MessageOutline> tree, MessageId message)> done) {
    readAll<MessageOutline>(
        index,
        [](ConversationStore& store, ConversationId id) { return store.outline(id); },
        std::move(done));
}

// What the work throws reaches `done` as a sentence, so that whoever asked can tell the user and go
// on.
void BranchStore::post(std::function<void(ConversationStore&)> work, Done done) {
    auto error = std::make_shared<std::optional<std::string>>();
    writer_.post(
        [work = std::move(work), error](ConversationStore& store) {
            try {
                work(store);
            } catch (const std::exception& e) {
                *error = e.what();
            }
        },
        [done = std::move(done), error] {
            if (done) done(*error);
        });
}

void BranchStore::addMessage(int index,
                             const ConversationSummary& conversation,
                             const Message& message,
                             Done done) {
    const auto at = static_cast<std::size_t>(index);
    if (at == messages_.size()) {
        messages_.push_back(std::make_shared<MessageId>(0));
        saved_.push_back(std::make_shared<bool>(false));
    }
    GS_CHECK_LT(at, messages_.size());
    const auto parent = at == 0 ? nullptr : messages_[at - 1];
    post(
        [conversation,
         message = Message(message),
         parent,
         slot = messages_[at],
         conversationSlot = conversation_](ConversationStore& store) mutable {
            if (*conversationSlot == 0) *conversationSlot = store.createConversation(conversation);
            message.parent = parent ? *parent : 0;
            *slot = store.addMessage(*conversationSlot, message);
        },
        [saved = saved_[at], conversationSaved = conversationSaved_, done = std::move(done)](
            const std::optional<std::string>& error) {
            if (!error) *saved = *conversationSaved = true;
            if (done) done(error);
        });
}

void BranchStore::append(int index,
                         std::string text,
                         std::vector<TokenRecord> tokens,
                         MessageState state,
                         std::optional<FinishReason> reason,
                         std::optional<ReplyRun> run,
                         Done done) {
    post(
        [slot = messages_.at(static_cast<std::size_t>(index)),
         text = std::move(text),
         tokens = std::move(tokens),
         state,
         reason,
         run = std::move(run)](ConversationStore& store) {
            store.appendToMessage(*slot, text, tokens, state, reason, run);
        },
        std::move(done));
}

void BranchStore::setTokens(int index, std::vector<TokenRecord> tokens, Done done) {
    post([slot = messages_.at(static_cast<std::size_t>(index)),
          tokens = std::move(tokens)](ConversationStore& store) { store.setTokens(*slot, tokens); },
         std::move(done));
}

void BranchStore::update(const ConversationSummary& conversation, Done done) {
    post(
        [conversation = ConversationSummary(conversation),
         slot = conversation_](ConversationStore& store) mutable {
            conversation.id = *slot;
            if (conversation.id != 0) store.updateConversation(conversation);
        },
        std::move(done));
}

void BranchStore::saveRecording(const std::filesystem::path& file, Done done) {
    post(
        [slot = conversation_, file](ConversationStore& store) {
            if (*slot == 0)
                throw Error(ErrorKind::BadUsage,
                            "there is no conversation to record yet: send a message first");
            store.saveRecording(*slot, file);
        },
        std::move(done));
}

}  // namespace gatescope
