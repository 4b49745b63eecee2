#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "tests/unit/engine/decoder/test_decoder.h"

// The cpu decoder adds up every output in one order, so its results are the same bits on any number
// of threads and for any cut of the sequence: same seed, same text.

namespace gatescope::test {
namespace {

/// Sizes that no tile, vector or share divides.
ModelConfig oddConfig() {
    ModelConfig config = tinyConfig();
    config.dModel = 136;
    config.headSize = 24;
    config.numQHeads = 6;
    config.numKvHeads = 2;
    config.ffnSize = 296;
    config.vocabSize = 101;
    config.contextLength = 512;
    return config;
}

/// By what keys and values are kept as.
class Invariance : public testing::TestWithParam<DType> {
  protected:
    static std::unique_ptr<Decoder> cpu(std::shared_ptr<const ModelWeights> weights, int threads) {
        return makeDecoder(std::move(weights), {.threads = threads, .cacheType = GetParam()});
    }
};

TEST_P(Invariance, AnyNumberOfThreadsGivesTheSameBits) {
    const auto weights = randomWeights(oddConfig(), {.tokenizer = false});
    const auto tokens = someTokens(weights->config, 150);
    const StepOutput one = runAll(*cpu(weights, 1), tokens);
    for (const int threads : {2, 3, 5, 16}) {
        const StepOutput many = runAll(*cpu(weights, threads), tokens);
        EXPECT_EQ(one.logits, many.logits) << threads << " threads";
        EXPECT_EQ(one.routerProbs, many.routerProbs);
        EXPECT_EQ(one.residuals, many.residuals);
        EXPECT_EQ(one.selected, many.selected);
    }
}

TEST_P(Invariance, AnyCutOfTheSequenceGivesTheSameBits) {
    const auto weights = randomWeights(oddConfig(), {.tokenizer = false});
    const auto tokens = someTokens(weights->config, 150);
    const auto d = cpu(weights, 2);
    const StepOutput whole = runAll(*d, tokens);
    const auto vocabSize = static_cast<std::size_t>(weights->config.vocabSize);
    const auto cache = d->makeCache(150);
    StepOutput out;
    for (std::size_t begin = 0, step = 0; begin < tokens.size(); ++step) {
        const std::size_t count =
            std::min(std::vector<std::size_t>{1, 2, 17, 1, 64}[step % 5], tokens.size() - begin);
        d->forward(
            {.tokens = std::span(tokens).subspan(begin, count), .logitsFor = LogitsFor::AllTokens},
            *cache,
            {},
            out,
            {});
        const auto from = whole.logits.begin() + static_cast<std::ptrdiff_t>(begin * vocabSize);
        const auto to = from + static_cast<std::ptrdiff_t>(count * vocabSize);
        ASSERT_EQ(out.logits, std::vector<float>(from, to)) << "tokens from " << begin;
        begin += count;
    }
}

/// Rounded keys and values change the text a little, more the fewer bits they have.
TEST_P(Invariance, StaysNearTheExactCache) {
    const auto weights = randomWeights(oddConfig(), {.tokenizer = false});
    const auto tokens = someTokens(weights->config, 150);
    const StepOutput exact = runAll(*decoderOf("reference", weights), tokens);
    const StepOutput own = runAll(*cpu(weights, 2), tokens);
    double size = 0;  // sums, not the largest: a rounded key may turn a router's close choice
    double difference = 0;
    for (std::size_t i = 0; i < own.logits.size(); ++i) {
        size += std::abs(exact.logits[i]);
        difference += std::abs(exact.logits[i] - own.logits[i]);
    }
    const std::map<DType, double> limits{
        {DType::F32, 1e-5}, {DType::F16, 2e-3}, {DType::BF16, 2e-2}, {DType::I8, 4e-2}};
    EXPECT_LE(difference / size, limits.at(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(CacheTypes,
                         Invariance,
                         testing::Values(DType::F32, DType::F16, DType::BF16, DType::I8),
                         [](const auto& test) { return std::string(name(test.param)); });

}  // namespace
}  // namespace gatescope::test
