#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "engine/export/chat_entries.h"
#include "engine/store/conversation_store.h"

namespace gatescope {

// A recording (.gscope): one conversation, its tokens and their routing in a file of its own, in
// the library's schema. Written by ConversationStore::saveRecording; opens without the model.
// Reading never changes the file. All functions block on the disk, may be called from any thread,
// and throw Error(BadInput) for a file that is damaged, foreign, newer or not a single
// conversation.

/// A recording in memory.
struct Recording {
    StoreOrigin origin;
    ConversationSummary conversation;
    std::vector<Message> messages;  ///< all branches, parents before children
};

Recording readRecording(const std::filesystem::path& file);

/// What `gatescope-cli record info` shows. Counts are of the whole tree unless they say otherwise.
struct RecordingInfo {
    StoreOrigin origin;
    std::uint64_t fileBytes = 0;
    std::string title;
    std::string model;  ///< as given to load
    ModelFacts facts;
    std::string templateName;
    int messages = 0;
    int tokens = 0;
    int generatedTokens = 0;
    int draftedTokens = 0;   ///< of these
    int routedTokens = 0;    ///< with a routing record
    int branchMessages = 0;  ///< of the newest branch, which is what is exported
    int branchTokens = 0;
    int numLayers = 0;  ///< largest of the records, or the model's if there is none
    int numExperts = 0;
    int numSelected = 0;
    std::vector<std::string> interventions;  ///< "ablate 3:5", ..., of any message, each once
};

RecordingInfo infoOf(const Recording& recording, const std::filesystem::path& file);

/// Proves the whole file: SQLite's pages and references, every chunk's checksum, experts, layers
/// and interventions within the model, tokens' texts, counts. Throws Error(BadInput) with one
/// sentence about the first thing that is wrong.
RecordingInfo verifyRecording(const std::filesystem::path& file);

/// What reading alone does not prove and counting needs: that no expert is selected twice by one
/// router and token. Throws Error(BadInput) naming the message and the token.
void checkSelections(const Recording& recording, const std::filesystem::path& file);

/// How the branch that ends in message `leaf` (0: the newest branch) was routed, by position, for a
/// new run to be pinned to ("replay routes"). Gates are the stored f16 values. Throws
/// Error(BadInput) when no token of it has any routing, or one of its routers selected an expert
/// twice.
RoutePin routesOf(const Recording& recording,
                  const std::filesystem::path& file,
                  MessageId leaf = 0);

enum class ExportFormat { Npz, Csv, Json, Html, Markdown, ChatPage };
/// "npz", "csv", "json", "html", "md", "chat-html". Throws Error(BadUsage) naming them.
ExportFormat exportFormat(std::string_view name);

/// Writes the branch that ends in message `leaf` (0: the newest branch, the one last seen) into the
/// folder `dir`, which is created. STEM is the recording's name without .gscope. Returns the files.
///
/// Npz: STEM.npz, and every member once more beside it as a file. T tokens of the branch, L layers,
/// E experts, K the largest number selected:
///   router_probs f32 [L, T, E]  NaN: not computed     selected i32 [L, T, K]  -1: fewer selected
///   gates        f32 [L, T, K]  0: none               tokens   i32 [T]
///   logprobs     f32 [T] NaN: a prompt's token        generated i32 [T] 0 or 1
///   drafted      i32 [T] 0 or 1                       chosen   i32 [T] 0 or 1
///   router_lse   f32 [L, T]                           predicted i32 [T] -1: not known
///   alternatives i32 [T, 20], -1: fewer               alternative_logprobs f32 [T, 20]
///   entropy_bits f32 [T] NaN: not known               rank     i32 [T] 0: not known
///   message      i32 [T] index in the manifest
///   text_offsets i32 [T + 1] bytes in text.txt        text.txt UTF-8, the tokens' texts joined
///   manifest.json  model, settings, messages
/// Csv: STEM.csv (a row per token and layer), STEM-tokens.csv, STEM-manifest.json.
/// Json: STEM.json, everything in one document; in it "tree", all versions of all messages, of
/// which an import makes the same conversation again (message_tree_json.h). Html: STEM.html, one
/// page for any browser, without a network (recording_page.h). Probabilities and gates are the
/// stored f16 values. Throws Error(DeviceFault) when a file cannot be written whole,
/// Error(BadUsage) for a leaf that does not exist.
std::vector<std::filesystem::path> exportRecording(const std::filesystem::path& file,
                                                   const std::filesystem::path& dir,
                                                   ExportFormat format,
                                                   MessageId leaf = 0,
                                                   Versions versions = Versions::Shown);

/// The same, but the main file is `target` (its suffix is the format's own), and Npz writes the
/// archive alone.
std::vector<std::filesystem::path> exportRecordingAs(const std::filesystem::path& file,
                                                     const std::filesystem::path& target,
                                                     ExportFormat format,
                                                     MessageId leaf = 0,
                                                     Versions versions = Versions::Shown);

}  // namespace gatescope
