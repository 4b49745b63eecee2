#include "app/cli/seed_summary.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace gatescope::cli {
namespace {

using Json = nlohmann::ordered_json;

Json toJson(const Estimate& estimate) {
    return {{"value", estimate.value}, {"low", estimate.low}, {"high", estimate.high}};
}

std::string percent(const Estimate& estimate) {
    return fmt::format("{:.1f} %  ({:.1f} to {:.1f})",
                       100 * estimate.value,
                       100 * estimate.low,
                       100 * estimate.high);
}

}  // namespace

std::string seedsText(const std::vector<SeedOutcome>& outcomes) {
    const SeedSummary summary = summaryOf(outcomes);
    return fmt::format(
        "{} seeds, in brackets 95 % intervals over them\n"
        "KL a token, plain to changed   {:.4g} bit  ({:.4g} to {:.4g})\n"
        "replies with another 1st token {}\n"
        "replies that differ            {}\n"
        "tokens that differ             {}\n",
        outcomes.size(),
        summary.klBits.value,
        summary.klBits.low,
        summary.klBits.high,
        percent(summary.firstToken),
        percent(summary.replies),
        percent(summary.tokens));
}

std::string seedsJson(const std::vector<SeedOutcome>& outcomes,
                      const std::vector<std::string>& interventions,
                      bool synthetic) {
    Json seeds = Json::array();
    for (const SeedOutcome& o : outcomes)
        seeds.push_back(
            {{"seed", o.seed},
             {"kl_bits", o.klBits},
             {"differs_at", o.firstDifference ? Json(*o.firstDifference) : Json(nullptr)},
             {"tokens_differing", o.differing},
             {"plain_tokens", o.plainTokens},
             {"changed_tokens", o.changedTokens}});
    const SeedSummary summary = summaryOf(outcomes);
    return Json{{"interventions", interventions},
                {"synthetic", synthetic},
                {"seeds", seeds},
                {"summary",
                 {{"kl_bits", toJson(summary.klBits)},
                  {"first_token_differs", toJson(summary.firstToken)},
                  {"reply_differs", toJson(summary.replies)},
                  {"tokens_differing", toJson(summary.tokens)}}}}
        .dump(2);
}

}  // namespace gatescope::cli
