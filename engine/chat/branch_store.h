#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/store/store_writer.h"

namespace gatescope {

/// Writes the branch of one conversation through the StoreWriter. Ids are given by the store on its
/// own thread; until then a message is known by its place in the branch, and jobs that need its id
/// run later in the same queue.
class BranchStore {
  public:
    using Done = std::function<void(const std::optional<std::string>& error)>;

    explicit BranchStore(StoreWriter& writer);

    void startNew();
    /// A conversation that is in the store; `ids` of its branch.
    void open(ConversationId conversation, const std::vector<Message>& branch);
    /// The id, once the store has given one.
    std::optional<ConversationId> conversation() const;

    void truncate(int count);
    /// Adds the message at branch index `index` (= number of messages so far), and the conversation
    /// before its first one. `done` gets the error's sentence, or nothing once it is durable.
    void addMessage(int index,
                    const ConversationSummary& conversation,
                    const Message& message,
                    Done done);
    bool isSaved(int index) const;
    /// Reads the whole conversation, and the id of the message at branch index `index` in it.
    void readTree(int index,
                  std::function<void(std::vector<Message> tree, MessageId message)> done);
    /// The same without tokens and routing.
    void readOutline(int index,
                     std::function<void(std::vector<MessageOutline> tree, MessageId message)> done);
    void append(int index,
                std::string text,
                std::vector<TokenRecord> tokens,
                MessageState state,
                std::optional<FinishReason> reason,
                std::optional<ReplyRun> run,
                Done done);
    void setTokens(int index, std::vector<TokenRecord> tokens, Done done);
    void update(const ConversationSummary& conversation, Done done);
    void saveRecording(const std::filesystem::path& file, Done done);

  private:
    template <class Id>
    using Slot =
        std::shared_ptr<Id>;  // written and read by the writer's thread; here only after an answer

    void post(std::function<void(ConversationStore&)> work, Done done);
    /// Reads the conversation as `read` does, and the id of the message at branch index `index`.
    template <class Node>
    void readAll(int index,
                 std::function<std::vector<Node>(ConversationStore&, ConversationId)> read,
                 std::function<void(std::vector<Node> tree, MessageId message)> done);

    StoreWriter& writer_;
    Slot<ConversationId> conversation_;
    std::vector<Slot<MessageId>> messages_;
    std::vector<std::shared_ptr<bool>> saved_;  ///< of this thread
    std::shared_ptr<bool> conversationSaved_;
};

}  // namespace gatescope
