#include "engine/plan/rig_plan_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <utility>
#include <vector>

#include "engine/io/shown_text.h"

namespace gatescope {
namespace {

constexpr std::size_t kColumns = 100;
constexpr std::size_t kLongestDeviceName = 26;

std::string gigabytes(std::uint64_t bytes) {
    return fmt::format("{:.2f}", static_cast<double>(bytes) / 1e9);
}

/// "label     text", the text in lines of its own column.
std::string labelled(std::string_view label, std::string_view text) {
    constexpr std::size_t kLabel = 10;
    std::string lines;
    std::string line = fmt::format("{:<{}}", label, kLabel);
    bool empty = true;
    std::istringstream words{std::string(text)};
    for (std::string word; words >> word;) {
        if (!empty && line.size() + 1 + word.size() > kColumns) {
            lines += line + "\n";
            line = std::string(kLabel, ' ');
            empty = true;
        }
        line += (empty ? "" : " ") + word;
        empty = false;
    }
    return lines + line + "\n";
}

/// Devices that lie in one row of the table: the ranks of a stage, or the unused of a kind.
struct TableRow {
    std::vector<const RigShare*> shares;

    const RigShare& first() const { return *shares.front(); }
};

std::vector<TableRow> tableRows(const RigPlan& plan) {
    std::vector<TableRow> rows;
    for (const RigShare& share : plan.shares) {
        const bool joins = !rows.empty() && share.device >= 0 && rows.back().first().device >= 0 &&
                           rows.back().first().stage == share.stage &&
                           (share.stage >= 0 || rows.back().first().name == share.name);
        if (!joins) rows.emplace_back();
        rows.back().shares.push_back(&share);
    }
    return rows;
}

std::string nameOf(const TableRow& row) {
    const bool same = std::ranges::all_of(
        row.shares, [&](const RigShare* share) { return share->name == row.first().name; });
    std::string text = shownText(row.first().name, kLongestDeviceName);
    if (!same) text += " ...";
    if (row.shares.size() > 1) text = fmt::format("{} x {}", row.shares.size(), text);
    if (row.first().device >= 0 && row.first().stage < 0) text = "unused: " + text;
    return text;
}

std::string layersOf(const RigShare& share) {
    if (share.numLayers == 0) return "-";
    if (share.numLayers == 1) return std::to_string(share.firstLayer);
    return fmt::format("{}-{}", share.firstLayer, share.firstLayer + share.numLayers - 1);
}

std::string rowText(const TableRow& row) {
    const auto most = [&](std::uint64_t (*value)(const RigShare&)) {
        std::uint64_t largest = 0;
        for (const RigShare* share : row.shares) largest = std::max(largest, value(*share));
        return gigabytes(largest);
    };
    std::uint64_t least = row.first().freeBytes;
    for (const RigShare* share : row.shares) least = std::min(least, share->freeBytes);
    const RigShare& first = row.first();
    return fmt::format(
        "{:<38}{:>7}{:>8}{:>6}{:>9}{:>7}{:>8}{:>9}{:>8}\n",
        nameOf(row),
        layersOf(first),
        first.numExperts > 0 ? std::to_string(first.numExperts) : "-",
        first.vocabulary ? "yes" : "-",
        most([](const RigShare& share) { return share.weightBytes + share.copiedBytes; }),
        most([](const RigShare& share) { return share.cacheBytes; }),
        most([](const RigShare& share) { return share.reserveBytes; }),
        most([](const RigShare& share) { return share.neededBytes(); }),
        gigabytes(least));
}

std::string tableOf(const RigPlan& plan) {
    std::string text = fmt::format("{:<38}{:>7}{:>8}{:>6}{:>9}{:>7}{:>8}{:>9}{:>8}\n",
                                   "GB on each",
                                   "layers",
                                   "experts",
                                   "voc.",
                                   "weights",
                                   "KV",
                                   "work",
                                   "needed",
                                   "free");
    for (const TableRow& row : tableRows(plan)) text += rowText(row);
    if (plan.diskExperts > 0)
        text += fmt::format("{:<38}{:>7}{:>8}{:>6}{:>9}\n",
                            "disk",
                            "-",
                            plan.diskExperts,
                            "-",
                            gigabytes(plan.diskBytes));
    return text;
}

std::string timeParts(const TokenTime& time) {
    const bool inSeconds = time.total() >= 1;
    const double unit = inSeconds ? 1 : 1e3;
    std::string parts;
    for (const auto& [name, seconds] :
         std::initializer_list<std::pair<const char*, double>>{{"read", time.read},
                                                               {"all-reduce", time.allReduce},
                                                               {"launches", time.launches},
                                                               {"CPU", time.host},
                                                               {"copies", time.copies},
                                                               {"disk", time.disk}})
        if (seconds > 0)
            parts += fmt::format("{}{} {:.3g}", parts.empty() ? "" : " + ", name, seconds * unit);
    return fmt::format("{:.3g} {} = {}", time.total() * unit, inSeconds ? "s" : "ms", parts);
}

std::string othersText(const RigPlan& plan) {
    std::string text;
    for (const StoredOtherwise& other : plan.otherTypes) {
        text += labelled(
            text.empty() ? "as" : "",
            fmt::format("{}: {}, {}",
                        name(other.type),
                        inGB(other.weightBytes),
                        other.fits ? fmt::format("{} ({})", rateText(other.tokensPerS), other.shape)
                                   : "does not fit"));
    }
    return text;
}

}  // namespace

std::string inGB(std::uint64_t bytes) {
    const double gigabytes = static_cast<double>(bytes) / 1e9;
    return bytes < 100'000'000 ? fmt::format("{:.1f} MB", gigabytes * 1e3)
                               : fmt::format("{:.1f} GB", gigabytes);
}

std::string rateText(double tokensPerS) {
    return tokensPerS < 1000 ? fmt::format("{:.3g} tokens/s", tokensPerS)
                             : fmt::format("{:.0f} tokens/s", tokensPerS);
}

std::string planPicture(const RigPlan& plan, const ModelConfig& config) {
    std::string text;
    if (plan.fits)
        text += fmt::format("{}\n{} predicted, {} with the context full\n",
                            plan.shape,
                            rateText(plan.tokensPerS()),
                            rateText(plan.tokensPerSWhenFull()));
    else
        text += "does not fit\n";
    text += fmt::format(
        "{} of weights, {} read by a token; {} layers of {} experts; context {}, KV {}\n",
        inGB(plan.modelBytes),
        inGB(plan.bytesPerToken),
        config.numLayers,
        config.numExperts,
        plan.contextTokens,
        name(plan.cacheType));
    if (plan.fits) text += tableOf(plan) + labelled("a token", timeParts(plan.time));
    for (const std::string& reason : plan.reasons)
        text += labelled(&reason == &plan.reasons.front() ? "because" : "", reason);
    if (!plan.runnerUp.empty()) text += labelled("second", plan.runnerUp);
    return text + othersText(plan);
}

}  // namespace gatescope
