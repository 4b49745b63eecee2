#include "engine/store/settings_json.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/error_codes.h"
#include "engine/io/shown_text.h"
#include "engine/store/database.h"

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
        s.temperature = object.value("temperature", s.temperature);
        s.topK = object.value("top_k", s.topK);
        s.topP = object.value("top_p", s.topP);
        s.minP = object.value("min_p", s.minP);
        s.repetitionPenalty = object.value("repetition_penalty", s.repetitionPenalty);
        s.repetitionWindow = object.value("repetition_window", s.repetitionWindow);
        s.seed = object.value("seed", s.seed);
        return s;
    });
}

std::string toJson(const InterventionSet& interventions) {
    return dump({{"ablate", texts(interventions.ablate)},
                 {"force", texts(interventions.force)},
                 {"bias", texts(interventions.bias)},
                 {"top_k", interventions.topK},
                 {"renormalise", interventions.renormalise}});
}

InterventionSet interventionsFromJson(std::string_view text, const std::string& where) {
    return readJson(text, where, [](const json& object) {
        InterventionSet set;
        set.ablate = parsed(object, "ablate", parseExpertSite);
        set.force = parsed(object, "force", parseExpertSite);
        set.bias = parsed(object, "bias", parseExpertBias);
        set.topK = object.value("top_k", 0);
        set.renormalise = object.value("renormalise", false);
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
                 {"precision", facts.precision}});
}

ModelFacts modelFactsFromJson(std::string_view text, const std::string& where) {
    return readJson(text, where, [](const json& object) {
        ModelFacts facts;
        facts.name = object.value("name", "");
        facts.numLayers = object.value("layers", 0);
        facts.numExperts = object.value("experts", 0);
        facts.numSelected = object.value("selected", 0);
        facts.synthetic = object.value("synthetic", false);
        facts.decoder = object.value("decoder", "");
        facts.precision = object.value("precision", "");
        return facts;
    });
}

}  // namespace gatescope
