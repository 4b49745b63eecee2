#include "engine/inspection/attention_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "engine/decoder/step.h"
#include "engine/error.h"
#include "tests/golden/golden_model.h"
#include "tests/unit/engine/decoder/test_decoder.h"

// The whole map of a head, held against the softmax that the reference decoder computes with, which
// is itself proven against xAI's code (attention_tap_test, f32_golden_test).
namespace gatescope::test {
namespace {

using testing::HasSubstr;

constexpr int kContext = 256;

std::vector<GoldenCase> cases() {
    std::vector<GoldenCase> all;
    for (const char* decoder : {"reference", "cpu"}) {
        all.push_back({.model = "tiny-a", .decoder = decoder});
        all.push_back({.model = "tiny-gqa", .shared = true, .decoder = decoder});
    }
    return all;
}

class AttentionMaps : public testing::TestWithParam<GoldenCase> {
  protected:
    static Sequence sequenceOf(const Decoder& decoder) {
        return {decoder.config(), decoder.makeCache(kContext), 1 << 20};
    }
    /// The golden's tokens, again and again: more than one batch of the map.
    static std::vector<TokenId> tokensOf(const GoldenModel& golden, std::size_t count) {
        std::vector<TokenId> tokens;
        while (tokens.size() < count) tokens.push_back(golden.tokens[tokens.size() % 7]);
        return tokens;
    }
    static AttentionMapRequest requestFor(const std::vector<TokenId>& tokens, AttentionHead head) {
        return {.id = 9,
                .prompt = {{.text = {}, .tokens = tokens, .interventions = {}}},
                .head = head,
                .firstQuery = 0};
    }
};

INSTANTIATE_TEST_SUITE_P(Goldens, AttentionMaps, testing::ValuesIn(cases()), [](const auto& test) {
    std::string name = test.param.model + "_" + test.param.decoder;
    std::ranges::replace(name, '-', '_');
    return name;
});

/// As one batch of the reference: [tokens, tokens].
std::vector<float> referenceWeights(const GoldenCase& which,
                                    const GoldenModel& golden,
                                    const std::vector<TokenId>& tokens,
                                    AttentionHead head,
                                    const InterventionSet& interventions = {}) {
    GoldenCase plain = which;
    plain.decoder = "reference";
    const auto decoder = goldenDecoder(plain, golden);
    const auto cache = decoder->makeCache(kContext);
    StepOutput out;
    EXPECT_EQ(
        decoder->forward({.tokens = tokens, .tapAttention = head}, *cache, interventions, out, {}),
        StepStatus::Done);
    return out.attention;
}

TEST_P(AttentionMaps, AreTheReferencesSoftmax) {
    GS_REQUIRE_GOLDEN(golden, GetParam());
    const auto decoder = goldenDecoder(GetParam(), golden);
    Sequence sequence = sequenceOf(*decoder);
    const auto tokens = tokensOf(golden, 150);
    const ModelConfig& config = decoder->config();
    for (const AttentionHead head :
         {AttentionHead{0, 0}, AttentionHead{config.numLayers - 1, config.numQHeads - 1}}) {
        const auto expected = referenceWeights(GetParam(), golden, tokens, head);
        const auto map = mapAttention(*decoder, sequence, nullptr, requestFor(tokens, head), {});
        ASSERT_TRUE(map);
        EXPECT_EQ(map->id(), 9U);
        EXPECT_EQ(map->head(), head);
        EXPECT_EQ(map->end(), 150);
        for (int query = 0; query < map->end(); ++query) {
            const auto row = map->row(query);
            ASSERT_EQ(row.size(), static_cast<std::size_t>(query) + 1);
            EXPECT_NEAR(std::accumulate(row.begin(), row.end(), 0.0), 1, 1e-5);
            for (std::size_t key = 0; key < row.size(); ++key)
                ASSERT_NEAR(
                    row[key], expected[static_cast<std::size_t>(query) * tokens.size() + key], 2e-5)
                    << "query " << query << " key " << key;
        }
    }
}

TEST_P(AttentionMaps, OfARangeHaveItsRowsOnly) {
    GS_REQUIRE_GOLDEN(golden, GetParam());
    const auto decoder = goldenDecoder(GetParam(), golden);
    Sequence sequence = sequenceOf(*decoder);
    auto request = requestFor(tokensOf(golden, 150), {1, 1});
    const auto whole = mapAttention(*decoder, sequence, nullptr, request, {});
    // The same numbers whatever the sequence held, and wherever batches are cut.
    for (const int first : {0, 1, 70, 149}) {
        request.firstQuery = first;
        const auto part = mapAttention(*decoder, sequence, nullptr, request, {});
        ASSERT_TRUE(whole && part);
        EXPECT_EQ(part->firstQuery(), first);
        for (int query = first; query < 150; ++query)
            ASSERT_TRUE(std::ranges::equal(part->row(query), whole->row(query))) << query;
    }
}

TEST_P(AttentionMaps, ObeyWhatIsInForce) {
    GS_REQUIRE_GOLDEN(golden, GetParam());
    const auto decoder = goldenDecoder(GetParam(), golden);
    Sequence sequence = sequenceOf(*decoder);
    const auto tokens = tokensOf(golden, 40);
    auto request = requestFor(tokens, {1, 0});
    for (int expert = 0; expert < decoder->config().numExperts; ++expert)
        request.prompt.front().interventions.ablate.push_back({{0}, {expert}});
    const auto changed =
        referenceWeights(GetParam(), golden, tokens, {1, 0}, request.prompt.front().interventions);
    EXPECT_NE(changed, referenceWeights(GetParam(), golden, tokens, {1, 0}));
    const auto map = mapAttention(*decoder, sequence, nullptr, request, {});
    ASSERT_TRUE(map);
    for (std::size_t key = 0; key < 40; ++key)
        EXPECT_NEAR(map->row(39)[key], changed[39 * 40 + key], 2e-5);
}

TEST_P(AttentionMaps, WhatTheyCannotDoIsSaid) {
    GS_REQUIRE_GOLDEN(golden, GetParam());
    const auto decoder = goldenDecoder(GetParam(), golden);
    Sequence sequence = sequenceOf(*decoder);
    const auto refuses = [&](auto change, const char* sentence) {
        auto request = requestFor(tokensOf(golden, 8), {0, 0});
        change(request);
        try {
            (void)mapAttention(*decoder, sequence, nullptr, request, {});
            FAIL() << sentence;
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::BadUsage);
            EXPECT_THAT(error.what(), HasSubstr(sentence));
        }
    };
    refuses([](auto& r) { r.head = {0, 99}; }, "head 99");
    refuses([](auto& r) { r.firstQuery = 8; }, "token 8 was asked for, expected 0 to 7");
    refuses([](auto& r) { r.firstQuery = -1; }, "token -1");
    refuses([](auto& r) { r.prompt.clear(); }, "prompt");
    refuses([](auto& r) { r.prompt.front().tokens.resize(kContext + 1); }, "context holds 256");
    std::stop_source stop;
    stop.request_stop();
    const auto request = requestFor(tokensOf(golden, 8), {0, 0});
    EXPECT_FALSE(mapAttention(*decoder, sequence, nullptr, request, stop.get_token()));
    EXPECT_TRUE(mapAttention(*decoder, sequence, nullptr, request, {}));
}

/// A text of which no map is kept is refused before anything is computed.
TEST(AttentionMapSize, IsBoundedAndSaysWhatFits) {
    EXPECT_EQ(AttentionMap::numWeights(0, 4), 10U);
    EXPECT_EQ(AttentionMap::numWeights(2, 4), 7U);
    EXPECT_LE(AttentionMap::numWeights(0, 5792), kMostMapWeights);
    EXPECT_GT(AttentionMap::numWeights(0, 5793), kMostMapWeights);
    const auto decoder = decoderOf("cpu", randomWeights());
    Sequence sequence(decoder->config(), decoder->makeCache(6000));
    AttentionMapRequest request{.id = 1};
    request.prompt = {{.text = {}, .tokens = std::vector<TokenId>(6000, 40), .interventions = {}}};
    try {
        (void)mapAttention(*decoder, sequence, nullptr, request, {});
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::BadUsage);
        EXPECT_THAT(error.what(), HasSubstr("68 MiB, but at most 64 are kept"));
        EXPECT_THAT(error.what(), HasSubstr("such as the last 4434"));
    }
    EXPECT_EQ(sequence.length(), 0);
}

}  // namespace
}  // namespace gatescope::test
