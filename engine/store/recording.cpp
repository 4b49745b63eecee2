#include "engine/store/recording.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "engine/error_codes.h"

namespace gatescope {
namespace {

Recording readFrom(const ConversationStore& store, const std::filesystem::path& file) {
    const auto conversations = store.conversations();
    if (conversations.size() != 1)
        refuse(ErrorCode::StoreNotOneConversation,
               file.string(),
               fmt::format("expected a recording of one conversation, found {}",
                           conversations.size()));
    Recording recording{
        .origin = store.origin(), .conversation = conversations.front(), .messages = {}};
    recording.messages = store.messages(recording.conversation.id);
    return recording;
}

void noteInterventions(const InterventionSet& set, std::vector<std::string>& seen) {
    const std::string where = set.empty() ? std::string() : describe(set.scope);
    for (std::string& text : describe(set)) {
        if (!where.empty()) text += " where " + where;
        if (std::ranges::find(seen, text) == seen.end()) seen.push_back(std::move(text));
    }
}

void noteShape(const RoutingRecord& record, RecordingInfo& info) {
    info.numLayers = std::max(info.numLayers, record.numLayers);
    info.numExperts = std::max(info.numExperts, record.numExperts);
    info.numSelected = std::max(info.numSelected, record.numSelected);
}

/// Each expert at most once a layer. That it exists was checked when it was read.
void checkSelection(const RoutingRecord& record, const std::string& where) {
    for (int layer = 0; layer < record.numLayers; ++layer) {
        const auto selected = record.layerSelected(layer);
        const std::set<std::int32_t> distinct(selected.begin(), selected.end());
        if (distinct.size() != selected.size())
            refuse(ErrorCode::StoreDamaged,
                   where,
                   fmt::format("an expert is selected twice in layer {}", layer));
    }
}

void checkMessage(const Message& m, const ModelFacts& facts, const std::string& where) {
    if (facts.numLayers > 0 && facts.numExperts > 0) {
        ModelConfig config;
        config.numLayers = facts.numLayers;
        config.numExperts = facts.numExperts;
        config.numSelected = std::max(1, facts.numSelected);
        // A border: what is a wrong request elsewhere is a damaged file here.
        try {
            validate(m.interventions, config);
        } catch (const Error& error) {
            refuse(ErrorCode::StoreDamaged, where, error.what());
        }
    }
}

std::string placeOf(const Message& message, const std::filesystem::path& file) {
    return fmt::format("{}: message {}", file.string(), message.id);
}

}  // namespace

Recording readRecording(const std::filesystem::path& file) {
    return readFrom(ConversationStore(file, ConversationStore::Mode::ReadOnly), file);
}

RecordingInfo infoOf(const Recording& recording, const std::filesystem::path& file) {
    RecordingInfo info;
    info.origin = recording.origin;
    std::error_code unknown;
    info.fileBytes = std::filesystem::file_size(file, unknown);
    info.title = recording.conversation.title;
    info.model = recording.conversation.model;
    info.facts = recording.conversation.facts;
    info.templateName = recording.conversation.templateName;
    info.messages = static_cast<int>(recording.messages.size());
    for (const auto& message : recording.messages) {
        noteInterventions(message.interventions, info.interventions);
        for (const auto& token : message.tokens) {
            ++info.tokens;
            info.generatedTokens += token.generated ? 1 : 0;
            info.draftedTokens += token.drafted ? 1 : 0;
            if (!token.routing) continue;
            ++info.routedTokens;
            noteShape(*token.routing, info);
        }
    }
    for (const auto index : branchOf(recording.messages)) {
        ++info.branchMessages;
        info.branchTokens += static_cast<int>(recording.messages[index].tokens.size());
    }
    if (info.routedTokens == 0) {
        info.numLayers = info.facts.numLayers;
        info.numExperts = info.facts.numExperts;
        info.numSelected = info.facts.numSelected;
    }
    return info;
}

void checkSelections(const Recording& recording, const std::filesystem::path& file) {
    for (const auto& message : recording.messages)
        for (std::size_t t = 0; t < message.tokens.size(); ++t)
            if (message.tokens[t].routing)
                checkSelection(*message.tokens[t].routing,
                               fmt::format("{}, token {}", placeOf(message, file), t));
}

RoutePin routesOf(const Recording& recording, const std::filesystem::path& file, MessageId leaf) {
    std::error_code unknown;
    const auto whole = std::filesystem::absolute(file, unknown);
    RoutePin pin{.name = file.filename().string(),
                 .records = {},
                 .file = unknown ? file.string() : whole.string()};
    for (const auto index : branchOf(recording.messages, leaf)) {
        const Message& message = recording.messages[index];
        for (const auto& token : message.tokens) {
            if (token.routing) checkSelection(*token.routing, placeOf(message, file));
            pin.records.push_back(token.routing);
        }
    }
    if (std::ranges::none_of(pin.records, [](const auto& record) { return record != nullptr; }))
        throw Error(ErrorKind::BadInput,
                    fmt::format("{}: there is no routing in it to pin a run to: choose a "
                                "recording of a conversation that the model computed",
                                file.string()));
    return pin;
}

RecordingInfo verifyRecording(const std::filesystem::path& file) {
    const ConversationStore store(file, ConversationStore::Mode::ReadOnly);
    store.checkIntegrity();
    const Recording recording = readFrom(store, file);
    const auto& facts = recording.conversation.facts;
    if (recording.conversation.messageCount != static_cast<int>(recording.messages.size()))
        refuse(ErrorCode::StoreDamaged,
               file.string(),
               fmt::format("says {} messages, found {}",
                           recording.conversation.messageCount,
                           recording.messages.size()));
    for (const auto& message : recording.messages)
        checkMessage(message, facts, placeOf(message, file));
    checkSelections(recording, file);
    return infoOf(recording, file);
}

}  // namespace gatescope
