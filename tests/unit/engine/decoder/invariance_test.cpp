#include <gtest/gtest.h>

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

TEST(Invariance, AnyNumberOfThreadsGivesTheSameBits) {
    const auto weights = randomWeights(oddConfig(), {.tokenizer = false});
    const auto tokens = someTokens(weights->config, 150);
    const StepOutput one = runAll(*decoderOf("cpu", weights, 1), tokens);
    for (const int threads : {2, 3, 5, 16}) {
        const StepOutput many = runAll(*decoderOf("cpu", weights, threads), tokens);
        EXPECT_EQ(one.logits, many.logits) << threads << " threads";
        EXPECT_EQ(one.routerProbs, many.routerProbs);
        EXPECT_EQ(one.residuals, many.residuals);
        EXPECT_EQ(one.selected, many.selected);
    }
}

TEST(Invariance, AnyCutOfTheSequenceGivesTheSameBits) {
    const auto weights = randomWeights(oddConfig(), {.tokenizer = false});
    const auto tokens = someTokens(weights->config, 150);
    const auto d = decoderOf("cpu", weights, 2);
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

}  // namespace
}  // namespace gatescope::test
