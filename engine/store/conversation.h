#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/decoder/intervention.h"
#include "engine/generation/generation.h"
#include "engine/ids.h"
#include "engine/routing/routing_record.h"
#include "engine/sampling/sampler.h"

namespace gatescope {

using ConversationId = std::int64_t;
using MessageId = std::int64_t;

enum class Role { User, Assistant };
std::string_view name(Role role);  ///< "user", "assistant"

/// One token of a message, with what the engine said about it.
struct TokenRecord {
    TokenId token = 0;
    std::string text;        ///< its part of the transcript; empty inside a split UTF-8 character
    bool generated = false;  ///< by the model, else part of the prompt
    bool drafted = false;    ///< generated, and guessed before: TokenGenerated::drafted
    bool chosen = false;     ///< generated, but a person took it instead of the one that was drawn
    float logProb = 0;       ///< of generated tokens
    /// Of generated tokens, what might have come in this one's place. Null: not recorded.
    TokenAlternativesPtr alternatives;
    RoutingRecordPtr routing;  ///< null until computed

    /// What the model held likeliest in this token's place, as it predicted next at the token
    /// before; -1: not recorded.
    TokenId predicted() const { return generated && alternatives ? alternatives->predicted() : -1; }
};

enum class MessageState { Complete, Streaming, Interrupted };

/// How a reply was computed, as it was when it ended. Of one that was continued: the last time.
struct ReplyRun {
    int promptTokens = 0;
    int reusedTokens = 0;  ///< of the prompt, not computed again
    int generatedTokens = 0;
    int draftedTokens = 0;                 ///< guessed by speculation
    int acceptedTokens = 0;                ///< of these, right
    double prefillMs = 0;                  ///< with the wait for a model that is still being read
    double firstTokenMs = 0;               ///< from the request to the first token
    double decodeMs = 0;                   ///< all steps behind the first token
    std::vector<std::string> stopStrings;  ///< what would have ended it
    friend bool operator==(const ReplyRun&, const ReplyRun&) = default;
};
/// Tokens a second of what was computed of the prompt, and of the tokens behind the first; 0: not
/// known.
double prefillSpeed(const ReplyRun& run);
double decodeSpeed(const ReplyRun& run);
/// What `timings` say of a reply with these stop strings.
ReplyRun replyRun(const GenerationTimings& timings, std::vector<std::string> stopStrings);

/// A node of the conversation's tree. `text` is what the person sees; `tokens` also holds the
/// template's own text (role names), which is why their texts joined are longer.
struct Message {
    MessageId id = 0;
    MessageId parent = 0;  ///< 0: the first message
    Role role = Role::User;
    std::string text;
    MessageState state = MessageState::Complete;
    std::optional<FinishReason> finishReason;
    SamplerConfig sampler;          ///< of replies
    InterventionSet interventions;  ///< in force while this message was computed
    std::vector<TokenRecord> tokens;
    std::optional<ReplyRun> run;  ///< of replies of the model that ended; empty: not known
    std::int64_t createdMs = 0;   ///< Unix time; shown only, never used for order
};

/// A node of the conversation's tree, without its tokens.
struct MessageOutline {
    MessageId id = 0;
    MessageId parent = 0;
    Role role = Role::User;
    MessageState state = MessageState::Complete;
    std::optional<FinishReason> finishReason;
    std::string opening;  ///< its first bytes, up to 160, in whole characters
    int tokens = 0;
    std::int64_t createdMs = 0;
};

/// What has to be known of a model to read a conversation without it. Zero or empty: not known.
struct ModelFacts {
    std::string name;  ///< short, for a title
    int numLayers = 0;
    int numExperts = 0;
    int numSelected = 0;
    bool synthetic = false;   ///< random weights: every number is badged so
    std::string decoder;      ///< "cpu", ...
    std::string precision;    ///< "f32", "bf16"
    int numRanks = 1;         ///< tensor parallel: another number rounds otherwise
    std::string fingerprint;  ///< modelFingerprint(); empty: not taken
    friend bool operator==(const ModelFacts&, const ModelFacts&) = default;
};

/// What the list on the left shows.
struct ConversationSummary {
    ConversationId id = 0;
    std::string title;
    std::string templateName;
    std::string systemText;
    std::string model;  ///< as given to load
    ModelFacts facts;   ///< of that model
    std::int64_t updatedMs = 0;
    int messageCount = 0;
    // Where a person keeps it. A recording has none of these but the settings.
    std::string folder;             ///< names joined by '/', "Research/Runs"; "": in none
    std::vector<std::string> tags;  ///< sorted, each once
    bool pinned = false;
    bool archived = false;
    std::string draft;         ///< typed and not sent
    std::string settingsJson;  ///< its own reply settings, JSON; "": the usual ones
};

/// A folder's path as it is kept: names joined by '/', without blanks around them, without empty
/// names and control characters. "": no folder.
std::string folderPath(std::string_view text);
/// A tag's name as it is kept: without blanks around it and control characters. "": no tag.
std::string tagName(std::string_view text);

/// Indices into `messages` from the first message to the one with id `leaf`; 0: to the newest
/// message, which is the branch a person saw last. Requires parents before children, as
/// ConversationStore::messages gives them. Throws Error(BadUsage) when there is no such message.
std::vector<std::size_t> branchOf(const std::vector<Message>& messages, MessageId leaf = 0);

}  // namespace gatescope
