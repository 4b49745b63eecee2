#include "engine/offload/heat_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "engine/error.h"
#include "engine/io/shown_text.h"
#include "engine/store/zip_writer.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr const char* kFormat = "gatescope-heat-1";
constexpr std::array kKeys{
    "format", "fingerprint", "model", "layers", "experts", "half_life", "tokens", "counts"};
constexpr std::size_t kLongestModelName = 200;
/// Larger than any that tokens can have made.
constexpr double kLargestCount = 1e15;
constexpr std::int64_t kMostTokens = std::int64_t{1} << 53;
constexpr double kLongestHalfLife = 1e15;

[[noreturn]] void refuseHeat(const std::string& where, const std::string& what) {
    throw Error(ErrorKind::BadInput,
                fmt::format("{}: {}; remove the file, or learn it again", where, what));
}

std::string shownValue(const Json& value) {
    if (value.is_structured()) return value.is_array() ? "a list" : "an object";
    return shownText(value.dump(-1, ' ', true, Json::error_handler_t::replace));
}

/// Hears a document go by without keeping it: what it would cost in memory is known before.
class DepthAndKeys : public nlohmann::json_sax<Json> {
  public:
    bool null() override { return true; }
    bool boolean(bool /*value*/) override { return true; }
    bool number_integer(std::int64_t /*value*/) override { return count(); }
    bool number_unsigned(std::uint64_t /*value*/) override { return count(); }
    bool number_float(double /*value*/, const std::string& /*text*/) override { return count(); }
    bool string(std::string& /*value*/) override { return true; }
    bool binary(binary_t& /*value*/) override { return true; }
    bool start_object(std::size_t /*size*/) override { return ++depth_ == 1; }
    bool end_object() override { return --depth_ >= 0; }
    bool start_array(std::size_t /*size*/) override { return ++depth_ <= 3 && count(); }
    bool end_array() override { return --depth_ >= 0; }
    bool key(std::string& text) override {
        const auto known = std::ranges::find(kKeys, text);
        if (known == kKeys.end()) {
            problem_ = fmt::format("the key {} is not known", quotedText(text));
            return false;
        }
        bool& seen = seen_[static_cast<std::size_t>(known - kKeys.begin())];
        if (seen) problem_ = fmt::format("the key \"{}\" is there twice", text);
        return !std::exchange(seen, true);
    }
    bool parse_error(std::size_t byte,
                     const std::string& /*token*/,
                     const nlohmann::detail::exception& /*error*/) override {
        problem_ = fmt::format("not JSON from byte {} on", byte);
        return false;
    }
    std::string problem() const {
        if (!problem_.empty()) return problem_;
        return "more numbers or deeper lists than any heat has";
    }

  private:
    bool count() { return ++numbers_ <= 2 * kMostHeatCells; }
    int depth_ = 0;
    std::int64_t numbers_ = 0;
    std::array<bool, kKeys.size()> seen_{};
    std::string problem_;
};

Json parseHeat(std::string_view text, const std::string& where) {
    if (text.size() > kLargestHeatFile)
        refuseHeat(where,
                   fmt::format("{} bytes, expected at most {}", text.size(), kLargestHeatFile));
    DepthAndKeys first;
    if (!Json::sax_parse(text, &first)) refuseHeat(where, first.problem());
    Json document = Json::parse(text);
    if (!document.is_object())
        refuseHeat(where, "expected an object, {\"format\": ...}, found " + shownValue(document));
    for (const char* key : kKeys)
        if (!document.contains(key)) refuseHeat(where, fmt::format("\"{}\" is missing", key));
    return document;
}

/// A whole number of a range.
std::int64_t wholeNumber(const Json& document,
                         const char* key,
                         std::int64_t least,
                         std::int64_t most,
                         const std::string& where) {
    const Json& value = document[key];
    // The library casts numbers without a look at their range.
    if (value.is_number_unsigned() && std::cmp_greater_equal(value.get<std::uint64_t>(), least) &&
        std::cmp_less_equal(value.get<std::uint64_t>(), most))
        return static_cast<std::int64_t>(value.get<std::uint64_t>());
    refuseHeat(where,
               fmt::format("\"{}\" is {}, expected a whole number from {} to {}",
                           key,
                           shownValue(value),
                           least,
                           most));
}

std::string textValue(const Json& document, const char* key, const std::string& where) {
    if (!document[key].is_string())
        refuseHeat(where,
                   fmt::format("\"{}\" is {}, expected a text", key, shownValue(document[key])));
    return document[key].get<std::string>();
}

double halfLifeOf(const Json& value, const std::string& where) {
    if (value.is_null()) return std::numeric_limits<double>::infinity();
    const double halfLife = value.is_number() ? value.get<double>() : 0;
    if (!(halfLife > 0 && halfLife <= kLongestHalfLife))
        refuseHeat(where,
                   fmt::format("\"half_life\" is {}, expected tokens above 0, or null for none",
                               shownValue(value)));
    return halfLife;
}

HeatOrigin originOf(const Json& document, const std::string& where) {
    if (textValue(document, "format", where) != kFormat)
        refuseHeat(
            where,
            fmt::format(
                "\"format\" is {}, expected \"{}\"", shownValue(document["format"]), kFormat));
    HeatOrigin origin;
    origin.fingerprint = textValue(document, "fingerprint", where);
    if (!isFingerprint(origin.fingerprint))
        refuseHeat(where,
                   fmt::format("\"fingerprint\" is {}, expected 16 digits of 0-9 and a-f",
                               shownValue(document["fingerprint"])));
    origin.model = textValue(document, "model", where);
    if (origin.model.size() > kLongestModelName)
        refuseHeat(where,
                   fmt::format("\"model\" has {} bytes, expected at most {}",
                               origin.model.size(),
                               kLongestModelName));
    origin.numLayers = static_cast<int>(wholeNumber(document, "layers", 1, kMostHeatLayers, where));
    origin.numExperts =
        static_cast<int>(wholeNumber(document, "experts", 1, kMostHeatExperts, where));
    if (std::int64_t{origin.numLayers} * origin.numExperts > kMostHeatCells)
        refuseHeat(where,
                   fmt::format("{} layers of {} experts, expected at most {} experts in all",
                               origin.numLayers,
                               origin.numExperts,
                               kMostHeatCells));
    origin.halfLife = halfLifeOf(document["half_life"], where);
    return origin;
}

void requireList(const Json& value, int size, const std::string& what, const std::string& where) {
    if (!value.is_array())
        refuseHeat(where, fmt::format("{} is {}, expected a list", what, shownValue(value)));
    if (value.size() != static_cast<std::size_t>(size))
        refuseHeat(where, fmt::format("{} has {} entries, expected {}", what, value.size(), size));
}

std::vector<double> countsOf(const Json& rows, const HeatOrigin& origin, const std::string& where) {
    requireList(rows, origin.numLayers, "\"counts\"", where);
    std::vector<double> counts;
    for (std::size_t layer = 0; layer < rows.size(); ++layer) {
        const Json& row = rows[layer];
        requireList(row, origin.numExperts, fmt::format("\"counts\", layer {},", layer), where);
        for (std::size_t expert = 0; expert < row.size(); ++expert) {
            const Json& value = row[expert];
            const double count = value.is_number() ? value.get<double>() : -1;
            if (!(count >= 0 && count <= kLargestCount))
                refuseHeat(where,
                           fmt::format("\"counts\" of layer {}, expert {} is {}, expected a number "
                                       "from 0 to {}",
                                       layer,
                                       expert,
                                       shownValue(value),
                                       kLargestCount));
            counts.push_back(count);
        }
    }
    return counts;
}

}  // namespace

bool canHaveHeat(int numLayers, int numExperts) {
    return numLayers >= 1 && numLayers <= kMostHeatLayers && numExperts >= 1 &&
           numExperts <= kMostHeatExperts && std::int64_t{numLayers} * numExperts <= kMostHeatCells;
}

HeatOrigin newHeatOrigin(std::string fingerprint,
                         const std::string& model,
                         int numLayers,
                         int numExperts,
                         double halfLife) {
    constexpr std::size_t kShownCharacters = 40;  // of at most 4 bytes, and "..."
    return {.fingerprint = std::move(fingerprint),
            .model = shownText(model, kShownCharacters),
            .numLayers = numLayers,
            .numExperts = numExperts,
            .halfLife = halfLife};
}

bool isFingerprint(std::string_view text) {
    return text.size() == 16 && std::ranges::all_of(text, [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

std::string heatText(const Heat& heat) {
    const HeatOrigin& origin = heat.origin();
    std::string out = fmt::format(
        "{{\n  \"format\": \"{}\",\n  \"fingerprint\": \"{}\",\n  \"model\": {},\n  \"layers\": "
        "{},\n  \"experts\": {},\n  \"half_life\": {},\n  \"tokens\": {},\n  \"counts\": [",
        kFormat,
        origin.fingerprint,
        Json(origin.model).dump(-1, ' ', false, Json::error_handler_t::replace),
        origin.numLayers,
        origin.numExperts,
        std::isfinite(origin.halfLife) ? fmt::format("{}", origin.halfLife) : "null",
        heat.tokens());
    const auto experts = static_cast<std::size_t>(origin.numExperts);
    for (std::size_t cell = 0; cell < heat.counts().size(); ++cell) {
        const bool first = cell % experts == 0;
        if (first) out += cell == 0 ? "\n    [" : "],\n    [";
        out += fmt::format("{}{}", first ? "" : ", ", heat.counts()[cell]);
    }
    return out + "]\n  ]\n}\n";
}

Heat heatFromText(std::string_view text, const std::string& where) {
    const Json document = parseHeat(text, where);
    HeatOrigin origin = originOf(document, where);
    const std::int64_t tokens = wholeNumber(document, "tokens", 0, kMostTokens, where);
    std::vector<double> counts = countsOf(document["counts"], origin, where);
    return {std::move(origin), tokens, std::move(counts)};
}

fs::path heatFile(const fs::path& folder, const std::string& fingerprint) {
    return folder / (fingerprint + ".json");
}

Heat readHeat(const fs::path& file) {
    std::error_code unknown;
    const auto bytes = fs::is_regular_file(file, unknown) ? fs::file_size(file, unknown) : 0;
    std::ifstream in(file, std::ios::binary);
    if (unknown || !in || !fs::is_regular_file(file, unknown))
        throw Error(ErrorKind::BadInput,
                    fmt::format("{}: expected a heat file, found none that can be read; make one "
                                "with gatescope-cli heat learn",
                                file.string()));
    if (bytes > kLargestHeatFile)
        refuseHeat(file.string(),
                   fmt::format("{} bytes, expected at most {}", bytes, kLargestHeatFile));
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    return heatFromText(text, file.string());
}

void writeHeat(const fs::path& file, const Heat& heat) {
    std::error_code failure;
    if (file.has_parent_path()) fs::create_directories(file.parent_path(), failure);
    if (failure)
        throw Error(ErrorKind::DeviceFault,
                    fmt::format("{}: the folder cannot be made ({}); choose another",
                                file.parent_path().string(),
                                failure.message()));
    writeFileWhole(file, heatText(heat));
}

HeatFolderLock::HeatFolderLock(const fs::path& folder) {
    std::error_code failure;
    fs::create_directories(folder, failure);
    folder_ = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    while (folder_ >= 0 && ::flock(folder_, LOCK_EX) != 0 && errno == EINTR) {
    }
}

HeatFolderLock::~HeatFolderLock() {
    if (folder_ >= 0) ::close(folder_);  // which gives the lock back
}

}  // namespace gatescope
