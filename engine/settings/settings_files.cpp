#include "engine/settings/settings_files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <type_traits>
#include <utility>

#include "engine/error.h"
#include "engine/io/shown_text.h"
#include "engine/io/utf8.h"
#include "engine/store/zip_writer.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;
using OrderedJson = nlohmann::ordered_json;

constexpr std::size_t kMostFiles = 1000;
constexpr std::size_t kLongestName = 60;

[[noreturn]] void refuseFile(const std::string& where, const std::string& what) {
    throw Error(ErrorKind::BadInput, fmt::format("{}: {}", where, what));
}

// ---------------------------------------------------------------- one list of keys a kind of file

template <class Options, class Visit>
void eachOptionKey(Options& options, const Visit& visit) {
    visit("temperature", options.sampler.temperature);
    visit("top_k", options.sampler.topK);
    visit("top_p", options.sampler.topP);
    visit("min_p", options.sampler.minP);
    visit("repetition_penalty", options.sampler.repetitionPenalty);
    visit("repetition_window", options.sampler.repetitionWindow);
    visit("seed", options.sampler.seed);
    visit("max_tokens", options.maxTokens);
    visit("stop", options.stopStrings);
    visit("speculation", options.speculation);
}

template <class Preset, class Visit>
void eachPresetKey(Preset& preset, const Visit& visit) {
    visit("description", preset.description);
    eachOptionKey(preset.options, visit);
}

template <class Template, class Visit>
void eachTemplateKey(Template& t, const Visit& visit) {
    visit("title", t.title);
    visit("description", t.description);
    visit("preamble", t.preamble);
    visit("user_prefix", t.userPrefix);
    visit("reply_prefix", t.replyPrefix);
    visit("stop", t.stopStrings);
}

/// As the shortest number that means it: 0.7, not 0.699999988.
OrderedJson asJson(float value) {
    return std::strtod(fmt::format("{}", value).c_str(), nullptr);
}
template <class Value>
OrderedJson asJson(const Value& value) {
    return value;
}

std::string fileText(const OrderedJson& object) {
    return object.dump(2, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

// ---------------------------------------------------------------- reading

/// "line 3, column 14" of the byte that JSON stops at.
std::string placeOf(std::string_view text, std::size_t byte) {
    const std::string_view before = text.substr(0, std::min(byte > 0 ? byte - 1 : 0, text.size()));
    const auto line = std::ranges::count(before, '\n') + 1;
    const auto start = before.rfind('\n');
    const std::size_t column =
        start == std::string_view::npos ? before.size() + 1 : before.size() - start;
    return fmt::format("line {}, column {}", line, column);
}

OrderedJson parseObject(std::string_view text, const std::string& where) {
    if (text.size() > kLargestSettingsFile)
        refuseFile(where,
                   fmt::format("{} bytes, expected at most {}", text.size(), kLargestSettingsFile));
    OrderedJson object;
    try {
        object = OrderedJson::parse(text);
    } catch (const OrderedJson::parse_error& error) {
        refuseFile(where, placeOf(text, error.byte) + ": not JSON");
    }
    if (!object.is_object()) refuseFile(where, "expected a JSON object, {…}, found something else");
    return object;
}

void readValue(const OrderedJson& found, std::string& value) {
    value = found.get<std::string>();
}
void readValue(const OrderedJson& found, bool& value) {
    value = found.get<bool>();
}
void readValue(const OrderedJson& found, std::vector<std::string>& value) {
    value = found.get<std::vector<std::string>>();
}
void readValue(const OrderedJson& found, float& value) {
    const double wide = found.is_number() ? found.get<double>() : HUGE_VAL;
    if (!(std::abs(wide) <= std::numeric_limits<float>::max()))
        throw Error(ErrorKind::BadInput, "expected a number");
    value = static_cast<float>(wide);
}
template <std::integral Number>
void readValue(const OrderedJson& found, Number& value) {
    // The library casts numbers without a look at their range.
    const bool fits = found.is_number_unsigned() ? std::in_range<Number>(found.get<std::uint64_t>())
                      : found.is_number_integer() ? std::in_range<Number>(found.get<std::int64_t>())
                                                  : false;
    if (!fits)
        throw Error(ErrorKind::BadInput,
                    fmt::format("expected a whole number from {} to {}",
                                std::numeric_limits<Number>::min(),
                                std::numeric_limits<Number>::max()));
    value = found.get<Number>();
}

template <class Setting, class EachKey>
void readKeys(OrderedJson object, Setting& setting, const std::string& where, const EachKey& each) {
    std::vector<std::string> known;
    each(setting, [&](const char* key, auto& value) {
        known.emplace_back(key);
        const auto found = object.find(key);
        if (found == object.end()) return;
        try {
            readValue(*found, value);
        } catch (const std::exception& error) {  // the library's complaint or our own
            refuseFile(
                where,
                fmt::format(
                    "\"{}\" is {}, {}",
                    key,
                    shownText(found->dump(-1, ' ', true, OrderedJson::error_handler_t::replace)),
                    dynamic_cast<const Error*>(&error) != nullptr ? error.what()
                                                                  : "which is of the wrong kind"));
        }
        object.erase(found);
    });
    if (object.empty()) return;
    refuseFile(where,
               fmt::format("unknown setting \"{}\"; there are {}",
                           shownText(object.begin().key()),
                           fmt::join(known, ", ")));
}

void validateFrom(const std::string& where, const ReplyOptions& options) {
    try {
        validate(options);
    } catch (const Error& error) {
        refuseFile(where, error.what());
    }
}

std::string readSmallFile(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) refuseFile(file.string(), "cannot be read");
    std::string text;
    text.resize(kLargestSettingsFile + 1);
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    return text;
}

std::vector<fs::path> jsonFilesIn(const fs::path& folder) {
    std::vector<fs::path> files;
    std::error_code end;
    for (fs::directory_iterator at(folder, end); !end && at != fs::directory_iterator();
         at.increment(end)) {
        std::error_code ignored;
        if (at->path().extension() == ".json" && at->is_regular_file(ignored))
            files.push_back(at->path());
        if (files.size() == kMostFiles) break;
    }
    std::ranges::sort(files);
    return files;
}

template <class Setting>
SettingsFolder<Setting> readFolder(const fs::path& folder, Setting (*read)(const fs::path&)) {
    SettingsFolder<Setting> result;
    for (const fs::path& file : jsonFilesIn(folder)) {
        try {
            result.found.push_back(read(file));
        } catch (const Error& error) {  // the others are as good as before
            result.problems.emplace_back(error.what());
        }
    }
    return result;
}

void writeNamed(const fs::path& folder, const std::string& name, const std::string& text) {
    if (!isSettingsName(name))
        throw Error(ErrorKind::BadUsage,
                    fmt::format("'{}' cannot be a name: expected 1 to {} characters that can name "
                                "a file",
                                shownText(name),
                                kLongestName));
    std::error_code failure;
    fs::create_directories(folder, failure);
    if (failure)
        throw Error(
            ErrorKind::DeviceFault,
            fmt::format("{}: the folder cannot be made: {}", folder.string(), failure.message()));
    writeFileWhole(folder / (name + ".json"), text);
}

}  // namespace

std::string presetText(const ReplyPreset& preset) {
    OrderedJson object;
    eachPresetKey(preset, [&](const char* key, const auto& value) { object[key] = asJson(value); });
    return fileText(object);
}

ReplyPreset presetFromText(std::string_view text, std::string name, const std::string& where) {
    ReplyPreset preset;
    preset.name = std::move(name);
    readKeys(parseObject(text, where), preset, where, [](ReplyPreset& p, const auto& visit) {
        eachPresetKey(p, visit);
    });
    validateFrom(where, preset.options);
    return preset;
}

std::string optionsText(const ReplyOptions& options) {
    OrderedJson object;
    eachOptionKey(options,
                  [&](const char* key, const auto& value) { object[key] = asJson(value); });
    return fileText(object);
}

ReplyOptions optionsFromText(std::string_view text, const std::string& where) {
    ReplyOptions options;
    readKeys(parseObject(text, where), options, where, [](ReplyOptions& o, const auto& visit) {
        eachOptionKey(o, visit);
    });
    validateFrom(where, options);
    return options;
}

std::string templateText(const PromptTemplate& t) {
    OrderedJson object;
    eachTemplateKey(t, [&](const char* key, const auto& value) { object[key] = asJson(value); });
    return fileText(object);
}

PromptTemplate templateFromText(std::string_view text, std::string name, const std::string& where) {
    PromptTemplate t;
    t.title = name;
    t.name = std::move(name);
    readKeys(parseObject(text, where), t, where, [](PromptTemplate& p, const auto& visit) {
        eachTemplateKey(p, visit);
    });
    if (t.title.empty()) t.title = t.name;
    if (std::ranges::count(t.stopStrings, std::string()) > 0)
        refuseFile(where, "\"stop\" holds an empty text, which would end every reply at once");
    return t;
}

ReplyPreset readPreset(const fs::path& file) {
    return presetFromText(readSmallFile(file), file.stem().string(), file.string());
}

PromptTemplate readTemplate(const fs::path& file) {
    PromptTemplate t = templateFromText(readSmallFile(file), file.stem().string(), file.string());
    if (PromptTemplates::isBuiltIn(t.name))
        refuseFile(file.string(),
                   "a template that comes with the program has this name; rename the file");
    return t;
}

bool isSettingsName(std::string_view name) {
    if (name.empty() || !isUtf8(name) || shownText(name, kLongestName) != name) return false;
    const auto atEnd = [](char c) { return c == '.' || c == ' '; };
    return name.find('/') == std::string_view::npos && !atEnd(name.front()) && !atEnd(name.back());
}

SettingsFolder<ReplyPreset> readPresets(const fs::path& folder) {
    return readFolder<ReplyPreset>(folder, readPreset);
}

SettingsFolder<PromptTemplate> readTemplates(const fs::path& folder) {
    return readFolder<PromptTemplate>(folder, readTemplate);
}

void writePreset(const fs::path& folder, const ReplyPreset& preset) {
    writeNamed(folder, preset.name, presetText(preset));
}

void writeTemplate(const fs::path& folder, const PromptTemplate& t) {
    writeNamed(folder, t.name, templateText(t));
}

void removeSettings(const fs::path& folder, const std::string& name) {
    std::error_code failure;
    if (isSettingsName(name)) fs::remove(folder / (name + ".json"), failure);
    if (failure)
        throw Error(ErrorKind::DeviceFault,
                    fmt::format("{}: cannot be removed: {}",
                                (folder / (name + ".json")).string(),
                                failure.message()));
}

}  // namespace gatescope
