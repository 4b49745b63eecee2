#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/emulation/emulated_gpu.h"
#include "tests/emulation/sanitizers.h"
#include "tests/unit/engine/decoder/cuda/small_cuda_decoder.h"
#include "tests/unit/engine/decoder/test_decoder.h"
#include "tests/unit/engine/generation/run_bench.h"

// Replies that the GPU goes on with by itself, on the emulated one: the same tokens, routing and
// ends as when the host draws each token, and no wait in between.

namespace gatescope::test {
namespace {

using emulation::emulatedGpu;

/// A prompt in a cache, and the logits behind it.
struct Begun {
    std::vector<TokenId> tokens;
    std::unique_ptr<KvCache> cache;
    StepOutput out;

    Begun(Decoder& decoder, int capacity) : tokens(someTokens(decoder.config(), 3)) {
        cache = decoder.makeCache(capacity);
        decoder.forward({.tokens = tokens}, *cache, {}, out, {});
    }
    std::unique_ptr<Continuation> continueWith(Decoder& decoder,
                                               const SamplerConfig& sampler,
                                               int maxTokens,
                                               const InterventionSet& interventions = {}) {
        return decoder.continueFrom({.cache = *cache,
                                     .logits = out.logits,
                                     .recent = tokens,
                                     .sampler = sampler,
                                     .interventions = interventions,
                                     .maxTokens = maxTokens});
    }
};

std::vector<SamplerConfig> samplers() {
    return {{.temperature = 0},
            {.temperature = 0.9F, .seed = 11},
            {.temperature = 2,
             .topK = 20,
             .topP = 0.8F,
             .minP = 0.05F,
             .repetitionPenalty = 1.5F,
             .repetitionWindow = 4,
             .seed = 5}};
}

TEST(CudaReply, IsTokenForTokenWhatTheHostDraws) {
    const auto weights = randomWeights(smallConfig());
    const InterventionSet sets[] = {{},
                                    {.ablate = {{LayerId{0}, ExpertId{1}}},
                                     .exclude = {{LayerId{1}, ExpertId{0}}},
                                     .scale = {{{LayerId{1}, ExpertId{2}}, 1.5F}},
                                     .swap = {{LayerId{0}, ExpertId{0}, ExpertId{2}}},
                                     .topK = 3,
                                     .renormalise = true}};
    for (const DType type : {DType::F32, DType::I8})
        for (const SamplerConfig& config : samplers())
            for (const InterventionSet& interventions : sets) {
                // Each weight type and each set is there once: what a sanitizer sees is the same.
                if (emulation::kSanitized && (type == DType::I8) == interventions.empty()) continue;
                const auto decoder = cudaDecoder(*weights, type);
                constexpr int kTokens = 7;
                Begun host(*decoder, 3 + kTokens);
                Begun device(*decoder, 3 + kTokens);
                const auto reply = device.continueWith(*decoder, config, kTokens, interventions);
                std::vector<SampledToken> drawn;
                std::vector<RoutingRecord> routing;
                for (int i = 0; i < kTokens; ++i) {
                    drawn.push_back(reply->draw());
                    EXPECT_EQ(reply->draw().token, drawn.back().token) << "asked again";
                    ASSERT_EQ(reply->advance(device.out, {}), StepStatus::Done);
                    EXPECT_EQ(device.cache->length(), 4 + i);
                    EXPECT_TRUE(device.out.logits.empty());
                    EXPECT_FALSE(device.out.firstNonFiniteLayer);
                    routing.push_back(device.out.record(decoder->config(), 0));
                }
                drawn.push_back(reply->draw());  // behind the last that was to be computed

                const auto other = cudaDecoder(*weights, type);
                Begun truth(*other, 3 + kTokens);
                Sampler sampler(config);
                for (int i = 0; i <= kTokens; ++i) {
                    const SampledToken expected = sampler.sample(truth.out.logits, truth.tokens);
                    const auto at = static_cast<std::size_t>(i);
                    ASSERT_EQ(drawn[at].token, expected.token) << "token " << i;
                    EXPECT_NEAR(drawn[at].logProb, expected.logProb, 1e-5F);
                    ASSERT_NE(drawn[at].alternatives, nullptr);
                    EXPECT_EQ(drawn[at].alternatives->tokens, expected.alternatives->tokens);
                    EXPECT_EQ(drawn[at].alternatives->rank, expected.alternatives->rank);
                    EXPECT_NEAR(
                        drawn[at].alternatives->entropy, expected.alternatives->entropy, 1e-5F);
                    if (i == kTokens) break;
                    truth.tokens.push_back(expected.token);
                    other->forward({.tokens = std::span(truth.tokens).last(1)},
                                   *truth.cache,
                                   interventions,
                                   truth.out,
                                   {});
                    EXPECT_EQ(routing[at], truth.out.record(decoder->config(), 0)) << "token " << i;
                }
            }
}

TEST(CudaReply, OneGraphATokenAndNoWait) {
    const auto weights = randomWeights(smallConfig());
    const auto decoder = cudaDecoder(*weights);
    Begun begun(*decoder, 40);
    StepOutput step;
    begun.continueWith(*decoder, {}, 2);  // what is made once is made
    const int graphs = emulatedGpu().numGraphs;
    for (int round = 0; round < 2; ++round) {
        begun.cache->truncate(3);
        const auto reply = begun.continueWith(*decoder, {.seed = 3}, 12);
        (void)reply->draw();
        const int waits = emulatedGpu().waits;
        const int launches = emulatedGpu().launches;
        for (int i = 0; i < 12; ++i) {
            (void)reply->draw();
            ASSERT_EQ(reply->advance(step, {}), StepStatus::Done);
            EXPECT_GE(emulatedGpu().launches, launches + std::min(i + 2, 12)) << "one is under way";
        }
        EXPECT_EQ(emulatedGpu().waits, waits);
        EXPECT_EQ(emulatedGpu().launches, launches + 12) << "none behind the last";
    }
    EXPECT_EQ(emulatedGpu().numGraphs, graphs + 1) << "recorded once";
}

TEST(CudaReply, WhatWasComputedAheadIsForgotten) {
    const auto weights = randomWeights(smallConfig());
    const auto decoder = cudaDecoder(*weights);
    Begun begun(*decoder, 20);
    StepOutput step;
    {
        const auto reply = begun.continueWith(*decoder, {.temperature = 0}, 15);
        (void)reply->draw();
        ASSERT_EQ(reply->advance(step, {}), StepStatus::Done);
    }
    EXPECT_EQ(begun.cache->length(), 4);
    begun.cache->truncate(3);
    // The same position again with another token, as if nothing had been there.
    const std::vector<TokenId> other{7, 9};
    StepOutput out;
    StepOutput expected;
    decoder->forward({.tokens = other}, *begun.cache, {}, out, {});
    Begun fresh(*decoder, 20);
    decoder->forward({.tokens = other}, *fresh.cache, {}, expected, {});
    EXPECT_EQ(out.logits, expected.logits);
    EXPECT_EQ(out.routerProbs, expected.routerProbs);
}

TEST(CudaReply, StopsBetweenStepsAndCanGoOn) {
    const auto weights = randomWeights(smallConfig());
    const auto decoder = cudaDecoder(*weights);
    Begun begun(*decoder, 20);
    StepOutput step;
    const auto reply = begun.continueWith(*decoder, {.temperature = 0}, 5);
    const TokenId first = reply->draw().token;
    std::stop_source stop;
    stop.request_stop();
    EXPECT_EQ(reply->advance(step, stop.get_token()), StepStatus::Stopped);
    EXPECT_EQ(begun.cache->length(), 3);
    EXPECT_EQ(reply->draw().token, first);
    EXPECT_EQ(reply->advance(step, {}), StepStatus::Done);
    EXPECT_EQ(begun.cache->length(), 4);
}

TEST(CudaReply, SaysWhereNumbersStopBeingFinite) {
    const auto weights = randomWeights(smallConfig());
    Begun begun(*cudaDecoder(*weights), 10);
    for (const bool inALayer : {true, false}) {
        const auto spoilt = randomWeights(smallConfig());
        const auto gain = inALayer ? spoilt->layers[1].moeOutputNorm : spoilt->finalNorm;
        spoil(gain, std::numeric_limits<float>::infinity());
        const auto decoder = cudaDecoder(*spoilt);
        const auto cache = decoder->makeCache(10);
        StepOutput out;
        decoder->forward({.tokens = begun.tokens}, *cache, {}, out, {});
        const auto reply = decoder->continueFrom({.cache = *cache,
                                                  .logits = begun.out.logits,
                                                  .recent = begun.tokens,
                                                  .sampler = {},
                                                  .interventions = {},
                                                  .maxTokens = 4});
        (void)reply->draw();
        ASSERT_EQ(reply->advance(out, {}), StepStatus::Done);
        EXPECT_EQ(out.firstNonFiniteLayer, inALayer ? 1 : 2);
    }
}

/// The same decoder, which leaves drawing to its caller.
class HostDrawn final : public Decoder {
  public:
    explicit HostDrawn(std::unique_ptr<Decoder> decoder) : decoder_(std::move(decoder)) {}
    const ModelConfig& config() const override { return decoder_->config(); }
    std::string name() const override { return decoder_->name(); }
    std::string device() const override { return decoder_->device(); }
    int threads() const override { return decoder_->threads(); }
    Precision precision() const override { return decoder_->precision(); }
    std::uint64_t weightBytesPerToken() const override { return decoder_->weightBytesPerToken(); }
    std::unique_ptr<KvCache> makeCache(int capacity) const override {
        return decoder_->makeCache(capacity);
    }
    StepStatus forward(const Batch& batch,
                       KvCache& cache,
                       const InterventionSet& interventions,
                       StepOutput& out,
                       std::stop_token stop) override {
        return decoder_->forward(batch, cache, interventions, out, std::move(stop));
    }
    StepStatus logitsOf(std::span<const float> rows,
                        std::span<const float> whole,
                        std::span<float> logits,
                        std::stop_token stop) override {
        return decoder_->logitsOf(rows, whole, logits, std::move(stop));
    }

  private:
    std::unique_ptr<Decoder> decoder_;
};

class CudaReplyInAGeneration : public testing::Test {
  protected:
    static RunBench bench(const ModelWeights& weights, bool byHost, int capacity) {
        std::unique_ptr<Decoder> decoder = cudaDecoder(weights);
        if (byHost) decoder = std::make_unique<HostDrawn>(std::move(decoder));
        return {std::move(decoder), nullptr, capacity};
    }
    static GenerationRequest request(const ModelConfig& config) {
        GenerationRequest request = greedy({{.tokens = someTokens(config, 4)}}, 9);
        request.sampler = {.temperature = 1.2F, .repetitionPenalty = 1.1F, .seed = 8};
        return request;
    }
    static void expectSame(const RunResult& device, const RunResult& host) {
        EXPECT_EQ(device.reason, host.reason);
        EXPECT_EQ(device.ids(), host.ids());
        EXPECT_EQ(device.routing(), host.routing());
        EXPECT_EQ(device.timings.generatedTokens, host.timings.generatedTokens);
        EXPECT_EQ(device.timings.plainTokens, host.timings.plainTokens);
    }
};

TEST_F(CudaReplyInAGeneration, EndsWhereTheHostsWould) {
    const auto weights = randomWeights(smallConfig());
    auto asked = request(weights->config);
    asked.stopAtEos = false;
    for (const int capacity : {64, 13, 9}) {  // more tokens asked for than fit, in the last
        SCOPED_TRACE(capacity);
        auto device = bench(*weights, false, capacity);
        auto host = bench(*weights, true, capacity);
        const auto result = device.run(asked);
        expectSame(result, host.run(asked));
        EXPECT_EQ(result.reason,
                  capacity == 9 ? FinishReason::ContextFull : FinishReason::MaxTokens);
        EXPECT_EQ(device.sequence().length(), host.sequence().length());
        // What is reused afterwards is the same, too.
        asked.sampler.seed = 9;
        expectSame(device.run(asked), host.run(asked));
    }
}

TEST_F(CudaReplyInAGeneration, EndsAtTheEndOfTheText) {
    auto config = smallConfig();
    const auto weights = randomWeights(config);
    auto plain = bench(*weights, false, 64);
    auto asked = request(config);
    asked.stopAtEos = false;
    const TokenId fifth = plain.run(asked).ids()[4];
    config.eosToken = fifth;
    const auto ending = randomWeights(config);
    asked.stopAtEos = true;
    auto device = bench(*ending, false, 64);
    auto host = bench(*ending, true, 64);
    const auto result = device.run(asked);
    EXPECT_EQ(result.reason, FinishReason::EndOfText);
    EXPECT_LE(result.tokens.size(), 4U);
    expectSame(result, host.run(asked));
    EXPECT_EQ(device.sequence().length(), host.sequence().length());
}

TEST_F(CudaReplyInAGeneration, StopsWhenItIsAskedTo) {
    const auto weights = randomWeights(smallConfig());
    auto device = bench(*weights, false, 64);
    auto asked = request(weights->config);
    asked.stopAtEos = false;
    std::stop_source stop;
    const auto result = device.run(asked, stop.get_token(), [&](int token) {
        if (token == 3) stop.request_stop();
    });
    EXPECT_EQ(result.reason, FinishReason::Stopped);
    EXPECT_EQ(result.tokens.size(), 3U);
    EXPECT_EQ(device.sequence().length(), 7);
}

TEST_F(CudaReplyInAGeneration, LeavesDraftsToTheHost) {
    const auto weights = randomWeights(smallConfig());
    auto device = bench(*weights, false, 64);
    auto host = bench(*weights, true, 64);
    auto asked = request(weights->config);
    asked.stopAtEos = false;
    const auto plain = host.run(asked);
    asked.speculate = true;
    EXPECT_EQ(device.run(asked).ids(), plain.ids());
}

}  // namespace
}  // namespace gatescope::test
