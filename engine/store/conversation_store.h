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

/// Where words were found.
struct SearchHit {
    ConversationId conversation = 0;
    MessageId message = 0;  ///< 0: in its title only
};
struct SearchHits {
    std::vector<SearchHit> hits;
    bool more = false;  ///< the search ended at its limit
};

/// The library of conversations: one SQLite file, WAL, synchronous=FULL. Every call that changes
/// something is one transaction and durable when it returns. Blocks on the disk: not for the UI
/// thread, which uses StoreWriter. A recording (.gscope) is the same schema in a file of its own.
/// Throws Error(BadInput) for a damaged, foreign or newer file (naming it), Error(DeviceFault) for
/// disk errors.
class ConversationStore {
  public:
    enum class Mode { ReadWrite, ReadOnly, BesideWriter };
    /// ReadWrite creates the file and its folder if they are absent, and brings a library of an
    /// older version to this one; NAME-before-vN.db beside it is how it was. ReadOnly never writes,
    /// not even beside the file, so that a recording opens on a read-only medium; calling anything
    /// that changes the store is then a bug. BesideWriter reads a library that another store of
    /// this process writes to; neither waits for the other.
    ConversationStore(const std::filesystem::path& file, Mode mode);
    ~ConversationStore();
    ConversationStore(ConversationStore&&) noexcept;
    /// A library that is gone with this object, for when there is no disk to keep one on.
    static ConversationStore inMemory();
    /// The conversations of a library of a newer Gatescope, as far as this version can read them.
    /// It stays as it is: what is changed here is gone with this object.
    static ConversationStore copyOfNewer(const std::filesystem::path& library);

    StoreOrigin origin() const;

    /// Runs several of the changes below as one: all of them, or none when `changes` throws.
    void asOne(const std::function<void()>& changes);

    ConversationId createConversation(const ConversationSummary& conversation);
    /// Title, template, system text, model and settings; where it is kept has calls of its own.
    void updateConversation(const ConversationSummary& conversation);
    void removeConversation(ConversationId id);
    std::vector<ConversationSummary> conversations() const;  ///< last updated first
    /// Empty: there is none.
    std::optional<ConversationSummary> conversation(ConversationId id) const;
    /// Conversations whose title or messages contain every word of `query`, or a word that starts
    /// with it (FTS5; letters' case and accents do not count), last updated first. A blank query
    /// finds all; a reply is found once it has stopped streaming.
    std::vector<ConversationSummary> search(std::string_view query) const;
    /// The same conversations, in no order, each with the first of its messages that hold the most
    /// of the words; it ends with `most` of them, those in which the words were said last. With
    /// 200,000 messages that takes less than 50 ms, the first time up to 75 (docs/benchmarks.md). A
    /// blank query finds nothing.
    SearchHits find(std::string_view query, std::size_t most = 500) const;
    std::string messageText(MessageId id) const;  ///< "": there is none

    // --- where a conversation is kept; none of it makes a conversation the last updated one
    /// Makes the folder, and those it is in. "": in none.
    void setFolder(ConversationId id, std::string_view folder);
    void setTags(ConversationId id, const std::vector<std::string>& tags);  ///< in place of its own
    void setPinned(ConversationId id, bool pinned);
    void setArchived(ConversationId id, bool archived);
    /// What was typed for it and not sent. A conversation that is gone is passed over: this comes
    /// when typing has stopped, and the conversation may have been removed meanwhile.
    void setDraft(ConversationId id, std::string_view text);
    /// Of the conversation that is not in the store yet. "": none.
    void setNewDraft(std::string_view text);
    std::string newDraft() const;
    /// Every folder that was made or that holds a conversation, those they are in included; sorted.
    std::vector<std::string> folders() const;
    void addFolder(std::string_view folder);
    /// Moves a folder and all in it: `to` is its whole new path. One that is there already takes in
    /// what this one holds.
    void renameFolder(std::string_view from, std::string_view to);
    /// What it and the folders in it hold comes into the folder it was in; no conversation goes.
    void removeFolder(std::string_view folder);
    void renameTag(std::string_view from, std::string_view to);  ///< of all; to "": takes it away

    /// Adds a message below `message.parent`; its id is returned and larger than all before it.
    /// Tokens given with it are stored too. createdMs 0: now. Throws Error(BadUsage) when the
    /// conversation or the parent does not exist (as after removeConversation), like every call
    /// here that names one.
    MessageId addMessage(ConversationId conversation, const Message& message);
    /// Appends streamed text and tokens to a reply and sets its state, and `run` when it is known.
    void appendToMessage(MessageId id,
                         std::string_view text,
                         const std::vector<TokenRecord>& tokens,
                         MessageState state,
                         std::optional<FinishReason> reason,
                         const std::optional<ReplyRun>& run = std::nullopt);
    /// Replaces the tokens of a message (the prompt's ids are known only when the engine has
    /// encoded it).
    void setTokens(MessageId id, const std::vector<TokenRecord>& tokens);
    /// All messages of a conversation, parents before children, routing included: f16 router
    /// probabilities and gates, see token_codec.h.
    std::vector<Message> messages(ConversationId conversation) const;
    /// The same, looking at `stop` before each piece of text that was committed. Empty: stopped.
    std::optional<std::vector<Message>> messages(ConversationId conversation,
                                                 const std::stop_token& stop) const;
    /// The same without tokens and routing: quick, however long the conversation is.
    std::vector<MessageOutline> outline(ConversationId conversation) const;
    /// Removes a message and all below it. Nothing happens when there is no such message.
    void removeMessage(MessageId id);
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
