#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "engine/model/open_model.h"
#include "tests/support/test_paths.h"
#include "tests/support/tiny_model.h"
#include "tests/support/tolerances.h"
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

/// Rows are as they were, wherever in a panel of keys a branch begins or ends.
TEST_P(Invariance, ABranchThatCameBackGivesTheBitsOfOneThatNeverLeft) {
    const auto weights = randomWeights(oddConfig(), {.tokenizer = false});
    auto tokens = someTokens(weights->config, 70);
    tokens[3] = tokens[40] = weights->config.padToken;
    const auto d = cpu(weights, 2);
    const StepOutput whole = runAll(*d, tokens);
    const auto next = [&](KvCache& cache) {
        StepOutput out;
        d->forward({.tokens = std::span(tokens).subspan(69)}, cache, {}, out, {});
        cache.truncate(69);
        return out;
    };
    const auto step = [&](KvCache& cache, std::span<const TokenId> added) {
        StepOutput out;
        d->forward({.tokens = added}, cache, {}, out, {});
    };
    const auto other = someTokens(weights->config, 101);
    for (const int from : {0, 1, 15, 16, 17, 31, 47, 50, 68}) {
        const auto cache = d->makeCache(133);
        step(*cache, std::span(tokens).first(69));
        const StepOutput before = next(*cache);
        const std::size_t bytes = cache->rowBytes();
        std::vector<std::byte> memory(static_cast<std::size_t>(69 - from) * bytes);
        std::vector<std::byte*> rows;
        for (int i = 0; i < 69 - from; ++i)
            rows.push_back(memory.data() + static_cast<std::size_t>(i) * bytes);
        cache->saveRows(from, rows);
        // Another branch, longer than the first, in its place.
        cache->truncate(from);
        step(*cache, std::span(other).subspan(static_cast<std::size_t>(from)));
        cache->truncate(from);
        // Back in two pieces.
        const std::vector<const std::byte*> back(rows.begin(), rows.end());
        const std::size_t half = (back.size() + 1) / 3;
        cache->appendRows(std::span(back).first(half));
        cache->appendRows(std::span(back).subspan(half));
        ASSERT_EQ(cache->length(), 69);
        const StepOutput after = next(*cache);
        EXPECT_EQ(after.logits, before.logits) << "from " << from;
        EXPECT_EQ(after.routerProbs, before.routerProbs) << "from " << from;
        EXPECT_TRUE(std::equal(after.logits.rbegin(), after.logits.rend(), whole.logits.rbegin()));
        auto again = memory;
        for (auto& row : rows) row = again.data() + (row - memory.data());
        std::ranges::fill(again, std::byte{0x5a});
        cache->saveRows(from, rows);
        EXPECT_EQ(again, memory) << "from " << from;
    }
}

TEST_P(Invariance, AnEmptyBranchCanBePutAside) {
    const auto d = cpu(randomWeights(oddConfig(), {.tokenizer = false}), 1);
    const auto cache = d->makeCache(1);
    cache->saveRows(0, {});
    cache->appendRows({});
    EXPECT_EQ(cache->length(), 0);
}

/// What branches put aside take follows from what the cache itself takes.
TEST_P(Invariance, ARowIsAsLargeAsATokenOfTheCache) {
    ModelConfig config = tinyConfig();
    config.headSize = 32;  // neither values nor panels have room left over
    const auto cache = cpu(randomWeights(config, {.tokenizer = false}), 1)->makeCache(64);
    EXPECT_EQ(64 * cache->rowBytes(), cache->bytes());
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

/// A model whose every int8 matrix takes activations as whole numbers of 24 bits where the
/// processor is made for those, in panels.
std::shared_ptr<const ModelWeights> int8Panels() {
    ModelConfig config = tinyConfig();
    config.dModel = 128;
    config.headSize = 64;
    config.numQHeads = 8;
    config.ffnSize = 512;
    const ScratchDir dir;
    writeTinyCheckpoint(dir.path() / "model", config, 7, {.tokenizer = false});
    const auto weights = openModel((dir.path() / "model").string())->load({}, {});
    EXPECT_TRUE(layOutWeights(*weights, {}, {}));
    return weights;
}

/// One row alone, a few and as many as fill tiles are three ways to compute the same.
TEST(InvarianceOfInt8Panels, AnyCutAndAnyNumberOfThreadsGiveTheSameBits) {
    const auto weights = int8Panels();
    const auto tokens = someTokens(weights->config, 90);
    const StepOutput whole = runAll(*decoderOf("cpu", weights, 1), tokens);
    const auto d = decoderOf("cpu", weights, 3);
    const auto cache = d->makeCache(90);
    std::vector<float> logits;
    StepOutput out;
    for (const std::size_t count : {1, 2, 17, 1, 3, 20, 5, 40, 1}) {
        const auto next = std::span(tokens).subspan(static_cast<std::size_t>(cache->length()));
        d->forward(
            {.tokens = next.first(count), .logitsFor = LogitsFor::AllTokens}, *cache, {}, out, {});
        logits.insert(logits.end(), out.logits.begin(), out.logits.end());
    }
    EXPECT_EQ(logits, whole.logits);
}

TEST(InvarianceOfInt8Panels, IsTheReferencesToF32) {
    const auto weights = int8Panels();
    const auto stored = [&] {
        const ScratchDir dir;
        writeTinyCheckpoint(dir.path() / "model", weights->config, 7, {.tokenizer = false});
        return std::shared_ptr<const ModelWeights>(
            openModel((dir.path() / "model").string())->load({}, {}));
    }();
    const auto tokens = someTokens(weights->config, 60);
    const StepOutput truth = runAll(*decoderOf("reference", stored), tokens);
    const StepOutput own = runAll(*decoderOf("cpu", weights), tokens);
    EXPECT_EQ(own.selected, truth.selected);
    for (std::size_t i = 0; i < own.logits.size(); ++i)
        ASSERT_NEAR(own.logits[i], truth.logits[i], tolerance::kLogits);
    for (std::size_t i = 0; i < own.residuals.size(); ++i)
        ASSERT_NEAR(own.residuals[i], truth.residuals[i], tolerance::kResiduals);
}

INSTANTIATE_TEST_SUITE_P(CacheTypes,
                         Invariance,
                         testing::Values(DType::F32, DType::F16, DType::BF16, DType::I8),
                         [](const auto& test) { return std::string(name(test.param)); });

}  // namespace
}  // namespace gatescope::test
