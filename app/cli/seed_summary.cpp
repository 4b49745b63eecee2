#include "app/cli/seed_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "engine/routing/distributions.h"

namespace gatescope::cli {
namespace {

using Json = nlohmann::ordered_json;

/// What is reported of all seeds.
struct Summary {
    Estimate klBits;
    Estimate firstToken;  ///< share of replies whose first token is another
    Estimate replies;     ///< share that differs at all
    Estimate tokens;      ///< mean share of tokens that differ
};

Summary summaryOf(const std::vector<SeedOutcome>& outcomes) {
    std::vector<double> kl;
    std::vector<double> tokens;
    int first = 0;
    int any = 0;
    for (const SeedOutcome& outcome : outcomes) {
        kl.push_back(outcome.klBits);
        tokens.push_back(outcome.differing);
        first += outcome.firstDifference == 0 ? 1 : 0;
        any += outcome.firstDifference ? 1 : 0;
    }
    const auto count = static_cast<int>(outcomes.size());
    return {meanOf(kl), shareOf(first, count), shareOf(any, count), meanOf(tokens)};
}

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

Estimate meanOf(const std::vector<double>& values) {
    const auto count = static_cast<double>(values.size());
    const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
    double squares = 0;
    for (const double value : values) squares += (value - mean) * (value - mean);
    const double error = std::sqrt(squares / (count - 1) / count);
    const double reach = studentQuantile(0.975, static_cast<int>(values.size()) - 1) * error;
    return {mean, mean - reach, mean + reach};
}

Estimate shareOf(int count, int of) {
    const double z = normalQuantile(0.975);
    const double n = of;
    const double share = count / n;
    const double center = (share + z * z / (2 * n)) / (1 + z * z / n);
    const double reach =
        z / (1 + z * z / n) * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n));
    return {share, std::max(0.0, center - reach), std::min(1.0, center + reach)};
}

std::string seedsText(const std::vector<SeedOutcome>& outcomes) {
    const Summary summary = summaryOf(outcomes);
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
    const Summary summary = summaryOf(outcomes);
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
