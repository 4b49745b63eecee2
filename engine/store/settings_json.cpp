#include "engine/store/settings_json.h"

#include <fmt/format.h>

#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <type_traits>
#include <utility>

#include "engine/error_codes.h"
#include "engine/io/shown_text.h"
#include "engine/store/database.h"
#include "engine/store/pinned_routes.h"

namespace gatescope {
namespace {

using nlohmann::json;

/// Settings are a few hundred bytes; more is not ours and is not parsed.
constexpr std::size_t kLargestSettings = 1U << 20U;

/// Strings in a library come from people and files: bytes that are no UTF-8 must not throw here.
std::string dump(const json& object) {
    return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

template <class Read>
auto readJson(std::string_view text, const std::string& where, const Read& read) {
    if (text.size() > kLargestSettings)
        refuse(ErrorCode::StoreDamaged,
               where,
               fmt::format(
                   "settings of {} bytes, expected at most {}", text.size(), kLargestSettings));
    const json object = json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!object.is_object())
        refuse(ErrorCode::StoreDamaged,
               where,
               "expected settings as a JSON object, found something else");
    // A border: the JSON library's and the parsers' complaints become one about this file.
    try {
        return read(object);
    } catch (const json::exception& error) {
        refuse(
            ErrorCode::StoreDamaged,
            where,
            fmt::format("a setting has the wrong type ({})", shownText(error.what(), kWholeText)));
    } catch (const Error& error) {
        refuse(ErrorCode::StoreDamaged, where, shownText(error.what(), kWholeText));
    }
}

template <class T>
json texts(const std::vector<T>& values) {
    json list = json::array();
    for (const auto& value : values) list.push_back(toString(value));
    return list;
}

template <class T>
std::vector<T> parsed(const json& object, const char* key, T (*parse)(std::string_view)) {
    std::vector<T> values;
    if (!object.contains(key)) return values;
    for (const auto& item : object.at(key)) values.push_back(parse(item.get<std::string>()));
    return values;
}

/// The library itself casts numbers without a look at their range, which is undefined for 1e21.
[[noreturn]] void refuseNumber(const char* key, const json& found, std::string_view expected) {
    throw Error(ErrorKind::BadInput,
                fmt::format("\"{}\" is {}, expected {}", key, shownText(dump(found)), expected));
}

template <std::integral Number>
Number numberAs(const char* key, const json& found) {
    const bool fits = found.is_number_unsigned() ? std::in_range<Number>(found.get<std::uint64_t>())
                      : found.is_number_integer() ? std::in_range<Number>(found.get<std::int64_t>())
                                                  : false;
    if (!fits)
        refuseNumber(key,
                     found,
                     fmt::format("a whole number from {} to {}",
                                 std::numeric_limits<Number>::min(),
                                 std::numeric_limits<Number>::max()));
    return found.get<Number>();
}

float numberAs(const char* key, const json& found) {
    const double wide = found.is_number() ? found.get<double>() : HUGE_VAL;
    if (!(std::abs(wide) <= std::numeric_limits<float>::max()))
        refuseNumber(key, found, "a number that fits 32 bits");
    return static_cast<float>(wide);
}

/// What `object` says of `key`, if it says anything.
template <class Value>
void readSetting(const json& object, const char* key, Value& value) {
    const auto found = object.find(key);
    if (found == object.end()) return;
    if constexpr (std::is_same_v<Value, float>)
        value = numberAs(key, *found);
    else if constexpr (std::integral<Value> && !std::is_same_v<Value, bool>)
        value = numberAs<Value>(key, *found);
    else
        value = found->template get<Value>();
}

json scopeJson(const TokenScope& scope) {
    json positions = json::array();
    for (const PositionRange& range : scope.positions)
        positions.push_back({range.begin, range.end});
    json object{{"tokens", scope.tokens}, {"positions", positions}};
    if (!scope.filter.empty()) object["filter"] = scope.filter;
    return object;
}

TokenScope scopeOf(const json& object) {
    TokenScope scope;
    for (const auto& token : object.at("tokens"))
        scope.tokens.push_back(numberAs<TokenId>("tokens", token));
    for (const auto& range : object.at("positions"))
        scope.positions.push_back(
            {numberAs<int>("positions", range.at(0)), numberAs<int>("positions", range.at(1))});
    readSetting(object, "filter", scope.filter);
    return scope;
}

/// Without records: findPin() has them.
std::shared_ptr<const RoutePin> pinOf(const json& object) {
    RoutePin pin{.name = object.at("name").get<std::string>(),
                 .records = {},
                 .gates = object.at("gates").get<bool>()};
    readSetting(object, "file", pin.file);
    readSetting(object, "fingerprint", pin.fingerprint);
    return std::make_shared<const RoutePin>(std::move(pin));
}

}  // namespace

std::string toJson(const SamplerConfig& sampler) {
    return dump({{"temperature", sampler.temperature},
                 {"top_k", sampler.topK},
                 {"top_p", sampler.topP},
                 {"min_p", sampler.minP},
                 {"repetition_penalty", sampler.repetitionPenalty},
                 {"repetition_window", sampler.repetitionWindow},
                 {"seed", sampler.seed}});
}

SamplerConfig samplerFromJson(std::string_view text, const std::string& where) {
    return readJson(text, where, [](const json& object) {
        SamplerConfig s;
        readSetting(object, "temperature", s.temperature);
        readSetting(object, "top_k", s.topK);
        readSetting(object, "top_p", s.topP);
        readSetting(object, "min_p", s.minP);
        readSetting(object, "repetition_penalty", s.repetitionPenalty);
        readSetting(object, "repetition_window", s.repetitionWindow);
        readSetting(object, "seed", s.seed);
        return s;
    });
}

std::string toJson(const InterventionSet& interventions) {
    json object = {{"ablate", texts(interventions.ablate)},
                   {"exclude", texts(interventions.exclude)},
                   {"force", texts(interventions.force)},
                   {"bias", texts(interventions.bias)},
                   {"scale", texts(interventions.scale)},
                   {"swap", texts(interventions.swap)},
                   {"top_k", interventions.topK},
                   {"renormalise", interventions.renormalise}};
    if (!interventions.layerTopK.empty()) object["layer_top_k"] = texts(interventions.layerTopK);
    if (const auto& pin = interventions.pin)
        object["pin"] = {{"name", pin->name},
                         {"gates", pin->gates},
                         {"file", pin->file},
                         {"fingerprint", fingerprintOf(*pin)}};
    if (!interventions.scope.everywhere()) object["scope"] = scopeJson(interventions.scope);
    return dump(object);
}

InterventionSet interventionsFromJson(std::string_view text, const std::string& where) {
    return readJson(text, where, [](const json& object) {
        InterventionSet set;
        set.ablate = parsed(object, "ablate", parseExpertSite);
        set.exclude = parsed(object, "exclude", parseExpertSite);
        set.force = parsed(object, "force", parseExpertSite);
        set.bias = parsed(object, "bias", parseExpertBias);
        set.scale = parsed(object, "scale", parseExpertScale);
        set.swap = parsed(object, "swap", parseExpertSwap);
        readSetting(object, "top_k", set.topK);
        set.layerTopK = parsed(object, "layer_top_k", parseLayerTopK);
        readSetting(object, "renormalise", set.renormalise);
        if (const auto pin = object.find("pin"); pin != object.end()) set.pin = pinOf(*pin);
        if (const auto scope = object.find("scope"); scope != object.end())
            set.scope = scopeOf(*scope);
        return set;
    });
}

std::string toJson(const ModelFacts& facts) {
    return dump({{"name", facts.name},
                 {"layers", facts.numLayers},
                 {"experts", facts.numExperts},
                 {"selected", facts.numSelected},
                 {"synthetic", facts.synthetic},
                 {"decoder", facts.decoder},
                 {"precision", facts.precision},
                 {"ranks", facts.numRanks},
                 {"fingerprint", facts.fingerprint}});
}

ModelFacts modelFactsFromJson(std::string_view text, const std::string& where) {
    return readJson(text, where, [](const json& object) {
        ModelFacts facts;
        readSetting(object, "name", facts.name);
        readSetting(object, "layers", facts.numLayers);
        readSetting(object, "experts", facts.numExperts);
        readSetting(object, "selected", facts.numSelected);
        readSetting(object, "synthetic", facts.synthetic);
        readSetting(object, "decoder", facts.decoder);
        readSetting(object, "precision", facts.precision);
        readSetting(object, "ranks", facts.numRanks);
        readSetting(object, "fingerprint", facts.fingerprint);
        return facts;
    });
}

std::string toJson(const ReplyRun& run) {
    return dump({{"prompt_tokens", run.promptTokens},
                 {"reused_tokens", run.reusedTokens},
                 {"generated_tokens", run.generatedTokens},
                 {"drafted_tokens", run.draftedTokens},
                 {"accepted_tokens", run.acceptedTokens},
                 {"prefill_ms", run.prefillMs},
                 {"first_token_ms", run.firstTokenMs},
                 {"decode_ms", run.decodeMs},
                 {"stop_strings", run.stopStrings}});
}

ReplyRun replyRunFromJson(std::string_view text, const std::string& where) {
    return readJson(text, where, [](const json& object) {
        ReplyRun run;
        readSetting(object, "prompt_tokens", run.promptTokens);
        readSetting(object, "reused_tokens", run.reusedTokens);
        readSetting(object, "generated_tokens", run.generatedTokens);
        readSetting(object, "drafted_tokens", run.draftedTokens);
        readSetting(object, "accepted_tokens", run.acceptedTokens);
        readSetting(object, "prefill_ms", run.prefillMs);
        readSetting(object, "first_token_ms", run.firstTokenMs);
        readSetting(object, "decode_ms", run.decodeMs);
        readSetting(object, "stop_strings", run.stopStrings);
        return run;
    });
}

}  // namespace gatescope
