#include "engine/store/recording_arrays.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "engine/error.h"
#include "engine/store/settings_json.h"

namespace gatescope {
namespace {

using nlohmann::json;

constexpr std::uint64_t kLargestArray = std::uint64_t{8} << 30U;

using Branch = std::vector<const Message*>;

Branch branchMessages(const Recording& recording, MessageId leaf) {
    Branch branch;
    for (const auto index : branchOf(recording.messages, leaf))
        branch.push_back(&recording.messages[index]);
    return branch;
}

void sizeArrays(const Branch& branch, const Recording& recording, RecordingArrays& a) {
    bool anyRecord = false;
    for (const auto* message : branch)
        for (const auto& token : message->tokens) {
            ++a.numTokens;
            if (!token.routing) continue;
            anyRecord = true;
            a.numLayers = std::max<std::int64_t>(a.numLayers, token.routing->numLayers);
            a.numExperts = std::max<std::int64_t>(a.numExperts, token.routing->numExperts);
            a.numSelected = std::max<std::int64_t>(a.numSelected, token.routing->numSelected);
        }
    if (anyRecord) return;
    const auto& facts = recording.conversation.facts;
    a.numLayers = std::clamp(facts.numLayers, 0, 4096);
    a.numExperts = std::clamp(facts.numExperts, 0, 4096);
    a.numSelected = std::clamp(facts.numSelected, 0, facts.numExperts);
}

void checkSize(const RecordingArrays& a, const std::filesystem::path& file) {
    // At most 2^12 layers and experts a record, 2^31 tokens: the product fits 63 bits.
    const auto bytes = static_cast<std::uint64_t>(a.numLayers * a.numTokens * a.numExperts) * 4;
    if (bytes > kLargestArray)
        throw Error(ErrorKind::BadInput,
                    fmt::format("{}: router_probs [{}, {}, {}] would take {} bytes, at most {} are "
                                "exported at once; export a shorter branch",
                                file.string(),
                                a.numLayers,
                                a.numTokens,
                                a.numExperts,
                                bytes,
                                kLargestArray));
}

template <class T>
void copyLayer(std::span<const T> from, std::vector<T>& to, std::int64_t row, std::int64_t width) {
    std::ranges::copy(from, to.begin() + row * width);
}

void placeRecord(const RoutingRecord& record, std::int64_t token, RecordingArrays& a) {
    for (int layer = 0; layer < record.numLayers; ++layer) {
        const std::int64_t row = layer * a.numTokens + token;
        copyLayer(record.layerProbs(layer), a.routerProbs, row, a.numExperts);
        if (!record.logSumExps.empty())
            a.routerLse[static_cast<std::size_t>(row)] =
                record.logSumExps[static_cast<std::size_t>(layer)];
        copyLayer(record.layerSelected(layer), a.selected, row, a.numSelected);
        copyLayer(record.layerGates(layer), a.gates, row, a.numSelected);
    }
}

void placeAlternatives(const TokenRecord& token, RecordingArrays& a) {
    constexpr float kUnknown = std::numeric_limits<float>::quiet_NaN();
    const std::size_t end = a.alternatives.size() + TokenAlternatives::kMost;
    if (token.generated && token.alternatives) {
        const TokenAlternatives& known = *token.alternatives;
        a.alternatives.insert(a.alternatives.end(), known.tokens.begin(), known.tokens.end());
        a.alternativeLogProbs.insert(
            a.alternativeLogProbs.end(), known.logProbs.begin(), known.logProbs.end());
        a.entropy.push_back(known.entropy);
        a.rank.push_back(known.rank);
    } else {
        a.entropy.push_back(kUnknown);
        a.rank.push_back(0);
    }
    a.alternatives.resize(end, -1);
    a.alternativeLogProbs.resize(end, kUnknown);
}

void placeToken(const TokenRecord& token, std::int32_t message, RecordingArrays& a) {
    a.tokens.push_back(token.token);
    a.predicted.push_back(token.predicted());
    a.logProbs.push_back(token.generated ? token.logProb : std::numeric_limits<float>::quiet_NaN());
    a.generated.push_back(token.generated ? 1 : 0);
    a.drafted.push_back(token.drafted ? 1 : 0);
    a.chosen.push_back(token.chosen ? 1 : 0);
    placeAlternatives(token, a);
    a.message.push_back(message);
    a.text += token.text;
    a.textOffsets.push_back(static_cast<std::int32_t>(a.text.size()));
}

/// What `record rerun` needs: the ids as a text, so that they do not fill a line each; how many
/// were given before the first that was generated, and how many were generated then. A token that
/// a person chose was given, with all before it: they took their draws.
void noteIds(const Message& m, json& entry) {
    std::string ids;
    for (const auto& token : m.tokens) {
        if (!ids.empty()) ids += ' ';
        ids += std::to_string(token.token);
    }
    const auto isGenerated = [](const TokenRecord& token) { return token.generated; };
    const auto begin = std::ranges::find_if(m.tokens, isGenerated);
    const auto end = std::find_if_not(begin, m.tokens.end(), isGenerated);
    const auto isChosen = [](const TokenRecord& token) { return token.chosen; };
    const auto lastChosen =
        std::find_if(std::make_reverse_iterator(end), std::make_reverse_iterator(begin), isChosen);
    entry["ids"] = ids;
    entry["given"] = lastChosen.base() - m.tokens.begin();
    entry["draws_before"] = lastChosen.base() - begin;
    entry["generated"] = end - lastChosen.base();
}

json messageEntry(const Message& m, std::int64_t firstToken) {
    json entry = {{"id", m.id},
                  {"role", name(m.role)},
                  {"text", m.text},
                  {"interrupted", m.state != MessageState::Complete},
                  {"finish_reason", m.finishReason ? json(name(*m.finishReason)) : json()},
                  {"sampler", json::parse(toJson(m.sampler))},
                  {"interventions", json::parse(toJson(m.interventions))},
                  {"created_ms", m.createdMs},
                  {"first_token", firstToken},
                  {"token_count", m.tokens.size()}};
    noteIds(m, entry);
    return entry;
}

json arrayEntries(const RecordingArrays& a) {
    const json perExpert = {a.numLayers, a.numTokens, a.numExperts};
    const json perSelected = {a.numLayers, a.numTokens, a.numSelected};
    const auto entry = [](const char* type, json shape, const char* meaning) {
        return json{{"type", type}, {"shape", std::move(shape)}, {"meaning", meaning}};
    };
    return {
        {"router_probs",
         entry(
             "f32",
             perExpert,
             "softmax over all experts, by layer, token, expert; NaN: not computed. Stored as f16: "
             "relative error at most 2^-11, or 2^-25 absolute")},
        {"router_lse",
         entry("f32",
               {a.numLayers, a.numTokens},
               "ln of the sum of exp over the router's logits, interventions' bias included; NaN: "
               "not computed, or not recorded")},
        {"selected",
         entry("i32", perSelected, "experts used, larger gate first; -1: fewer were selected")},
        {"gates", entry("f32", perSelected, "weight applied to that expert's output")},
        {"tokens", entry("i32", {a.numTokens}, "vocabulary ids, as the model saw them")},
        {"logprobs",
         entry("f32", {a.numTokens}, "natural log of the model's probability; NaN: prompt")},
        {"predicted",
         entry("i32",
               {a.numTokens},
               "id that the model thought most likely in this token's place; -1: prompt, or not "
               "recorded")},
        {"generated", entry("i32", {a.numTokens}, "1: by the model, 0: prompt")},
        {"drafted",
         entry("i32",
               {a.numTokens},
               "1: guessed by prompt lookup and found right in a step of several tokens; id, "
               "logprob and routing are those of a step of its own")},
        {"chosen",
         entry("i32", {a.numTokens}, "1: a person took it instead of the one that was drawn")},
        {"alternatives",
         entry("i32",
               {a.numTokens, TokenAlternatives::kMost},
               "ids that the model itself held likeliest in this token's place, before penalty and "
               "filters, likeliest first; -1: fewer, or not recorded")},
        {"alternative_logprobs",
         entry("f32",
               {a.numTokens, TokenAlternatives::kMost},
               "natural logs of their probabilities; NaN: none")},
        {"entropy_bits",
         entry("f32",
               {a.numTokens},
               "of the model's distribution over its whole vocabulary; NaN: not recorded")},
        {"rank",
         entry("i32",
               {a.numTokens},
               "of the token among the vocabulary, 1: the likeliest; 0: not recorded")},
        {"message", entry("i32", {a.numTokens}, "index into messages")},
        {"text_offsets",
         entry("i32", {a.numTokens + 1}, "token t is bytes [t] to [t+1] of text.txt")}};
}

std::string manifestOf(const Recording& recording,
                       const Branch& branch,
                       const std::filesystem::path& file,
                       const RecordingArrays& a) {
    const auto& conversation = recording.conversation;
    json messages = json::array();
    std::int64_t first = 0;
    json sampler;
    for (const auto* message : branch) {
        messages.push_back(messageEntry(*message, first));
        first += static_cast<std::int64_t>(message->tokens.size());
        if (message->role == Role::Assistant) sampler = json::parse(toJson(message->sampler));
    }
    const json manifest = {
        {"format", "gatescope-export-1"},
        {"recording", file.filename().string()},
        {"application", recording.origin.application},
        {"schema", recording.origin.schemaVersion},
        {"created_ms", recording.origin.createdMs},
        {"title", conversation.title},
        {"model", conversation.model},
        {"model_facts", json::parse(toJson(conversation.facts))},
        {"template", conversation.templateName},
        {"system", conversation.systemText},
        {"sampler", sampler},
        {"seed", sampler.is_null() ? json() : sampler.at("seed")},
        {"interventions",
         branch.empty() ? json() : json::parse(toJson(branch.back()->interventions))},
        {"messages", messages},
        {"messages_on_other_branches", recording.messages.size() - branch.size()},
        {"arrays", arrayEntries(a)}};
    return manifest.dump(2, ' ', false, json::error_handler_t::replace) + '\n';
}

}  // namespace

RecordingArrays arraysOf(const Recording& recording,
                         const std::filesystem::path& file,
                         MessageId leaf) {
    const Branch branch = branchMessages(recording, leaf);
    RecordingArrays a;
    sizeArrays(branch, recording, a);
    checkSize(a, file);
    const auto rows = static_cast<std::size_t>(a.numLayers * a.numTokens);
    a.routerProbs.assign(rows * static_cast<std::size_t>(a.numExperts),
                         std::numeric_limits<float>::quiet_NaN());
    a.routerLse.assign(rows, std::numeric_limits<float>::quiet_NaN());
    a.selected.assign(rows * static_cast<std::size_t>(a.numSelected), -1);
    a.gates.assign(rows * static_cast<std::size_t>(a.numSelected), 0.0F);
    a.textOffsets.push_back(0);
    for (std::size_t m = 0; m < branch.size(); ++m)
        for (const auto& token : branch[m]->tokens) {
            if (token.routing)
                placeRecord(*token.routing, static_cast<std::int64_t>(a.tokens.size()), a);
            placeToken(token, static_cast<std::int32_t>(m), a);
            if (a.text.size() > std::numeric_limits<std::int32_t>::max())
                throw Error(ErrorKind::BadInput,
                            fmt::format("{}: more than 2 GiB of text", file.string()));
        }
    a.manifest = manifestOf(recording, branch, file, a);
    return a;
}

}  // namespace gatescope
