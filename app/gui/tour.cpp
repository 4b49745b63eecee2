#include "app/gui/tour.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>

#include "engine/decoder/scope_filter.h"
#include "engine/error.h"
#include "ui/chat/token_tint.h"
#include "ui/routing/heatmap_mode.h"

namespace gatescope {
namespace {

using Json = nlohmann::json;
/// What is wrong with a value, or nothing.
using Check = std::optional<std::string> (*)(const Json& value);

std::optional<std::string> expected(const char* what, const Json& found) {
    return fmt::format("must be {}, found {}", what, found.dump());
}

std::optional<std::string> text(const Json& value) {
    return value.is_string() ? std::nullopt : expected("a text", value);
}
std::optional<std::string> textOrNull(const Json& value) {
    return value.is_string() || value.is_null() ? std::nullopt : expected("a text or null", value);
}
/// Of a size that no step could mistake for another number: they are kept as int.
bool isWhole(const Json& value, std::int64_t from) {
    constexpr std::int64_t kLargest = std::numeric_limits<std::int32_t>::max();
    if (value.is_number_unsigned() && value.get<std::uint64_t>() > kLargest) return false;
    return value.is_number_integer() && value.get<std::int64_t>() >= from &&
           value.get<std::int64_t>() <= kLargest;
}
std::optional<std::string> integerOrNull(const Json& value) {
    return value.is_null() || isWhole(value, std::numeric_limits<std::int32_t>::min())
               ? std::nullopt
               : expected("a whole number of 32 bits or null", value);
}
std::optional<std::string> countingNumber(const Json& value) {
    return isWhole(value, 1) ? std::nullopt
                             : expected("a whole number from 1 to 2147483647", value);
}
std::optional<std::string> notNegative(const Json& value) {
    return isWhole(value, 0) ? std::nullopt
                             : expected("a whole number from 0 to 2147483647", value);
}
std::optional<std::string> seconds(const Json& value) {
    return value.is_number() && value > 0 ? std::nullopt
                                          : expected("a number of seconds above 0", value);
}
std::optional<std::string> speed(const Json& value) {
    return value.is_number() && value > 0 && value <= 1000
               ? std::nullopt
               : expected("a number of tokens per second, above 0 and up to 1000", value);
}
/// One of these words, at least two.
std::optional<std::string> oneOf(const Json& value, const std::vector<std::string>& words) {
    const bool known = std::ranges::any_of(words, [&](const auto& word) { return value == word; });
    const auto last = words.end() - 1;
    const std::string all = fmt::format("{} or {}", fmt::join(words.begin(), last, ", "), *last);
    return known ? std::nullopt : expected(all.c_str(), value);
}
std::optional<std::string> heatmapMode(const Json& value) {
    if (!value.is_string()) return expected("the name of a mode", value);
    if (modeOfName(QString::fromStdString(value.get<std::string>()))) return std::nullopt;
    std::vector<std::string> names;
    for (int i = 0; i < kHeatmapModes; ++i)
        names.push_back(modeName(static_cast<HeatmapMode>(i)).toStdString());
    return fmt::format("must be one of {}, found {}", fmt::join(names, ", "), value.dump());
}
std::optional<std::string> halfLife(const Json& value) {
    const bool known = value == 1 || value == 8 || value == 32 || value == 128;
    return known ? std::nullopt : expected("1, 8, 32 or 128 tokens", value);
}
std::optional<std::string> population(const Json& value) {
    return oneOf(value, {"generated", "prompt", "all"});
}
std::optional<std::string> pixels(const Json& value) {
    return value.is_number_integer() && value >= 1 && value <= 16384
               ? std::nullopt
               : expected("a number of pixels from 1 to 16384", value);
}
std::optional<std::string> percent(const Json& value) {
    return isWhole(value, 80) && value <= 200
               ? std::nullopt
               : expected("a whole number of percent from 80 to 200", value);
}
std::optional<std::string> waitTarget(const Json& value) {
    constexpr std::array kTargets{"loaded", "idle", "tokens"};
    const bool known =
        value.is_string() &&
        std::find(kTargets.begin(), kTargets.end(), value.get<std::string>()) != kTargets.end();
    return known ? std::nullopt : expected("\"loaded\", \"idle\" or \"tokens\"", value);
}
std::optional<std::string> tintOf(const Json& value) {
    const bool known = value.is_string() &&
                       tintNamed(QString::fromStdString(value.get<std::string>())).has_value();
    return known ? std::nullopt
                 : expected(
                       "none, expert, gate, margin, decisive, entropy, mass, surprise or "
                       "repeat",
                       value);
}
std::optional<std::string> layersOfTint(const Json& value) {
    const bool known = value.is_string() &&
                       layersNamed(QString::fromStdString(value.get<std::string>())).has_value();
    return known ? std::nullopt : expected("\"picked\", \"all\" or layers like \"3-9\"", value);
}
std::optional<std::string> yesOrNo(const Json& value) {
    return value.is_boolean() ? std::nullopt : expected("true or false", value);
}
std::optional<std::string> fileName(const Json& value) {
    if (!value.is_string()) return expected("a file name", value);
    const std::string name = value.get<std::string>();
    if (name.empty() || name == "." || name == ".." ||
        name.find_first_of(std::string_view("/\\\0", 3)) != std::string::npos) {
        return expected("a file name without a folder", value);
    }
    return std::nullopt;
}

template <class Parse>
std::optional<std::string> listOf(const Json& value, const char* what, Parse parse) {
    if (!value.is_array()) return expected(what, value);
    for (const Json& entry : value) {
        if (!entry.is_string()) return expected(what, value);
        try {
            parse(entry.get<std::string>());
        } catch (const Error& error) {  // the parser of the command line says what it wanted
            return std::string("is not valid: ") + error.what();
        }
    }
    return std::nullopt;
}
std::optional<std::string> sites(const Json& value) {
    return listOf(value, "a list like [\"3:5\"]", parseExpertSite);
}
std::optional<std::string> biases(const Json& value) {
    return listOf(value, "a list like [\"3:5:1.5\"]", parseExpertBias);
}
std::optional<std::string> scales(const Json& value) {
    return listOf(value, "a list like [\"3:5:0.5\"]", parseExpertScale);
}
std::optional<std::string> swaps(const Json& value) {
    return listOf(value, "a list like [\"3:5:6\"]", parseExpertSwap);
}
std::optional<std::string> layerTopKs(const Json& value) {
    return listOf(value, "a list like [\"3:4\", \"5-7:1\"]", parseLayerTopK);
}

std::optional<std::string> scope(const Json& value) {
    if (!value.is_string()) return expected("a filter like \"index<10\"", value);
    try {
        if (const auto filter = value.get<std::string>(); !filter.empty())
            ScopeFilter::check(filter);
    } catch (const Error& error) {  // it says what is wrong with it
        return std::string("is not valid: ") + error.what();
    }
    return std::nullopt;
}

std::optional<std::string> head(const Json& value) {
    if (!value.is_string()) return expected("LAYER:HEAD, like \"3:5\"", value);
    return listOf(Json::array({value}), "", parseExpertSite);
}
std::optional<std::string> inspectionPage(const Json& value) {
    return oneOf(value, {"words", "lens", "who", "attention"});
}
std::optional<std::string> modelPage(const Json& value) {
    return oneOf(value, {"tensors", "routers", "plan", "heat"});
}
std::optional<std::string> rowOrder(const Json& value) {
    return oneOf(value, {"layer", "expert"});
}
std::optional<std::string> gridOrFlow(const Json& value) {
    return oneOf(value, {"grid", "flow"});
}
std::optional<std::string> names(const Json& value) {
    return listOf(value, "a list of names", [](const std::string&) {});
}
std::optional<std::string> prompts(const Json& value) {
    const bool texts = value.is_array() && !value.empty() &&
                       std::ranges::all_of(value, [](const Json& v) { return v.is_string(); });
    return texts ? std::nullopt : expected("a list of texts", value);
}

struct Field {
    const char* name;
    Check check;
    bool required = false;
};
constexpr bool kRequired = true;

const std::map<std::string, std::vector<Field>, std::less<>>& knownSteps() {
    static const std::map<std::string, std::vector<Field>, std::less<>> steps{
        {"open", {{"model", textOrNull}, {"recording", text}}},
        {"new_chat", {}},
        {"template", {{"name", text, kRequired}}},
        {"system", {{"text", text, kRequired}}},
        {"preset", {{"name", text, kRequired}}},
        {"type", {{"text", text, kRequired}}},
        {"send", {{"text", text}}},
        {"stop", {}},
        {"continue", {}},
        {"regenerate", {}},
        {"rerun", {}},
        {"compare", {{"a", countingNumber, kRequired}, {"b", countingNumber, kRequired}}},
        {"remove_version", {{"message", notNegative, kRequired}}},
        {"undo_remove_version", {}},
        {"edit", {{"message", notNegative, kRequired}, {"text", text, kRequired}}},
        {"wait",
         {{"for", waitTarget, kRequired}, {"count", countingNumber}, {"timeout_s", seconds}}},
        {"select_token", {{"index", integerOrNull, kRequired}}},
        {"inspect", {{"head", head}, {"page", inspectionPage}, {"timeout_s", seconds}}},
        {"select_range", {{"first", integerOrNull, kRequired}, {"last", integerOrNull, kRequired}}},
        {"mode",
         {{"name", heatmapMode, kRequired}, {"half_life", halfLife}, {"population", population}}},
        {"pin_baseline", {}},
        {"pin_contrast", {}},
        {"map_attention", {{"head", head, kRequired}, {"timeout_s", seconds}}},
        {"find_experts",
         {{"a", prompts, kRequired}, {"b", prompts, kRequired}, {"timeout_s", seconds}}},
        {"model", {{"page", modelPage}, {"tensor", text}, {"timeout_s", seconds}}},
        {"rows", {{"by", rowOrder, kRequired}}},
        {"transitions", {{"from", notNegative}, {"to", notNegative}, {"as", gridOrFlow}}},
        {"play", {{"tokens_per_s", speed}, {"from", integerOrNull}, {"to", integerOrNull}}},
        {"intervene",
         {{"ablate", sites},
          {"route_around", sites},
          {"force", sites},
          {"bias", biases},
          {"scale", scales},
          {"swap", swaps},
          {"top_k", notNegative},
          {"layer_top_k", layerTopKs},
          {"where", scope}}},
        {"clear_interventions", {}},
        {"undo_interventions", {}},
        {"redo_interventions", {}},
        {"tint",
         {{"by", tintOf, kRequired},
          {"layer", notNegative},
          {"layers", layersOfTint},
          {"numbers", yesOrNo}}},
        {"filter", {{"expression", text, kRequired}}},
        {"search", {{"text", text, kRequired}}},
        {"find", {{"text", text, kRequired}}},
        {"keep", {{"folder", text}, {"tags", names}, {"pinned", yesOrNo}, {"archived", yesOrNo}}},
        {"show", {{"view", text, kRequired}}},
        {"theme", {{"name", text, kRequired}}},
        {"text_size", {{"percent", percent, kRequired}}},
        {"palette", {{"query", textOrNull, kRequired}, {"run", yesOrNo}}},
        {"resize", {{"width", pixels, kRequired}, {"height", pixels, kRequired}}},
        {"caption", {{"text", text, kRequired}}},
        {"screenshot", {{"name", fileName, kRequired}}},
        {"save_recording", {{"name", fileName, kRequired}}},
        {"dump", {{"name", fileName, kRequired}}},
        {"stay", {}},
    };
    return steps;
}

std::string namesOf(const std::vector<Field>& fields) {
    std::vector<std::string> names;
    for (const Field& field : fields) names.emplace_back(field.name);
    return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

std::optional<std::string> problemOf(const TourStep& step) {
    const auto known = knownSteps().find(step.action);
    if (known == knownSteps().end()) {
        std::vector<std::string> names;
        for (const auto& [name, fields] : knownSteps()) names.push_back(name);
        return fmt::format("there is no such step: the steps are {}", fmt::join(names, ", "));
    }
    const std::vector<Field>& fields = known->second;
    for (const auto& [key, value] : step.fields.items()) {
        const auto field = std::find_if(
            fields.begin(), fields.end(), [&key](const Field& f) { return key == f.name; });
        if (field == fields.end()) {
            return fmt::format("unknown field \"{}\": its fields are {}", key, namesOf(fields));
        }
        if (const auto problem = field->check(value)) {
            return fmt::format("\"{}\" {}", key, *problem);
        }
    }
    for (const Field& field : fields) {
        if (field.required && !step.fields.contains(field.name)) {
            return fmt::format("\"{}\" is missing", field.name);
        }
    }
    if (step.action == "open" && step.fields.contains("model") &&
        step.fields.contains("recording")) {
        return "either a \"model\" or a \"recording\" can be opened, not both";
    }
    if (step.action == "select_range" &&
        step.fields["first"].is_null() != step.fields["last"].is_null()) {
        return "both \"first\" and \"last\" are null, for no range, or none is";
    }
    if (step.action == "tint" && step.fields.contains("layer") && step.fields.contains("layers")) {
        return "either a \"layer\" or \"layers\" can be tinted by, not both";
    }
    if (step.action == "intervene" && step.fields.empty()) {
        return fmt::format("it changes nothing: its fields are {}", namesOf(fields));
    }
    return std::nullopt;
}

std::string placeOf(const Tour& tour, std::size_t step) {
    return fmt::format("tour step {} ({})", step + 1, tour.steps[step].action);
}

std::optional<std::string> problemOf(const Tour& tour) {
    for (std::size_t i = 0; i < tour.steps.size(); ++i) {
        if (const auto problem = problemOf(tour.steps[i])) {
            return fmt::format("{}: {}", placeOf(tour, i), *problem);
        }
    }
    return std::nullopt;
}

InterventionSet interventionsOf(const TourStep& step) {
    InterventionSet set;
    const auto texts = [&step](const char* name) {
        return step.fields.value(name, std::vector<std::string>{});
    };
    for (const std::string& site : texts("ablate")) set.ablate.push_back(parseExpertSite(site));
    for (const std::string& site : texts("route_around"))
        set.exclude.push_back(parseExpertSite(site));
    for (const std::string& site : texts("force")) set.force.push_back(parseExpertSite(site));
    for (const std::string& bias : texts("bias")) set.bias.push_back(parseExpertBias(bias));
    for (const std::string& scale : texts("scale")) set.scale.push_back(parseExpertScale(scale));
    for (const std::string& swap : texts("swap")) set.swap.push_back(parseExpertSwap(swap));
    set.topK = step.fields.value("top_k", 0);
    for (const std::string& layers : texts("layer_top_k")) setTopK(set, layers);
    set.scope.filter = step.fields.value("where", std::string());
    return set;
}

nlohmann::json dumpOf(const InterventionSet& set) {
    Json json{{"ablate", Json::array()}, {"force", Json::array()}, {"bias", Json::array()}};
    for (const ExpertSite& site : set.ablate) json["ablate"].push_back(toString(site));
    for (const ExpertSite& site : set.force) json["force"].push_back(toString(site));
    for (const ExpertBias& bias : set.bias) json["bias"].push_back(toString(bias));
    for (const ExpertSite& site : set.exclude) json["route_around"].push_back(toString(site));
    for (const ExpertScale& scale : set.scale) json["scale"].push_back(toString(scale));
    for (const ExpertSwap& swap : set.swap) json["swap"].push_back(toString(swap));
    json["top_k"] = set.topK;
    for (const LayerTopK& layers : set.layerTopK) json["layer_top_k"].push_back(toString(layers));
    if (!set.scope.filter.empty()) json["where"] = set.scope.filter;
    return json;
}

}  // namespace gatescope
