#include "engine/comparison/seed_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/check.h"
#include "engine/comparison/alignment.h"
#include "engine/error.h"
#include "engine/routing/distributions.h"

namespace gatescope {

void validate(const SeedComparison& comparison) {
    if (comparison.seeds < 2 || comparison.seeds > kMostSeeds)
        throw Error(ErrorKind::BadUsage,
                    fmt::format("{} seeds: expected 2 to {}; an interval needs more than one",
                                comparison.seeds,
                                kMostSeeds));
    if (comparison.maxTokens < 1)
        throw Error(ErrorKind::BadUsage,
                    fmt::format("replies of {} tokens: expected at least 1", comparison.maxTokens));
    if (comparison.plain == comparison.changed)
        throw Error(ErrorKind::BadUsage,
                    "there is nothing to compare with: give an intervention, like --ablate 3:5");
    validate(comparison.sampler);
    if (comparison.sampler.temperature == 0)
        throw Error(ErrorKind::BadUsage,
                    "temperature 0: every seed would say the same; expected one above 0");
}

SeedRun::SeedRun(const SeedComparison& comparison, std::uint64_t seed)
    : comparison_(comparison), seed_(seed) {}

std::optional<SeedRun::Request> SeedRun::next() const {
    switch (stage_) {
        case Stage::Plain:
            return replyRequest(comparison_.plain);
        case Stage::Changed:
            return replyRequest(comparison_.changed);
        case Stage::Kl:
            return klRequest();
        case Stage::Done:
            break;
    }
    return std::nullopt;
}

GenerationRequest SeedRun::replyRequest(const InterventionSet& set) const {
    GenerationRequest request;
    request.prompt = {{.text = {}, .tokens = comparison_.prompt, .interventions = set}};
    request.interventions = set;
    request.sampler = comparison_.sampler;
    request.sampler.seed = seed_;
    request.maxTokens = comparison_.maxTokens;
    return request;
}

/// The last token is left out: its own draw is enough.
ScoreRequest SeedRun::klRequest() const {
    ScoreRequest request;
    std::vector<TokenId> all = comparison_.prompt;
    all.insert(all.end(), plain_.begin(), plain_.end() - 1);
    request.sequence = {{.text = {}, .tokens = std::move(all), .interventions = comparison_.plain}};
    request.plain = comparison_.plain;
    request.changed = comparison_.changed;
    return request;
}

void SeedRun::take(const Event& event) {
    if (const auto* token = std::get_if<TokenGenerated>(&event))
        (stage_ == Stage::Plain ? plain_ : changed_).push_back(token->token);
    const auto* scored = std::get_if<PositionsScored>(&event);
    if (scored == nullptr) return;
    const auto first = static_cast<int>(comparison_.prompt.size()) - 1;
    for (std::size_t i = 0; i < scored->positions.size(); ++i)
        if (scored->first + static_cast<int>(i) >= first) klSum_ += scored->positions[i].klBits;
}

void SeedRun::ended() {
    GS_CHECK(stage_ != Stage::Done);
    stage_ = static_cast<Stage>(static_cast<int>(stage_) + 1);
    if (stage_ == Stage::Kl && plain_.empty()) stage_ = Stage::Done;
}

SeedOutcome SeedRun::outcome() const {
    GS_CHECK(stage_ == Stage::Done);
    const auto parted = std::ranges::mismatch(plain_, changed_);
    const AlignmentCounts counts = countPairs(alignTokens(plain_, changed_));
    const auto tokens = static_cast<double>(plain_.size() + changed_.size());
    return {.seed = seed_,
            .klBits = plain_.empty() ? 0 : klSum_ / static_cast<double>(plain_.size()),
            .firstDifference = plain_ == changed_
                                   ? std::nullopt
                                   : std::optional(static_cast<int>(parted.in1 - plain_.begin())),
            .differing = tokens > 0 ? 1 - 2 * counts.same / tokens : 0,
            .plainTokens = static_cast<int>(plain_.size()),
            .changedTokens = static_cast<int>(changed_.size())};
}

// ---------------------------------------------------------------- over all seeds

Estimate meanOf(std::span<const double> values) {
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

SeedSummary summaryOf(std::span<const SeedOutcome> outcomes) {
    GS_CHECK(outcomes.size() >= 2);
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

}  // namespace gatescope
