#include "app/cli/offload/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace gatescope::cli {
namespace {

using nlohmann::ordered_json;

double share(std::int64_t part, std::int64_t whole) {
    return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0;
}

std::string bytesText(double bytes) {
    if (bytes >= 1e9) return fmt::format("{:.1f} GB", bytes / 1e9);
    return bytes >= 1e6 ? fmt::format("{:.0f} MB", bytes / 1e6)
                        : fmt::format("{:.1f} kB", bytes / 1e3);
}

std::string speedText(double tokensPerSecond) {
    return fmt::format("{:.{}f}", tokensPerSecond, tokensPerSecond < 100 ? 1 : 0);
}

/// "62.1 % (60.0 to 64.3)"
std::string rateText(const BlockEstimate& rate) {
    if (std::isnan(rate.low)) return fmt::format("{:.1f} %", 100 * rate.value);
    return fmt::format(
        "{:.1f} % ({:.1f} to {:.1f})", 100 * rate.value, 100 * rate.low, 100 * rate.high);
}

/// What the bound of the same pool hits; null where it was not tried.
const PolicyOutcome* boundOf(const MemoryRun& run, Pool pool) {
    for (const PolicyOutcome& outcome : run.outcomes)
        if (outcome.policy.kind == KeepingKind::Belady && outcome.policy.pool == pool)
            return &outcome;
    return nullptr;
}

std::string ofBound(const MemoryRun& run, const PolicyOutcome& outcome) {
    const PolicyOutcome* bound = boundOf(run, outcome.policy.pool);
    if (bound == nullptr || bound->hits() == 0) return "";
    return fmt::format("{:.0f} %", 100 * share(outcome.hits(), bound->hits()));
}

void printRun(const OffloadReport& report, const MemoryRun& run) {
    const RoutingReplay& replay = report.replayed.replay;
    const int experts = replay.numLayers() * replay.numExperts();
    fmt::print(
        "\nmemory for {} of {} experts ({:.0f} %, {})\n",
        run.places,
        experts,
        100.0 * run.places / experts,
        bytesText(static_cast<double>(run.places) * static_cast<double>(report.sizes.expertBytes)));
    fmt::print("{:<12} {:<7} {:<24} {:>9} {:>8} {:>12} {:>9} {:>9}{}\n",
               "policy",
               "places",
               "hits",
               "of bound",
               "copies",
               "tok/s: CPU",
               "copied",
               "disk",
               report.guesses > 0 ? "   guessed right" : "");
    for (const PolicyOutcome& outcome : run.outcomes)
        fmt::print("{:<12} {:<7} {:<24} {:>9} {:>8.2f} {:>12} {:>9} {:>9}{}\n",
                   nameOf(outcome.policy),
                   nameOf(outcome.policy.pool),
                   rateText(outcome.hitRate()),
                   ofBound(run, outcome),
                   share(outcome.copies, outcome.tokens),
                   speedText(outcome.tokensPerSecond(MissPath::OnCpu)),
                   speedText(outcome.tokensPerSecond(MissPath::FromHost)),
                   speedText(outcome.tokensPerSecond(MissPath::FromDisk)),
                   report.guesses > 0
                       ? fmt::format("   {:.0f} % of {:.1f} a token",
                                     100 * share(outcome.rightGuesses, outcome.guesses),
                                     share(outcome.guesses, outcome.tokens))
                       : "");
    fmt::print("{}\n{}\n", reasonOf(run), hitsReasonOf(run));
}

ordered_json estimateJson(const BlockEstimate& estimate) {
    const auto number = [](double value) {
        return std::isfinite(value) ? ordered_json(value) : ordered_json();
    };
    return {
        {"value", estimate.value}, {"low", number(estimate.low)}, {"high", number(estimate.high)}};
}

ordered_json halfLifeJson(const CachePolicy& policy) {
    if (policy.kind != KeepingKind::Frequency || !std::isfinite(policy.halfLife)) return nullptr;
    return policy.halfLife;
}

ordered_json outcomeJson(const PolicyOutcome& outcome) {
    ordered_json layers = ordered_json::array();
    for (std::size_t layer = 0; layer < outcome.layerHits.size(); ++layer)
        layers.push_back(
            {{"hits", outcome.layerHits[layer]}, {"selections", outcome.layerSelections[layer]}});
    return {{"policy", nameOf(outcome.policy)},
            {"places", nameOf(outcome.policy.pool)},
            {"half_life", halfLifeJson(outcome.policy)},
            {"hits", outcome.hits()},
            {"misses", outcome.misses()},
            {"selections", outcome.selections()},
            {"hit_rate", estimateJson(outcome.hitRate())},
            {"copies", outcome.copies},
            {"guesses", outcome.guesses},
            {"right_guesses", outcome.rightGuesses},
            {"tokens_per_s",
             {{"on_cpu", outcome.tokensPerSecond(MissPath::OnCpu)},
              {"from_host", outcome.tokensPerSecond(MissPath::FromHost)},
              {"from_disk", outcome.tokensPerSecond(MissPath::FromDisk)}}},
            {"layers", layers}};
}

std::string nameWithPool(const PolicyOutcome& outcome) {
    return fmt::format("{} ({})", nameOf(outcome.policy), nameOf(outcome.policy.pool));
}

ordered_json policyJson(const CachePolicy& policy) {
    return {{"policy", nameOf(policy)}, {"places", nameOf(policy.pool)}};
}

ordered_json runJson(const OffloadReport& report, const MemoryRun& run) {
    ordered_json policies = ordered_json::array();
    for (const PolicyOutcome& outcome : run.outcomes) policies.push_back(outcomeJson(outcome));
    const RoutingReplay& replay = report.replayed.replay;
    return {{"experts", run.places},
            {"share", share(run.places, std::int64_t{replay.numLayers()} * replay.numExperts())},
            {"bytes", static_cast<std::uint64_t>(run.places) * report.sizes.expertBytes},
            {"policies", policies},
            {"chosen", policyJson(run.outcomes[run.choice.chosen].policy)},
            {"baseline", policyJson(run.outcomes[run.choice.baseline].policy)},
            {"faster_than_lru", run.choice.stands},
            {"reason", reasonOf(run)},
            {"most_hits",
             {{"policy", policyJson(run.outcomes[run.choice.mostHits].policy)},
              {"baseline", policyJson(run.outcomes[run.choice.mostLruHits].policy)},
              {"gained", estimateJson(run.choice.hitsGained)}}}};
}

void csvRow(const MemoryRun& run,
            const PolicyOutcome& outcome,
            int layer,
            std::string_view statistic,
            const BlockEstimate& value,
            std::string& out) {
    const auto number = [](double x) { return std::isfinite(x) ? fmt::format("{}", x) : ""; };
    out += fmt::format("{},{},{},{},{},{},{},{}\r\n",
                       run.places,
                       nameOf(outcome.policy),
                       nameOf(outcome.policy.pool),
                       layer,
                       statistic,
                       number(value.value),
                       number(value.low),
                       number(value.high));
}

}  // namespace

std::string reasonOf(const MemoryRun& run) {
    const OffloadChoice& choice = run.choice;
    const PolicyOutcome& baseline = run.outcomes[choice.baseline];
    const PolicyOutcome& chosen = run.outcomes[choice.chosen];
    if (!choice.stands)
        return fmt::format("chosen: {}, with misses {}: {}",
                           nameWithPool(baseline),
                           describe(choice.path),
                           choice.compared == 0
                               ? "nothing else was tried that can be run"
                               : "no other policy takes less time by more than luck");
    const double lru = baseline.secondsPerToken(choice.path);
    const BlockEstimate& seconds = choice.difference.seconds;
    return fmt::format(
        "chosen: {}, with misses {}: {:.1f} tokens/s against {:.1f} of {}, {:.1f} % less time a "
        "token ({:.1f} to {:.1f}, against luck in {} comparisons)",
        nameWithPool(chosen),
        describe(choice.path),
        chosen.tokensPerSecond(choice.path),
        baseline.tokensPerSecond(choice.path),
        nameWithPool(baseline),
        -100 * seconds.value / lru,
        -100 * seconds.high / lru,
        -100 * seconds.low / lru,
        choice.compared);
}

std::string hitsReasonOf(const MemoryRun& run) {
    const OffloadChoice& choice = run.choice;
    const PolicyOutcome& most = run.outcomes[choice.mostHits];
    if (most.policy.kind == KeepingKind::Lru)
        return fmt::format("most hits: {}, no other has more", nameWithPool(most));
    return fmt::format("most hits: {}, {:+.1f} points against {} ({:+.1f} to {:+.1f})",
                       nameWithPool(most),
                       100 * choice.hitsGained.value,
                       nameWithPool(run.outcomes[choice.mostLruHits]),
                       100 * choice.hitsGained.low,
                       100 * choice.hitsGained.high);
}

void printOffload(const OffloadReport& report) {
    const RoutingReplay& replay = report.replayed.replay;
    fmt::print(
        "{} of {} tokens count ({}), of {} conversation{}; {} layers of {} experts, {} "
        "selected{}\n",
        replay.numCounted(),
        replay.size(),
        report.population,
        replay.numConversations(),
        replay.numConversations() == 1 ? "" : "s",
        replay.numLayers(),
        replay.numExperts(),
        report.replayed.numSelected,
        report.replayed.facts.synthetic ? "; SYNTHETIC" : "");
    if (report.replayed.skipped > 0)
        fmt::print("{} conversation{} of another model or without routing left out\n",
                   report.replayed.skipped,
                   report.replayed.skipped == 1 ? "" : "s");
    fmt::print("bytes of {}: {} an expert, {} a layer beside them, {} a token beside the layers\n",
               report.sizesOf,
               bytesText(static_cast<double>(report.sizes.expertBytes)),
               bytesText(static_cast<double>(report.sizes.layerBytes)),
               bytesText(static_cast<double>(report.sizes.tokenBytes)));
    fmt::print(
        "tokens/s are predicted, as if reading weights were all that takes time: GPU {:.0f}, "
        "link {:.0f}, CPU {:.0f}, disk {:.0f} GB/s\n",
        report.machine.gpu / 1e9,
        report.machine.link / 1e9,
        report.machine.host / 1e9,
        report.machine.disk / 1e9);
    for (const MemoryRun& run : report.runs) printRun(report, run);
}

std::string offloadJson(const OffloadReport& report) {
    const RoutingReplay& replay = report.replayed.replay;
    ordered_json runs = ordered_json::array();
    for (const MemoryRun& run : report.runs) runs.push_back(runJson(report, run));
    const ordered_json document{
        {"format", "gatescope-offload-1"},
        {"model", report.replayed.facts.name},
        {"fingerprint", report.replayed.facts.fingerprint},
        {"synthetic", report.replayed.facts.synthetic},
        {"population", report.population},
        {"conversations", replay.numConversations()},
        {"conversations_left_out", report.replayed.skipped},
        {"tokens", replay.numCounted()},
        {"tokens_replayed", replay.size()},
        {"layers", replay.numLayers()},
        {"experts", replay.numExperts()},
        {"experts_selected", report.replayed.numSelected},
        {"confidence", kConfidence},
        {"tokens_per_block", kTokensPerBlock},
        {"heat", report.heatFile.empty() ? ordered_json() : ordered_json(report.heatFile)},
        {"prefetch", report.guesses},
        {"bytes",
         {{"of", report.sizesOf},
          {"expert", report.sizes.expertBytes},
          {"layer", report.sizes.layerBytes},
          {"token", report.sizes.tokenBytes}}},
        {"bytes_per_s",
         {{"gpu", report.machine.gpu},
          {"link", report.machine.link},
          {"cpu", report.machine.host},
          {"disk", report.machine.disk}}},
        {"memory", runs}};
    return document.dump(2, ' ', false, ordered_json::error_handler_t::replace);
}

std::string offloadCsv(const OffloadReport& report) {
    constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
    std::string out = "memory_experts,policy,places,layer,statistic,value,low,high\r\n";
    for (const MemoryRun& run : report.runs)
        for (const PolicyOutcome& outcome : run.outcomes) {
            const auto row = [&](int layer, std::string_view statistic, double value) {
                csvRow(run, outcome, layer, statistic, {value, kNone, kNone}, out);
            };
            csvRow(run, outcome, -1, "hit_rate", outcome.hitRate(), out);
            row(-1, "copies_per_token", share(outcome.copies, outcome.tokens));
            row(-1, "tokens_per_s_on_cpu", outcome.tokensPerSecond(MissPath::OnCpu));
            row(-1, "tokens_per_s_from_host", outcome.tokensPerSecond(MissPath::FromHost));
            row(-1, "tokens_per_s_from_disk", outcome.tokensPerSecond(MissPath::FromDisk));
            for (std::size_t layer = 0; layer < outcome.layerHits.size(); ++layer)
                row(static_cast<int>(layer),
                    "hit_rate",
                    share(outcome.layerHits[layer], outcome.layerSelections[layer]));
        }
    return out;
}

}  // namespace gatescope::cli
