#include "engine/store/pinned_routes.h"

#include <fmt/format.h>

#include <cstdint>
#include <map>
#include <optional>

#include "engine/error.h"
#include "engine/io/shown_text.h"
#include "engine/store/recording.h"
#include "kernels/quant/float_types.h"

namespace gatescope {
namespace {

/// Grows by a record, so that all branches of a tree cost what its tokens do.
class RouteHash {
  public:
    void add(const RoutingRecord* record, bool gates) {
        if (record == nullptr) return mix(0xffffffffU);
        for (const int size : {record->numLayers, record->numExperts, record->numSelected})
            mix(static_cast<std::uint32_t>(size));
        for (const std::int32_t expert : record->selected) mix(static_cast<std::uint32_t>(expert));
        if (!gates) return;
        for (const float gate : record->gates) mix(kernels::floatToHalf(gate));
    }
    std::string text() const { return fmt::format("{:016x}", hash_); }

  private:
    void mix(std::uint32_t word) {
        constexpr std::uint64_t kPrime = 0x100000001b3U;
        hash_ = (hash_ ^ word) * kPrime;
    }
    std::uint64_t hash_ = 0xcbf29ce484222325U;
};

/// The last message of the branch of `tree` that was routed so; null: none.
std::optional<MessageId> endOfBranch(const RoutePin& wanted, const std::vector<Message>& tree) {
    std::map<MessageId, RouteHash> hashes;  // of the branches that end in each message
    for (const Message& message : tree) {
        RouteHash hash = message.parent == 0 ? RouteHash() : hashes[message.parent];
        for (const auto& token : message.tokens) hash.add(token.routing.get(), wanted.gates);
        if (!message.tokens.empty() && hash.text() == wanted.fingerprint) return message.id;
        hashes[message.id] = hash;
    }
    return std::nullopt;
}

std::shared_ptr<const RoutePin> routesUpTo(MessageId end,
                                           const RoutePin& wanted,
                                           const std::vector<Message>& tree) {
    RoutePin pin = wanted;
    pin.records.clear();
    for (const std::size_t i : branchOf(tree, end))
        for (const auto& token : tree[i].tokens) pin.records.push_back(token.routing);
    return std::make_shared<const RoutePin>(std::move(pin));
}

FoundPin notFound(const RoutePin& wanted, const std::string& why) {
    return {nullptr,
            fmt::format("the routes of {} that this was held to are not to be found: {}",
                        shownText(wanted.name),
                        why)};
}

}  // namespace

std::string fingerprintOf(const RoutePin& pin) {
    if (!pin.fingerprint.empty()) return pin.fingerprint;
    RouteHash hash;
    for (const auto& record : pin.records) hash.add(record.get(), pin.gates);
    return hash.text();
}

FoundPin findPin(const RoutePin& wanted, const std::vector<Message>& tree) {
    if (wanted.fingerprint.empty())
        return notFound(wanted, "only their name was kept, by an older version");
    if (const auto end = endOfBranch(wanted, tree)) return {routesUpTo(*end, wanted, tree), {}};
    if (wanted.file.empty()) return notFound(wanted, "no version in this conversation has them");
    try {
        const Recording recording = readRecording(wanted.file);
        if (const auto end = endOfBranch(wanted, recording.messages))
            return {routesUpTo(*end, wanted, recording.messages), {}};
        return notFound(wanted, fmt::format("{} holds another run now", shownText(wanted.file)));
    } catch (const Error& error) {  // a border: what is wrong with the file is why
        return notFound(wanted, error.what());
    }
}

}  // namespace gatescope
