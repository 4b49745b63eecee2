#include "engine/plan/rig.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>

#include "engine/error.h"
#include "engine/io/shown_text.h"
#include "engine/io/utf8.h"

namespace gatescope {
namespace {

using RigJson = nlohmann::ordered_json;

constexpr double kGB = 1e9;
constexpr double kMicrosPerS = 1e6;
constexpr double kMostGB = 1e9;  // bytes of it still fit 63 bits

[[noreturn]] void refuseRig(const std::string& where, const std::string& what) {
    throw Error(ErrorKind::BadInput, fmt::format("{}: {}", where, what));
}

const char* linkName(LinkKind kind) {
    switch (kind) {
        case LinkKind::None:
            return "host";
        case LinkKind::Pcie:
            return "pcie";
        case LinkKind::NvLink:
            return "nvlink";
    }
    return "";
}

std::string lineOf(std::string_view text, std::size_t byte) {
    const std::string_view before = text.substr(0, std::min(byte > 0 ? byte - 1 : 0, text.size()));
    const auto start = before.rfind('\n');
    return fmt::format("line {}, column {}",
                       std::ranges::count(before, '\n') + 1,
                       start == std::string_view::npos ? before.size() + 1 : before.size() - start);
}

/// The members of one object of the file, each asked for once; what is left is a slip of the pen.
class RigReader {
  public:
    RigReader(RigJson object, std::string where, std::string place)
        : object_(std::move(object)), where_(std::move(where)), place_(std::move(place)) {
        if (!object_.is_object())
            refuseRig(where_,
                      fmt::format("{} is {}, expected an object, {{…}}",
                                  place_.empty() ? "the document" : place_,
                                  shown(object_)));
    }

    double number(const char* key,
                  double least,
                  double most,
                  std::optional<double> otherwise = {}) {
        const auto value = take(key, otherwise.has_value());
        if (!value) return *otherwise;
        const double found = value->is_number() ? value->get<double>() : HUGE_VAL;
        if (!(found >= least && found <= most))
            refuseRig(where_,
                      fmt::format("\"{}{}\" is {}, expected a number from {} to {}",
                                  prefix(),
                                  key,
                                  shown(*value),
                                  least,
                                  most));
        return found;
    }

    int count(const char* key, int least, int most, std::optional<int> otherwise = {}) {
        const auto value = take(key, otherwise.has_value());
        if (!value) return *otherwise;
        return whole(*value, key, least, most);
    }

    std::string text(const char* key) {
        const auto value = take(key, false);
        if (!value->is_string() || value->get<std::string>().empty())
            refuseRig(
                where_,
                fmt::format(
                    "\"{}{}\" is {}, expected a text in quotes", prefix(), key, shown(*value)));
        return value->get<std::string>();
    }

    std::vector<int> indices(const char* key, int most) {
        std::vector<int> found;
        for (const RigJson& item : list(key)) found.push_back(whole(item, key, 0, most));
        return found;
    }

    RigJson list(const char* key) {
        const auto value = take(key, false);
        if (!value->is_array())
            refuseRig(
                where_,
                fmt::format("\"{}{}\" is {}, expected a list, […]", prefix(), key, shown(*value)));
        return *value;
    }

    RigReader object(const char* key) { return {*take(key, false), where_, prefix() + key}; }

    /// Call when all has been asked for.
    void finish() const {
        if (object_.empty()) return;
        refuseRig(where_,
                  fmt::format("unknown key \"{}{}\"; there are {}",
                              prefix(),
                              shownText(object_.begin().key()),
                              fmt::join(known_, ", ")));
    }

    [[noreturn]] void refuse(const char* key, const std::string& what) const {
        refuseRig(where_, fmt::format("\"{}{}\" {}", prefix(), key, what));
    }

  private:
    static std::string shown(const RigJson& value) {
        return shownText(value.dump(-1, ' ', true, RigJson::error_handler_t::replace));
    }

    std::string prefix() const { return place_.empty() ? "" : place_ + "."; }

    int whole(const RigJson& value, const char* key, int least, int most) const {
        const bool fits = value.is_number_integer() && value.get<double>() >= least &&
                          value.get<double>() <= most;
        if (!fits)
            refuseRig(where_,
                      fmt::format("\"{}{}\" is {}, expected a whole number from {} to {}",
                                  prefix(),
                                  key,
                                  shown(value),
                                  least,
                                  most));
        return value.get<int>();
    }

    std::optional<RigJson> take(const char* key, bool mayBeMissing) {
        known_.emplace_back(key);
        const auto found = object_.find(key);
        if (found == object_.end()) {
            if (mayBeMissing) return std::nullopt;
            refuseRig(where_, fmt::format("\"{}{}\" is missing", prefix(), key));
        }
        RigJson value = *found;
        object_.erase(found);
        return value;
    }

    RigJson object_;
    std::string where_;
    std::string place_;  ///< "links[2]"; empty: the document itself
    std::vector<std::string> known_;
};

std::uint64_t bytesOfGB(double gigabytes) {
    return static_cast<std::uint64_t>(std::llround(gigabytes * kGB));
}

/// To the nanosecond, so that it reads back as the same one.
double micros(double seconds) {
    return std::round(seconds * kMicrosPerS * 1000) / 1000;
}

/// Whole bytes: what is written reads back as the same number.
double rateOfGB(double gigabytes) {
    return std::round(gigabytes * kGB);
}

void readDevice(RigReader in, Rig& rig) {
    const RigDevice device{.name = in.text("name"),
                           .freeBytes = bytesOfGB(in.number("free_gb", 0, kMostGB)),
                           .readBytesPerS = rateOfGB(in.number("read_gb_per_s", 0.001, kMostGB)),
                           .copyBytesPerS = rateOfGB(in.number("copy_gb_per_s", 0.001, kMostGB))};
    const int count = in.count("count", 1, static_cast<int>(kMostRigDevices), 1);
    in.finish();
    rig.devices.insert(rig.devices.end(), static_cast<std::size_t>(count), device);
    if (rig.devices.size() > kMostRigDevices)
        in.refuse("count", fmt::format("makes more than {} devices", kMostRigDevices));
}

RigLink readLink(RigReader in, int numDevices) {
    RigLink link;
    const std::string kind = in.text("kind");
    if (kind == "nvlink")
        link.kind = LinkKind::NvLink;
    else if (kind == "pcie")
        link.kind = LinkKind::Pcie;
    else if (kind != "host")
        in.refuse("kind", fmt::format("is \"{}\", expected nvlink, pcie or host", shownText(kind)));
    link.devices = in.indices("devices", static_cast<int>(kMostRigDevices) - 1);
    std::ranges::sort(link.devices);
    if (link.devices.size() < 2 || std::ranges::adjacent_find(link.devices) != link.devices.end())
        in.refuse("devices", "expected two different devices or more");
    if (link.devices.back() >= numDevices)
        in.refuse(
            "devices",
            fmt::format(
                "names device {}, there are {} (counted from 0)", link.devices.back(), numDevices));
    link.bytesPerS = rateOfGB(in.number("gb_per_s", 0.001, kMostGB));
    link.allReduceSeconds =
        in.number("all_reduce_us", 0.01, 1e6, micros(usualAllReduceSeconds(link.kind))) /
        kMicrosPerS;
    in.finish();
    return link;
}

/// As a number that reads back as the same one.
RigJson asGB(double bytes) {
    return bytes / kGB;
}

}  // namespace

double usualAllReduceSeconds(LinkKind kind) {
    switch (kind) {
        case LinkKind::None:
            return 35 / kMicrosPerS;
        case LinkKind::Pcie:
            return 15 / kMicrosPerS;
        case LinkKind::NvLink:
            return 5 / kMicrosPerS;
    }
    return 0;
}

RigLink linkThroughHost() {
    return {.devices = {},
            .kind = LinkKind::None,
            .bytesPerS = 10 * kGB,
            .allReduceSeconds = usualAllReduceSeconds(LinkKind::None)};
}

RigLink linkBetween(const Rig& rig, int first, int second) {
    std::optional<RigLink> best;
    for (const RigLink& link : rig.links) {
        if (std::ranges::find(link.devices, first) == link.devices.end() ||
            std::ranges::find(link.devices, second) == link.devices.end())
            continue;
        if (!best || link.allReduceSeconds < best->allReduceSeconds) best = link;
    }
    return best ? *best : linkThroughHost();
}

std::string rigText(const Rig& rig) {
    RigJson devices = RigJson::array();
    for (const RigDevice& device : rig.devices)
        devices.push_back({{"name", device.name},
                           {"free_gb", asGB(static_cast<double>(device.freeBytes))},
                           {"read_gb_per_s", asGB(device.readBytesPerS)},
                           {"copy_gb_per_s", asGB(device.copyBytesPerS)}});
    RigJson links = RigJson::array();
    for (const RigLink& link : rig.links)
        links.push_back({{"kind", linkName(link.kind)},
                         {"devices", link.devices},
                         {"gb_per_s", asGB(link.bytesPerS)},
                         {"all_reduce_us", micros(link.allReduceSeconds)}});
    const RigJson document{{"devices", devices},
                           {"links", links},
                           {"host",
                            {{"free_gb", asGB(static_cast<double>(rig.host.freeBytes))},
                             {"cores", rig.host.cores},
                             {"nodes", rig.host.nodes},
                             {"read_gb_per_s", asGB(rig.host.readBytesPerS)}}},
                           {"disk_gb_per_s", asGB(rig.diskBytesPerS)}};
    return document.dump(2, ' ', false, RigJson::error_handler_t::replace) + "\n";
}

Rig rigFromText(std::string_view text, const std::string& where) {
    if (text.size() > kLargestRigFile)
        refuseRig(where,
                  fmt::format("{} bytes, expected at most {}", text.size(), kLargestRigFile));
    RigJson document;
    try {
        document = RigJson::parse(text);
    } catch (const RigJson::exception& error) {  // parse_error, or a number that no type can hold
        const auto* syntax = dynamic_cast<const RigJson::parse_error*>(&error);
        refuseRig(where, (syntax == nullptr ? "" : lineOf(text, syntax->byte) + ": ") + "not JSON");
    }
    RigReader in(std::move(document), where, "");
    Rig rig;
    int at = 0;
    for (const RigJson& device : in.list("devices"))
        readDevice({device, where, fmt::format("devices[{}]", at++)}, rig);
    at = 0;
    for (const RigJson& link : in.list("links"))
        rig.links.push_back(readLink({link, where, fmt::format("links[{}]", at++)},
                                     static_cast<int>(rig.devices.size())));
    RigReader host = in.object("host");
    rig.host = {.freeBytes = bytesOfGB(host.number("free_gb", 0, kMostGB)),
                .cores = host.count("cores", 1, 65536),
                .nodes = host.count("nodes", 1, 1024, 1),
                .readBytesPerS = rateOfGB(host.number("read_gb_per_s", 0.001, kMostGB))};
    host.finish();
    rig.diskBytesPerS = rateOfGB(in.number("disk_gb_per_s", 0, kMostGB, 0.0));
    in.finish();
    return rig;
}

Rig readRig(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) refuseRig(file.string(), "cannot be read");
    std::string text;
    text.resize(kLargestRigFile + 1);
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    return rigFromText(text, file.string());
}

}  // namespace gatescope
