#include "engine/comparison/seed_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/error.h"

// What a seed takes, step by step; that the numbers are right is held against single runs of the
// command line by unit/seeds_oracle.
namespace gatescope {
namespace {

using testing::HasSubstr;

SeedComparison someComparison() {
    return {.prompt = {3, 5, 7},
            .plain = {},
            .changed = {.ablate = {{LayerId{0}, ExpertId{1}}}},
            .sampler = {.seed = 40},
            .maxTokens = 4,
            .seeds = 2};
}

void say(SeedRun& run, std::initializer_list<TokenId> reply) {
    for (const TokenId token : reply) {
        TokenGenerated event;
        event.token = token;
        run.take(event);
    }
    run.ended();
}

void score(SeedRun& run, int first, std::initializer_list<double> bits) {
    PositionsScored event;
    event.first = first;
    for (const double kl : bits) event.positions.push_back({.klBits = kl});
    run.take(event);
}

TEST(SeedRun, AsksForBothRepliesAndThenForTheDistanceOfThePlainOnes) {
    const SeedComparison comparison = someComparison();
    SeedRun run(comparison, 41);
    for (const InterventionSet& set : {comparison.plain, comparison.changed}) {
        const auto request = run.next();
        ASSERT_TRUE(request);
        const auto& reply = std::get<GenerationRequest>(*request);
        EXPECT_EQ(reply.prompt.front().tokens, comparison.prompt);
        EXPECT_EQ(reply.prompt.front().interventions, set) << "for the prompt, too";
        EXPECT_EQ(reply.interventions, set);
        EXPECT_EQ(reply.sampler.seed, 41U);
        EXPECT_EQ(reply.maxTokens, 4);
        if (set == comparison.plain)
            say(run, {11, 12, 13, 14});
        else
            say(run, {11, 12, 15});
    }
    const auto request = run.next();
    ASSERT_TRUE(request);
    const auto& kl = std::get<ScoreRequest>(*request);
    EXPECT_EQ(kl.sequence.front().tokens, (std::vector<TokenId>{3, 5, 7, 11, 12, 13}))
        << "what the plain reply's tokens were drawn behind";
    EXPECT_EQ(kl.changed, comparison.changed);
    score(run, 0, {9, 9, 1});  // the prompt's last gives the first token
    score(run, 3, {0.5, 0.25, 0.25});
    run.ended();
    EXPECT_FALSE(run.next());
    const SeedOutcome outcome = run.outcome();
    EXPECT_EQ(outcome.seed, 41U);
    EXPECT_EQ(outcome.klBits, 0.5);
    EXPECT_EQ(outcome.firstDifference, 2);
    EXPECT_EQ(outcome.plainTokens, 4);
    EXPECT_EQ(outcome.changedTokens, 3);
    EXPECT_DOUBLE_EQ(outcome.differing, 1 - 2 * 2 / 7.0);
}

TEST(SeedRun, AnEmptyReplyHasNoDistance) {
    const SeedComparison comparison = someComparison();
    SeedRun run(comparison, 1);
    say(run, {});
    say(run, {});
    EXPECT_FALSE(run.next());
    EXPECT_EQ(run.outcome(), (SeedOutcome{.seed = 1}));
}

TEST(SeedRun, RefusesWhatNothingCanBeLearnedFrom) {
    const auto refusal = [](const auto& change) -> std::string {
        SeedComparison comparison = someComparison();
        change(comparison);
        try {
            validate(comparison);
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::BadUsage);
            return error.what();
        }
        return "";
    };
    EXPECT_EQ(refusal([](auto&) {}), "");
    EXPECT_THAT(refusal([](auto& c) { c.seeds = 1; }), HasSubstr("expected 2 to 10000"));
    EXPECT_THAT(refusal([](auto& c) { c.seeds = kMostSeeds + 1; }), HasSubstr("10001 seeds"));
    EXPECT_THAT(refusal([](auto& c) { c.maxTokens = 0; }), HasSubstr("at least 1"));
    EXPECT_THAT(refusal([](auto& c) { c.changed = {}; }), HasSubstr("nothing to compare"));
    EXPECT_THAT(refusal([](auto& c) { c.sampler.temperature = 0; }), HasSubstr("temperature 0"));
}

TEST(SeedRun, SummarisesSeedsWithTheirIntervals) {
    const std::vector<SeedOutcome> outcomes{
        {1, 0.25, 0, 0.5, 4, 4}, {2, 0.75, 2, 0.25, 4, 4}, {3, 0.5, {}, 0, 4, 4}};
    const SeedSummary all = summaryOf(outcomes);
    EXPECT_DOUBLE_EQ(all.klBits.value, 0.5);
    // Student's t with 2 degrees of freedom, from tables: 4.302653 * 0.25 / sqrt(3).
    EXPECT_NEAR(all.klBits.high, 0.5 + 4.302653 * 0.25 / 1.7320508, 1e-5);
    EXPECT_NEAR(all.firstToken.value, 1.0 / 3, 1e-12);
    EXPECT_NEAR(all.firstToken.low, 0.0615, 5e-5) << "Wilson 1 of 3";
    EXPECT_NEAR(all.firstToken.high, 0.7923, 5e-5);
    EXPECT_NEAR(all.replies.value, 2.0 / 3, 1e-12);
    EXPECT_DOUBLE_EQ(all.tokens.value, 0.25);
}

}  // namespace
}  // namespace gatescope
