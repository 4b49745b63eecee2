#include "engine/inspection/inspect_token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "engine/error.h"
#include "tests/golden/golden_model.h"
#include "tests/unit/engine/decoder/test_decoder.h"

// Inside a token, held against xAI's own numbers for the golden models.
namespace gatescope::test {
namespace {

using testing::HasSubstr;

std::vector<GoldenCase> cases() {
    std::vector<GoldenCase> all;
    for (const char* decoder : {"reference", "cpu"}) {
        all.push_back({.model = "tiny-a", .decoder = decoder});
        all.push_back({.model = "tiny-gqa", .shared = true, .decoder = decoder});
    }
    all.push_back({.model = "tiny-a", .decoder = "cuda"});  // emulated: some seconds a test
    return all;
}

class InspectToken : public testing::TestWithParam<GoldenCase> {
  protected:
    static InspectionRequest requestFor(const GoldenModel& golden, std::size_t position) {
        InspectionRequest request{.id = 7};
        request.prompt = {
            {.text = {},
             .tokens = {golden.tokens.begin(),
                        golden.tokens.begin() + static_cast<std::ptrdiff_t>(position) + 1},
             .interventions = {}}};
        request.chosen = golden.tokens[(position + 1) % golden.tokens.size()];
        return request;
    }
    static Sequence sequenceOf(const Decoder& decoder) {
        return {decoder.config(), decoder.makeCache(64), 1 << 20};
    }
};

INSTANTIATE_TEST_SUITE_P(Goldens, InspectToken, testing::ValuesIn(cases()), [](const auto& test) {
    std::string name = test.param.model + "_" + test.param.decoder;
    std::ranges::replace(name, '-', '_');
    return name;
});

/// The promise: contributions sum to the logit within 1e-4, relative, and the logit is xAI's.
TEST_P(InspectToken, ContributionsSumToTheLogitsOfTheGolden) {
    GS_REQUIRE_GOLDEN(golden, GetParam());
    const auto decoder = goldenDecoder(GetParam(), golden);
    Sequence sequence = sequenceOf(*decoder);
    const auto logits = golden.floats("f32exact/logits.npy").data;
    const auto vocabulary = static_cast<std::size_t>(decoder->config().vocabSize);
    for (const std::size_t position : {std::size_t{0}, std::size_t{5}}) {
        const auto request = requestFor(golden, position);
        const auto found = inspectToken(*decoder, sequence, nullptr, request, {});
        ASSERT_TRUE(found);
        EXPECT_EQ(found->id, 7U);
        EXPECT_EQ(found->position, static_cast<int>(position));
        ASSERT_GE(found->words.size(), 8U);
        ASSERT_EQ(found->contributions.size(), found->parts.size() * found->words.size());
        for (std::size_t w = 0; w < found->words.size(); ++w) {
            const WordChance& word = found->words[w];
            const float exact =
                logits[position * vocabulary + static_cast<std::size_t>(word.token)];
            EXPECT_NEAR(word.logit, exact, 1e-4 * std::max(1.0F, std::abs(exact)));
            double sum = 0;
            for (std::size_t part = 0; part < found->parts.size(); ++part)
                sum += static_cast<double>(found->contribution(part, w));
            EXPECT_NEAR(sum, word.logit, 1e-4 * std::max(1.0F, std::abs(word.logit)));
        }
        ASSERT_TRUE(found->chosen);
        EXPECT_EQ(found->words[static_cast<std::size_t>(*found->chosen)].token, *request.chosen);
    }
}

TEST_P(InspectToken, ChancesAreTheSoftmaxOfTheLogits) {
    GS_REQUIRE_GOLDEN(golden, GetParam());
    const auto decoder = goldenDecoder(GetParam(), golden);
    Sequence sequence = sequenceOf(*decoder);
    const auto logits = golden.floats("f32exact/logits.npy").data;
    const auto vocabulary = static_cast<std::size_t>(decoder->config().vocabSize);
    const std::size_t position = 9;
    const auto found = inspectToken(*decoder, sequence, nullptr, requestFor(golden, position), {});
    ASSERT_TRUE(found);
    const auto row = std::span(logits).subspan(position * vocabulary, vocabulary);
    double sum = 0;
    for (const float x : row) sum += std::exp(static_cast<double>(x));
    double entropy = 0;
    for (const float x : row) {
        const double p = std::exp(static_cast<double>(x)) / sum;
        entropy -= p * std::log2(p);
    }
    for (const WordChance& word : found->words) {
        const double x = static_cast<double>(row[static_cast<std::size_t>(word.token)]);
        EXPECT_NEAR(word.logProb, x - std::log(sum), 1e-3);
        EXPECT_EQ(word.rank,
                  std::ranges::count_if(row, [&](float y) { return static_cast<double>(y) > x; }));
    }
    EXPECT_EQ(found->words.front().token, argMax(row));
    // The lens behind the last layer is the model's own answer.
    ASSERT_EQ(found->lens.size(), static_cast<std::size_t>(decoder->config().numLayers));
    EXPECT_EQ(found->lens.back().likeliest.front().token, argMax(row));
    EXPECT_NEAR(found->lens.back().entropyBits, entropy, 1e-3);
    EXPECT_EQ(found->lens.front().likeliest.size(), 3U);
    EXPECT_TRUE(found->lens.front().chosen);
}

TEST_P(InspectToken, PartsAreTheExpertsOfTheRecord) {
    GS_REQUIRE_GOLDEN(golden, GetParam());
    const auto decoder = goldenDecoder(GetParam(), golden);
    Sequence sequence = sequenceOf(*decoder);
    auto request = requestFor(golden, 6);
    const auto plain = inspectToken(*decoder, sequence, nullptr, request, {});
    ASSERT_TRUE(plain);
    const ExpertSite site{{1}, {plain->routing->layerSelected(1)[0]}};
    request.prompt.front().interventions.ablate = {site};
    const auto ablated = inspectToken(*decoder, sequence, nullptr, request, {});
    ASSERT_TRUE(ablated);
    int zero = 0;
    for (const auto* found : {&*plain, &*ablated}) {
        std::size_t part = 1;
        EXPECT_EQ(found->parts[0].source, ResidualPart::Source::Embedding);
        for (int layer = 0; layer < decoder->config().numLayers; ++layer) {
            EXPECT_EQ(found->parts[part].source, ResidualPart::Source::Attention);
            EXPECT_EQ(found->parts[part++].layer, layer);
            for (const int expert : found->routing->layerSelected(layer)) {
                const ResidualPart& named = found->parts[part];
                EXPECT_EQ(named.source, ResidualPart::Source::Expert);
                EXPECT_EQ(named.layer, layer);
                EXPECT_EQ(named.expert, expert);
                if (found == &*ablated && layer == 1 && expert == site.expert.value) {
                    EXPECT_EQ(named.gate, 0);
                    EXPECT_EQ(found->contribution(part, 0), 0);
                    ++zero;
                } else {
                    EXPECT_GT(named.gate, 0);
                    EXPECT_NE(found->contribution(part, 0), 0);
                }
                ++part;
            }
        }
        EXPECT_EQ(part, found->parts.size());
    }
    EXPECT_EQ(zero, 1);
}

TEST_P(InspectToken, AttentionComesOnlyWhenAskedFor) {
    GS_REQUIRE_GOLDEN(golden, GetParam());
    const auto decoder = goldenDecoder(GetParam(), golden);
    Sequence sequence = sequenceOf(*decoder);
    auto request = requestFor(golden, 12);
    EXPECT_TRUE(inspectToken(*decoder, sequence, nullptr, request, {})->attention.empty());
    request.attention = AttentionHead{1, 1};
    const auto found = inspectToken(*decoder, sequence, nullptr, request, {});
    ASSERT_EQ(found->attention.size(), 13U);
    double sum = 0;
    for (const float weight : found->attention) sum += static_cast<double>(weight);
    EXPECT_NEAR(sum, 1, 1e-5);
}

TEST_P(InspectToken, WhatItCannotDoIsSaid) {
    GS_REQUIRE_GOLDEN(golden, GetParam());
    const auto decoder = goldenDecoder(GetParam(), golden);
    Sequence sequence = sequenceOf(*decoder);
    const auto refuses = [&](auto change, const char* sentence) {
        auto request = requestFor(golden, 3);
        change(request);
        try {
            (void)inspectToken(*decoder, sequence, nullptr, request, {});
            FAIL() << sentence;
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::BadUsage);
            EXPECT_THAT(error.what(), HasSubstr(sentence));
        }
    };
    refuses([](auto& r) { r.attention = AttentionHead{0, 99}; }, "head 99");
    refuses([](auto& r) { r.attention = AttentionHead{-1, 0}; }, "layer -1");
    refuses([](auto& r) { r.chosen = 1 << 20; }, "token 1048576");
    refuses([](auto& r) { r.alternatives = 0; }, "0 alternatives");
    refuses([](auto& r) { r.prompt.clear(); }, "prompt");
    refuses([](auto& r) { r.prompt.front().tokens.resize(65); }, "context holds 64");
    std::stop_source stop;
    stop.request_stop();
    EXPECT_FALSE(
        inspectToken(*decoder, sequence, nullptr, requestFor(golden, 3), stop.get_token()));
    EXPECT_TRUE(inspectToken(*decoder, sequence, nullptr, requestFor(golden, 3), {}));
}

TEST(InspectTokenFaults, NumbersThatAreNoneAreToldOf) {
    const auto weights = randomWeights();
    spoil(weights->layers[1].moeNorm, std::numeric_limits<float>::quiet_NaN());
    const auto decoder = decoderOf("cpu", weights);
    Sequence sequence(decoder->config(), decoder->makeCache(16));
    InspectionRequest request{.id = 1};
    request.prompt = {{.text = {}, .tokens = {40, 41, 42}, .interventions = {}}};
    try {
        (void)inspectToken(*decoder, sequence, nullptr, request, {});
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::DeviceFault);
        EXPECT_THAT(error.what(), HasSubstr("layer 1"));
    }
}

}  // namespace
}  // namespace gatescope::test
