// How a tour is read: JSON and its steps. What the steps say is checked in tour.cpp.

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "app/gui/tour.h"
#include "engine/error.h"

namespace gatescope {
namespace {

using Json = nlohmann::json;

[[noreturn]] void refuse(const std::string& origin, const std::string& what) {
    throw Error(ErrorKind::BadInput, fmt::format("{}: {}", origin, what));
}

/// "line 3, column 7" of a byte.
std::string positionOf(std::string_view text, std::size_t byte) {
    const std::string_view before = text.substr(0, std::min(byte, text.size()));
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const std::size_t lineStart = before.rfind('\n');
    const std::size_t column =
        lineStart == std::string_view::npos ? before.size() : before.size() - lineStart - 1;
    return fmt::format("line {}, column {}", line, std::max<std::size_t>(column, 1));
}

TourStep stepOf(const Json& entry, std::size_t number, const std::string& origin) {
    if (!entry.is_object() || !entry.contains("do") || !entry["do"].is_string()) {
        refuse(origin,
               fmt::format("step {}: expected an object with \"do\": a step's name, found {}",
                           number,
                           entry.dump().substr(0, 80)));
    }
    TourStep step{entry["do"].get<std::string>(), entry};
    step.fields.erase("do");
    return step;
}

}  // namespace

Tour loadTour(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream) refuse(file.string(), "the tour cannot be opened: check the path");
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    if (stream.bad()) refuse(file.string(), "the tour cannot be read");
    return parseTour(text, file.string());
}

Tour parseTour(std::string_view text, const std::string& origin) {
    Json json;
    try {
        json = Json::parse(text);
    } catch (const Json::parse_error& error) {  // the library's own, not ours
        refuse(origin,
               fmt::format("{}: this is no JSON ({})", positionOf(text, error.byte), error.what()));
    } catch (const Json::out_of_range& error) {  // the library's own too: 1e999
        refuse(origin, fmt::format("a number is too large ({})", error.what()));
    }
    if (!json.is_object()) refuse(origin, "expected {\"title\": ..., \"steps\": [...]}");
    for (const auto& [key, value] : json.items()) {
        if (key != "title" && key != "steps") {
            refuse(origin, fmt::format("unknown member \"{}\": expected title, steps", key));
        }
    }
    if (!json.contains("steps") || !json["steps"].is_array()) {
        refuse(origin, "expected \"steps\" to be a list");
    }
    if (json.contains("title") && !json["title"].is_string()) {
        refuse(origin, "expected \"title\" to be a text");
    }
    Tour tour;
    tour.title = json.value("title", "");
    for (const Json& entry : json["steps"]) {
        tour.steps.push_back(stepOf(entry, tour.steps.size() + 1, origin));
    }
    return tour;
}

}  // namespace gatescope
