#include "app/cli/offload/replayed.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "engine/error.h"
#include "engine/io/shown_text.h"
#include "engine/store/conversation_store.h"
#include "engine/store/recording.h"

namespace gatescope::cli {
namespace {

namespace fs = std::filesystem;

bool isWanted(const Message& message, const ReplayRequest& request) {
    return request.withInterventions || message.interventions.empty();
}

const RoutingRecord* firstRouting(const std::vector<Message>& messages) {
    for (const auto index : branchOf(messages))
        for (const auto& token : messages[index].tokens)
            if (token.routing) return token.routing.get();
    return nullptr;
}

bool ofOneModel(const Replayed& replayed, const ModelFacts& facts, const RoutingRecord& routing) {
    const std::string& known = replayed.facts.fingerprint;
    const bool otherWeights =
        !known.empty() && !facts.fingerprint.empty() && known != facts.fingerprint;
    return !otherWeights && routing.numLayers == replayed.replay.numLayers() &&
           routing.numExperts == replayed.replay.numExperts();
}

bool counts(const TokenRecord& token, Population population) {
    return population == Population::All ||
           token.generated == (population == Population::Generated);
}

void append(const std::vector<Message>& messages,
            const ReplayRequest& request,
            Replayed& replayed) {
    replayed.replay.beginConversation();
    for (const auto index : branchOf(messages)) {
        if (!isWanted(messages[index], request)) continue;
        for (const auto& token : messages[index].tokens) {
            const RoutingRecord* routing = token.routing.get();
            // Of another model that the conversation went on with.
            if (routing == nullptr || routing->numLayers != replayed.replay.numLayers() ||
                routing->numExperts != replayed.replay.numExperts())
                continue;
            replayed.numSelected = std::max(replayed.numSelected, routing->numSelected);
            replayed.replay.append(*routing, counts(token, request.counted));
        }
    }
}

void begin(const ModelFacts& facts, const RoutingRecord& routing, std::optional<Replayed>& out) {
    out = Replayed{.replay = RoutingReplay(routing.numLayers, routing.numExperts), .facts = facts};
}

void addRecording(const std::string& file,
                  const ReplayRequest& request,
                  std::optional<Replayed>& out) {
    const Recording recording = readRecording(file);
    checkSelections(recording, file);
    const RoutingRecord* routing = firstRouting(recording.messages);
    if (routing == nullptr)
        throw Error(ErrorKind::BadInput,
                    fmt::format("{}: expected tokens with routing in the branch shown last, found "
                                "none; record a reply with generate --record or from the window",
                                file));
    const ModelFacts& facts = recording.conversation.facts;
    if (!out) begin(facts, *routing, out);
    if (!ofOneModel(*out, facts, *routing))
        throw Error(
            ErrorKind::BadInput,
            fmt::format("{}: routing of another model ({} layers of {} experts, fingerprint "
                        "{}) than the recordings before; replay those of one model",
                        file,
                        routing->numLayers,
                        routing->numExperts,
                        facts.fingerprint.empty() ? "unknown" : facts.fingerprint));
    append(recording.messages, request, *out);
}

void addLibrary(const fs::path& file, const ReplayRequest& request, std::optional<Replayed>& out) {
    const ConversationStore store(file, ConversationStore::Mode::ReadOnly);
    int skipped = 0;
    for (const ConversationSummary& conversation : store.conversations()) {
        Recording recording{.origin = {}, .conversation = conversation, .messages = {}};
        recording.messages = store.messages(conversation.id);
        const RoutingRecord* routing = firstRouting(recording.messages);
        if (routing != nullptr && !out) begin(conversation.facts, *routing, out);
        if (routing == nullptr || !ofOneModel(*out, conversation.facts, *routing)) {
            ++skipped;
            continue;
        }
        checkSelections(recording, file);
        append(recording.messages, request, *out);
    }
    if (out) out->skipped = skipped;
}

}  // namespace

Replayed readReplay(const ReplayRequest& request) {
    std::optional<Replayed> replayed;
    for (const auto& file : request.recordings) addRecording(file, request, replayed);
    if (request.library) addLibrary(*request.library, request, replayed);
    if (!replayed)
        throw Error(ErrorKind::BadUsage,
                    request.library
                        ? fmt::format("{}: expected a conversation with routing, found none",
                                      request.library->string())
                        : "expected RECORDING..., or --library for the conversations of a profile");
    return *std::move(replayed);
}

Population populationNamed(const std::string& name) {
    if (name == "prompt") return Population::Prompt;
    return name == "all" ? Population::All : Population::Generated;
}

fs::path profileFolder(const std::string& dir) {
    if (!dir.empty()) return dir;
    if (const char* data = std::getenv("XDG_DATA_HOME"); data != nullptr && *data == '/')
        return fs::path(data) / "gatescope";
    const char* home = std::getenv("HOME");
    if (home == nullptr || *home == '\0')
        throw Error(ErrorKind::BadUsage,
                    "HOME is not set; say with --profile-dir where the conversations are");
    return fs::path(home) / ".local/share/gatescope";
}

}  // namespace gatescope::cli
