#include <fmt/format.h>

#include <charconv>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "app/cli/rerun.h"
#include "engine/error.h"
#include "engine/io/shown_text.h"
#include "engine/store/recording_arrays.h"
#include "engine/store/settings_json.h"

namespace gatescope::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::uintmax_t kLargestManifest = std::uintmax_t{1} << 30U;
constexpr const char* kFormat = "gatescope-export-1";

[[noreturn]] void refuse(const std::string& where, const std::string& what) {
    throw Error(ErrorKind::BadInput, fmt::format("{}: {}", where, what));
}

std::string manifestText(const fs::path& file) {
    if (file.extension() != ".json") return arraysOf(readRecording(file), file, 0).manifest;
    std::ifstream in(file, std::ios::binary);
    std::error_code unknown;
    const auto bytes = fs::file_size(file, unknown);
    if (!in || unknown) refuse(file.string(), "cannot be read; expected a manifest");
    if (bytes > kLargestManifest)
        refuse(file.string(), fmt::format("{} bytes are no manifest", bytes));
    return {std::istreambuf_iterator<char>(in), {}};
}

/// "5 17 3"
std::vector<TokenId> parseIds(const std::string& text, const std::string& where) {
    std::vector<TokenId> ids;
    const char* at = text.data();
    const char* const end = at + text.size();
    while (at != end) {
        TokenId id = 0;
        const auto [next, failure] = std::from_chars(at, end, id);
        if (failure != std::errc() || (next != end && *next != ' '))
            refuse(where,
                   fmt::format("\"ids\" holds '{}', expected whole numbers with spaces between",
                               shownText(std::string(at, end))));
        ids.push_back(id);
        at = next == end ? end : next + 1;
    }
    return ids;
}

/// A message's own tokens behind `before`; a reply is added to `replies`.
void readMessage(const json& message,
                 int index,
                 const std::string& where,
                 std::vector<PromptSegment>& before,
                 std::vector<RecordedReply>& replies) {
    const auto ids = parseIds(message.at("ids").get<std::string>(), where);
    const auto given = message.at("given").get<std::size_t>();
    const auto generated = message.at("generated").get<std::size_t>();
    if (message.value("draws_before", 0) < 0) refuse(where, "\"draws_before\" is below 0");
    if (given > ids.size() || generated > ids.size() - given)
        refuse(where,
               fmt::format(
                   "{} given and {} generated tokens of {} ids", given, generated, ids.size()));
    PromptSegment segment;
    segment.interventions = interventionsFromJson(message.at("interventions").dump(), where);
    if (generated > 0) {
        const auto first = ids.begin() + static_cast<std::ptrdiff_t>(given);
        RecordedReply reply{.message = index,
                            .prompt = before,
                            .ids = {first, first + static_cast<std::ptrdiff_t>(generated)},
                            .sampler = samplerFromJson(message.at("sampler").dump(), where),
                            .drawsBefore = message.value("draws_before", 0),
                            .interventions = segment.interventions};
        segment.tokens.assign(ids.begin(), first);
        if (!segment.tokens.empty()) reply.prompt.push_back(segment);
        replies.push_back(std::move(reply));
    }
    segment.tokens = ids;
    if (!ids.empty()) before.push_back(std::move(segment));
}

RunManifest parseManifest(const json& document, const fs::path& file) {
    if (document.value("format", std::string()) != kFormat)
        refuse(file.string(), fmt::format("expected a manifest with \"format\": \"{}\"", kFormat));
    RunManifest manifest;
    manifest.application = document.at("application").get<std::string>();
    manifest.model = document.at("model").get<std::string>();
    manifest.facts = modelFactsFromJson(document.at("model_facts").dump(), file.string());
    std::vector<PromptSegment> before;
    int index = 0;
    for (const auto& message : document.at("messages")) {
        readMessage(message,
                    index,
                    fmt::format("{}: message {}", file.string(), index),
                    before,
                    manifest.replies);
        ++index;
    }
    return manifest;
}

}  // namespace

RunManifest readRunManifest(const fs::path& file) {
    const json document = json::parse(manifestText(file), nullptr, /*allow_exceptions=*/false);
    if (!document.is_object())
        refuse(file.string(), "expected a JSON object, found something else");
    // A border: the JSON library's complaints become one about this file.
    try {
        return parseManifest(document, file);
    } catch (const json::exception& error) {
        refuse(file.string(),
               fmt::format("not a whole manifest ({})", shownText(error.what(), kWholeText)));
    }
}

}  // namespace gatescope::cli
