#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "engine/store/conversation.h"

namespace gatescope {

/// What a file says about itself.
struct StoreOrigin {
    std::string application;     ///< who made it: "Gatescope 0.1.0"
    std::int64_t createdMs = 0;  ///< Unix time
    int schemaVersion = 0;
};

/// The library of conversations: one SQLite file, WAL, synchronous=FULL. Every call that changes
/// something is one transaction and durable when it returns. Blocks on the disk: not for the UI
/// thread, which uses StoreWriter. A recording (.gscope) is the same schema in a file of its own.
/// Throws Error(BadInput) for a damaged, foreign or newer file (naming it), Error(DeviceFault) for
/// disk errors.
class ConversationStore {
  public:
    enum class Mode { ReadWrite, ReadOnly, BesideWriter };
    /// ReadWrite creates the file and its folder if they are absent. ReadOnly never writes, not
    /// even beside the file, so that a recording opens on a read-only medium; calling anything that
    /// changes the store is then a bug. BesideWriter reads a library that another store of this
    /// process writes to; neither waits for the other.
    ConversationStore(const std::filesystem::path& file, Mode mode);
    ~ConversationStore();
    ConversationStore(ConversationStore&&) noexcept;
    /// A library that is gone with this object, for when there is no disk to keep one on.
    static ConversationStore inMemory();

    StoreOrigin origin() const;

    /// Runs several of the changes below as one: all of them, or none when `changes` throws.
    void asOne(const std::function<void()>& changes);

    ConversationId createConversation(const ConversationSummary& conversation);
    void updateConversation(
        const ConversationSummary& conversation);  ///< title, template, system text, model
    void removeConversation(ConversationId id);
    std::vector<ConversationSummary> conversations() const;  ///< last updated first
    /// Conversations whose title or messages contain every word of `query`, or a word that starts
    /// with it (FTS5; letters' case and accents do not count), last updated first. A blank query
    /// finds all; a reply is found once it has stopped streaming.
    std::vector<ConversationSummary> search(std::string_view query) const;

    /// Adds a message below `message.parent`; its id is returned and larger than all before it.
    /// Tokens given with it are stored too. createdMs 0: now. Throws Error(BadUsage) when the
    /// conversation or the parent does not exist (as after removeConversation), like every call
    /// here that names one.
    MessageId addMessage(ConversationId conversation, const Message& message);
    /// Appends streamed text and tokens to a reply and sets its state.
    void appendToMessage(MessageId id,
                         std::string_view text,
                         const std::vector<TokenRecord>& tokens,
                         MessageState state,
                         std::optional<FinishReason> reason);
    /// Replaces the tokens of a message (the prompt's ids are known only when the engine has
    /// encoded it).
    void setTokens(MessageId id, const std::vector<TokenRecord>& tokens);
    /// All messages of a conversation, parents before children, routing included: f16 router
    /// probabilities and gates, see token_codec.h.
    std::vector<Message> messages(ConversationId conversation) const;
    /// The same, looking at `stop` before each piece of text that was committed. Empty: stopped.
    std::optional<std::vector<Message>> messages(ConversationId conversation,
                                                 const std::stop_token& stop) const;
    /// Reads the whole file and proves that it is sound: pages, search index, references. Takes a
    /// while on a large library. Throws Error(BadInput) with the first complaint.
    void checkIntegrity() const;
    /// Replies that were streaming when the process died become Interrupted. Returns how many.
    int markInterrupted();

    /// Writes one conversation into a recording: temporary file, checked, then renamed over `file`,
    /// which is never half written. A reply that still streams is Interrupted there.
    void saveRecording(ConversationId conversation, const std::filesystem::path& file) const;

  private:
    class Impl;
    explicit ConversationStore(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace gatescope
