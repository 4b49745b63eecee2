#include "engine/store/recording_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <string_view>

#include "engine/error.h"
#include "engine/routing/routing_stats.h"
#include "engine/store/recording_page_html.h"
#include "kernels/quant/float_types.h"

namespace gatescope {
namespace {

using nlohmann::json;

constexpr std::uint16_t kNoPick = 0xffff;
constexpr std::string_view kDataPlace = "GATESCOPE_PAGE_DATA";

// ---------------------------------------------------------------- encodings

/// RFC 4648, section 4. Of words as little-endian bytes.
std::string base64(const std::vector<std::uint16_t>& words) {
    constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const std::size_t size = words.size() * 2;
    const auto byte = [&](std::size_t i) -> std::uint32_t {
        if (i >= size) return 0;
        return (words[i / 2] >> (i % 2 == 0 ? 0U : 8U)) & 0xffU;
    };
    std::string text;
    text.reserve((size + 2) / 3 * 4);
    for (std::size_t i = 0; i < size; i += 3) {
        const std::uint32_t bits = byte(i) << 16U | byte(i + 1) << 8U | byte(i + 2);
        text += kDigits[bits >> 18U & 63U];
        text += kDigits[bits >> 12U & 63U];
        text += i + 1 < size ? kDigits[bits >> 6U & 63U] : '=';
        text += i + 2 < size ? kDigits[bits & 63U] : '=';
    }
    return text;
}

/// JSON that may stand inside a script element: only ASCII, and nothing that ends the element or
/// opens a comment in it.
std::string asPageData(const json& data) {
    const std::string plain = data.dump(-1, ' ', true, json::error_handler_t::replace);
    std::string safe;
    safe.reserve(plain.size());
    for (const char c : plain) {
        if (c == '<' || c == '>' || c == '&')
            safe += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        else
            safe += c;
    }
    return safe;
}

// ---------------------------------------------------------------- parts

/// [L, T, N] to [T, L, N]: a page shows one token after another.
template <class From, class Convert>
std::string byToken(const RecordingArrays& a,
                    const std::vector<From>& values,
                    std::int64_t width,
                    Convert convert) {
    std::vector<std::uint16_t> words;
    words.reserve(values.size());
    for (std::int64_t t = 0; t < a.numTokens; ++t)
        for (std::int64_t layer = 0; layer < a.numLayers; ++layer) {
            const std::int64_t row = (layer * a.numTokens + t) * width;
            for (std::int64_t i = row; i < row + width; ++i)
                words.push_back(convert(values[static_cast<std::size_t>(i)]));
        }
    return base64(words);
}

json textsOf(const RecordingArrays& a) {
    json texts = json::array();
    for (std::size_t t = 0; t < a.tokens.size(); ++t) {
        const auto from = static_cast<std::size_t>(a.textOffsets[t]);
        texts.push_back(a.text.substr(from, static_cast<std::size_t>(a.textOffsets[t + 1]) - from));
    }
    return texts;
}

json logProbsOf(const RecordingArrays& a) {
    json values = json::array();
    for (const float value : a.logProbs)
        values.push_back(std::isfinite(value) ? json(value) : json());
    return values;
}

/// Null where no token says what was predicted in its place: recordings made before it was kept.
json predictedOf(const RecordingArrays& a) {
    const bool known = std::ranges::any_of(a.predicted, [](std::int32_t id) { return id >= 0; });
    return known ? json(a.predicted) : json();
}

bool hasLogSumExps(const RecordingArrays& a) {
    return std::ranges::any_of(a.routerLse, [](float value) { return std::isfinite(value); });
}

/// [T, L] f32, as little-endian bytes; null where no recording of a token has it.
json logSumExpsOf(const RecordingArrays& a) {
    if (!hasLogSumExps(a)) return nullptr;
    std::vector<std::uint16_t> words;
    words.reserve(2 * a.routerLse.size());
    for (std::int64_t t = 0; t < a.numTokens; ++t)
        for (std::int64_t layer = 0; layer < a.numLayers; ++layer) {
            const auto bits = std::bit_cast<std::uint32_t>(
                a.routerLse[static_cast<std::size_t>(layer * a.numTokens + t)]);
            words.push_back(static_cast<std::uint16_t>(bits & 0xffffU));
            words.push_back(static_cast<std::uint16_t>(bits >> 16U));
        }
    return base64(words);
}

/// "ablate 3:5", "top_k 3", ...: what a manifest says was changed, whatever the kinds are.
json interventionWords(const json& interventions) {
    json words = json::array();
    for (const auto& [key, value] : interventions.items()) {
        if (value.is_array())
            for (const auto& item : value)
                words.push_back(key + ' ' +
                                (item.is_string() ? item.get<std::string>() : item.dump()));
        else if (value.is_boolean() && value.get<bool>())
            words.push_back(key);
        else if (value.is_number() && value.get<double>() != 0)
            words.push_back(key + ' ' + value.dump());
        else if (key == "pin")
            words.push_back("pin " + value.at("name").get<std::string>());
        else if (key == "scope" && value.contains("filter"))
            words.push_back("where " + value.at("filter").get<std::string>());
    }
    return words;
}

json messagesOf(const json& manifest) {
    json messages = json::array();
    for (const auto& message : manifest.at("messages"))
        messages.push_back({{"role", message.at("role")},
                            {"text", message.at("text")},
                            {"interrupted", message.at("interrupted")},
                            {"token_count", message.at("token_count")},
                            {"interventions", interventionWords(message.at("interventions"))}});
    return messages;
}

/// Of the generated tokens; of the prompt's when there are none. Records of another shape than the
/// arrays' are left out.
json loadOf(const Recording& recording, const RecordingArrays& a, MessageId leaf) {
    if (a.numLayers == 0 || a.numExperts == 0) return {{"tokens", 0}};
    RoutingStats generated(static_cast<int>(a.numLayers), static_cast<int>(a.numExperts));
    RoutingStats prompt = generated;
    for (const auto index : branchOf(recording.messages, leaf))
        for (const auto& token : recording.messages[index].tokens)
            if (token.routing && token.routing->numLayers == a.numLayers &&
                token.routing->numExperts == a.numExperts)
                (token.generated ? generated : prompt).add(*token.routing);
    const bool any = generated.tokens() > 0;
    const RoutingStats& stats = any ? generated : prompt;
    if (stats.tokens() == 0) return {{"tokens", 0}};
    json counts = json::array();
    json shares = json::array();
    for (int layer = 0; layer < stats.numLayers(); ++layer) {
        json layerCounts = json::array();
        json layerShares = json::array();
        for (int expert = 0; expert < stats.numExperts(); ++expert) {
            layerCounts.push_back(stats.count(layer, expert));
            layerShares.push_back(stats.loadShare(layer, expert));
        }
        counts.push_back(std::move(layerCounts));
        shares.push_back(std::move(layerShares));
    }
    const ChanceBand band = stats.widestChanceBand(BandScope::AllExperts);
    return {{"tokens", stats.tokens()},
            {"population", any ? "generated" : "prompt"},
            {"counts", std::move(counts)},
            {"shares", std::move(shares)},
            {"band", {{"level", band.level}, {"low", band.low}, {"high", band.high}}}};
}

void checkFitsPage(const RecordingArrays& a, const std::filesystem::path& file) {
    const std::int64_t bytes = a.numTokens * a.numLayers *
                               (a.numExperts + 2 * a.numSelected + (hasLogSumExps(a) ? 2 : 0)) *
                               std::int64_t{2};
    if (bytes <= kLargestPageArrays && a.numTokens <= kMostPageTokens) return;
    throw Error(ErrorKind::BadInput,
                fmt::format("{}: {} tokens of {} layers and {} experts are {} MiB of routing, a "
                            "page holds at most {} tokens and {} MiB; export npz, csv or json, or "
                            "a shorter conversation",
                            file.string(),
                            a.numTokens,
                            a.numLayers,
                            a.numExperts,
                            bytes >> 20U,
                            kMostPageTokens,
                            kLargestPageArrays >> 20U));
}

json pageData(const Recording& recording, const RecordingArrays& a, MessageId leaf) {
    const json manifest = json::parse(a.manifest);
    const auto half = [](float value) { return kernels::floatToHalf(value); };
    const auto pick = [](std::int32_t expert) {
        return expert < 0 ? kNoPick : static_cast<std::uint16_t>(expert);
    };
    return {{"format", "gatescope-page-1"},
            {"title", recording.conversation.title},
            {"model",
             recording.conversation.facts.name.empty() ? recording.conversation.model
                                                       : recording.conversation.facts.name},
            {"application", recording.origin.application},
            {"synthetic", recording.conversation.facts.synthetic},
            {"shape",
             {{"tokens", a.numTokens},
              {"layers", a.numLayers},
              {"experts", a.numExperts},
              {"selected", a.numSelected}}},
            {"texts", textsOf(a)},
            {"ids", a.tokens},
            {"message", a.message},
            {"generated", a.generated},
            {"drafted", a.drafted},
            {"logprobs", logProbsOf(a)},
            {"messages", messagesOf(manifest)},
            {"probs", byToken(a, a.routerProbs, a.numExperts, half)},
            {"picks", byToken(a, a.selected, a.numSelected, pick)},
            {"gates", byToken(a, a.gates, a.numSelected, half)},
            {"lse", logSumExpsOf(a)},
            {"predicted", predictedOf(a)},
            {"load", loadOf(recording, a, leaf)},
            {"manifest", manifest}};
}

}  // namespace

std::string recordingPage(const Recording& recording,
                          const RecordingArrays& arrays,
                          const std::filesystem::path& file,
                          MessageId leaf) {
    checkFitsPage(arrays, file);
    const std::string_view page = kRecordingPageHtml;
    const std::size_t place = page.find(kDataPlace);
    std::string html(page.substr(0, place));
    html += asPageData(pageData(recording, arrays, leaf));
    html += page.substr(place + kDataPlace.size());
    return html;
}

}  // namespace gatescope
