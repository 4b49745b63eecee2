#include "engine/import/untrusted_json.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "engine/error_codes.h"
#include "engine/io/utf8.h"

namespace gatescope {
namespace {

using nlohmann::json;

/// Exports nest about ten deep.
constexpr int kDeepestJson = 64;
constexpr std::size_t kLongestTitle = 120;
/// The year 9999: a time behind it is none.
constexpr double kLastMs = 253'402'300'799'000.0;

/// The code unit of "\uXXXX" at `at`; -1: there is none.
int codeUnit(std::string_view text, std::size_t at) {
    if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return -1;
    int unit = 0;
    const char* end = text.data() + at + 6;
    const auto read = std::from_chars(text.data() + at + 2, end, unit, 16);
    return read.ec == std::errc() && read.ptr == end ? unit : -1;
}

bool isFirstHalf(int unit) {
    return unit >= 0xd800 && unit < 0xdc00;
}
bool isSecondHalf(int unit) {
    return unit >= 0xdc00 && unit < 0xe000;
}

void replaceLoneHalves(std::string& text) {
    for (std::size_t at = text.find('\\'); at != std::string::npos; at = text.find('\\', at)) {
        const int unit = codeUnit(text, at);
        if (isFirstHalf(unit) && isSecondHalf(codeUnit(text, at + 6))) {
            at += 12;
        } else if (isFirstHalf(unit) || isSecondHalf(unit)) {
            text.replace(at + 2, 4, "fffd");
            at += 6;
        } else {
            at += 2;  // the backslash and what it escapes
        }
    }
}

int countInvalidBytes(std::string_view text) {
    int count = 0;
    while (!text.empty()) {
        const Utf8Head head = readUtf8(text);
        const bool good = head.kind == Utf8Head::Kind::Character;
        if (!good) ++count;
        text.remove_prefix(good ? head.size : 1);
    }
    return count;
}

}  // namespace

std::string repairedJson(std::string_view text, LeftOut& leftOut) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    const bool whole = isUtf8(text);
    if (!whole) leftOut.badBytes += countInvalidBytes(text);
    std::string repaired = whole ? std::string(text) : replaceInvalidUtf8(text);
    replaceLoneHalves(repaired);
    return repaired;
}

json parseUntrusted(std::string_view text, const std::string& where) {
    const auto watch = [&](int depth, json::parse_event_t, const json&) {
        if (depth >= kDeepestJson)
            refuse(ErrorCode::ImportLimit,
                   where,
                   fmt::format("holds more than {} objects and arrays within each other",
                               kDeepestJson));
        return true;
    };
    // A border: the JSON library says where, ours says in what file.
    try {
        return json::parse(text, watch);
    } catch (const json::parse_error& error) {
        refuse(ErrorCode::ImportSyntax,
               fmt::format("{}: byte {}", where, error.byte == 0 ? 0 : error.byte - 1),  // from 1
               "not JSON; expected conversations as another program exported them");
    } catch (const json::out_of_range&) {
        refuse(ErrorCode::ImportSyntax, where, "holds a number that is too large for any value");
    }
}

const json& memberOf(const json& object, const char* key) {
    static const json nothing;
    if (!object.is_object()) return nothing;
    const auto found = object.find(key);
    return found == object.end() ? nothing : *found;
}

std::string textOf(const json& object, const char* key) {
    const json& value = memberOf(object, key);
    return value.is_string() ? value.get<std::string>() : std::string();
}

std::string idOf(const json& object, const char* key) {
    const json& value = memberOf(object, key);
    if (value.is_string()) return value.get<std::string>();
    if (!value.is_number_integer() || value == -1) return {};
    return value.dump();
}

std::int64_t timeOf(const json& object, const char* key, double unitMs) {
    const json& value = memberOf(object, key);
    const double ms = value.is_number() ? value.get<double>() * unitMs : 0;
    return std::isfinite(ms) && ms > 0 && ms < kLastMs ? static_cast<std::int64_t>(ms) : 0;
}

std::string titleFrom(std::string_view text) {
    std::string title;
    std::size_t characters = 0;
    while (!text.empty() && characters < kLongestTitle) {
        const Utf8Head head = readUtf8(text);
        const bool blank = static_cast<unsigned char>(text.front()) <= ' ';
        if (!blank)
            title += text.substr(0, head.size);
        else if (!title.empty() && title.back() != ' ')
            title += ' ';
        text.remove_prefix(head.size);
        ++characters;
    }
    if (title.ends_with(' ')) title.pop_back();
    return title;
}

}  // namespace gatescope
