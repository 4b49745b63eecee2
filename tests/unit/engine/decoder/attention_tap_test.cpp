#include <gtest/gtest.h>

#include <numeric>

#include "engine/decoder/step.h"
#include "tests/unit/engine/decoder/test_decoder.h"

// How much a head looks at each token. The reference gives the very softmax that it computed with,
// and is itself proven against xAI's code.
namespace gatescope::test {
namespace {

class AttentionTap : public EveryDecoder {};

constexpr int kTokens = 24;  // more than one chunk, wherever they are cut

/// As one batch, or in steps of one token behind the first `together`.
std::vector<float> lookedAt(Decoder& decoder,
                            std::span<const TokenId> tokens,
                            AttentionHead head,
                            std::size_t together = kTokens) {
    const auto cache = decoder.makeCache(kTokens);
    std::vector<float> rows;
    StepOutput out;
    for (std::size_t begin = 0; begin < tokens.size();) {
        const std::size_t count = begin == 0 ? together : 1;
        EXPECT_EQ(decoder.forward({.tokens = tokens.subspan(begin, count), .tapAttention = head},
                                  *cache,
                                  {},
                                  out,
                                  {}),
                  StepStatus::Done);
        EXPECT_EQ(out.attention.size(), count * (begin + count));
        for (std::size_t t = 0; t < count; ++t) {
            const auto row = attentionOf(out, static_cast<int>(t));
            rows.insert(rows.end(), row.begin(), row.end());
            rows.resize((begin + t + 1) * tokens.size());
        }
        begin += count;
    }
    return rows;
}

TEST_P(AttentionTap, IsTheReferencesSoftmax) {
    const auto weights = randomWeights();
    const ModelConfig& config = weights->config;
    const auto tokens = someTokens(config, kTokens);
    const auto d = decoder(weights);
    const auto reference = decoderOf("reference", weights);
    for (int layer = 0; layer < config.numLayers; ++layer)
        for (const int head : {0, config.numQHeads - 1}) {
            const auto expected = lookedAt(*reference, tokens, {layer, head});
            const auto rows = lookedAt(*d, tokens, {layer, head});
            for (std::size_t t = 0; t < kTokens; ++t) {
                const auto row = std::span(rows).subspan(t * kTokens, kTokens);
                EXPECT_NEAR(std::accumulate(row.begin(), row.end(), 0.0), 1, 1e-5);
                for (std::size_t k = 0; k < kTokens; ++k) {
                    ASSERT_NEAR(row[k], expected[t * kTokens + k], 2e-5)
                        << "layer " << layer << " head " << head << " token " << t << " key " << k;
                    if (k > t) {
                        ASSERT_EQ(row[k], 0);
                    }
                }
            }
        }
    EXPECT_NE(lookedAt(*d, tokens, {0, 0}), lookedAt(*d, tokens, {0, 1}));
    EXPECT_NE(lookedAt(*d, tokens, {0, 0}), lookedAt(*d, tokens, {1, 0}));
}

TEST_P(AttentionTap, IsTheSameTokenByToken) {
    const auto weights = randomWeights();
    const auto tokens = someTokens(weights->config, kTokens);
    const auto d = decoder(weights);
    const auto whole = lookedAt(*d, tokens, {1, 1});
    const auto stepwise = lookedAt(*d, tokens, {1, 1}, 5);
    ASSERT_EQ(whole.size(), stepwise.size());
    for (std::size_t i = 0; i < whole.size(); ++i) ASSERT_NEAR(whole[i], stepwise[i], 2e-5);
}

TEST_P(AttentionTap, PaddingIsNotLookedAt) {
    const auto weights = randomWeights();
    auto tokens = someTokens(weights->config, kTokens);
    tokens[3] = weights->config.padToken;
    const auto d = decoder(weights);
    const auto rows = lookedAt(*d, tokens, {0, 0});
    for (std::size_t t = 4; t < kTokens; ++t) EXPECT_LT(rows[t * kTokens + 3], 1e-12F);
}

TEST_P(AttentionTap, ChangesNothingByBeingTapped) {
    const auto weights = randomWeights();
    const auto tokens = someTokens(weights->config, kTokens);
    const auto d = decoder(weights);
    const auto run = [&](std::optional<AttentionHead> head) {
        const auto cache = d->makeCache(kTokens);
        StepOutput out;
        EXPECT_EQ(d->forward({.tokens = tokens, .tapAttention = head}, *cache, {}, out, {}),
                  StepStatus::Done);
        return out;
    };
    const StepOutput tapped = run(AttentionHead{1, 0});
    const StepOutput plain = run({});
    EXPECT_EQ(tapped.logits, plain.logits);
    EXPECT_EQ(tapped.routerProbs, plain.routerProbs);
    EXPECT_TRUE(plain.attention.empty());
}

INSTANTIATE_TEST_SUITE_P(Decoders,
                         AttentionTap,
                         testing::ValuesIn(decoderKinds()),
                         EveryDecoder::nameOf);

}  // namespace
}  // namespace gatescope::test
