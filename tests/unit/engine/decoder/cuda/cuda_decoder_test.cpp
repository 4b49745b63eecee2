#include "engine/decoder/cuda/cuda_decoder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "engine/decoder/cuda/device_weights.h"
#include "tests/emulation/emulated_gpu.h"
#include "tests/golden/golden_model.h"
#include "tests/support/tolerances.h"
#include "tests/unit/engine/decoder/cuda/small_cuda_decoder.h"
#include "tests/unit/engine/decoder/test_decoder.h"

// The CUDA decoder's own logic, on the emulated GPU: every kernel runs as it is written, fibers for
// threads. tests/golden holds it against xAI's numbers, decoder_test against what any decoder
// keeps.

namespace gatescope::test {
namespace {

using emulation::emulatedGpu;

/// Largest logits apart.
float apart(const std::vector<float>& a, const std::vector<float>& b) {
    return maxAbs(a, b);
}

/// Weights in columns and in blocks, laid out for the device by one thread and by several.
TEST(CudaDecoder, TakesTheSameWeightsFromAnyNumberOfThreads) {
    const auto columns = randomWeights(smallConfig());
    const auto tokens = someTokens(columns->config, 9);
    const auto logits = [&](const ModelWeights& weights, int threads) {
        const auto decoder =
            CudaDecoder::load(weights, emulation::emulatedCudaModule(), {.threads = threads});
        return runAll(*decoder, tokens).logits;
    };
    EXPECT_EQ(logits(*columns, 1), logits(*columns, 3));
}

/// The lens needs no step before it; on tensor cores it takes many rows at once.
TEST(CudaDecoder, LooksThroughTheLensFirst) {
    const auto weights = randomWeights(smallConfig());
    const ModelConfig& config = weights->config;
    std::vector<float> rows;
    for (int i = 0; i < 70 * config.dModel; ++i)
        rows.push_back(std::sin(static_cast<float>(i * i % 1000)));
    const auto logits = [&](Precision precision) {
        const auto decoder =
            CudaDecoder::load(*weights, emulation::emulatedCudaModule(), {.precision = precision});
        std::vector<float> out(std::size_t{70} * static_cast<std::size_t>(config.vocabSize));
        EXPECT_EQ(decoder->logitsOf(rows, {}, out, {}), StepStatus::Done);
        return out;
    };
    const auto exact = logits(Precision::F32);
    std::vector<float> truth(exact.size());
    decoderOf("reference", weights)->logitsOf(rows, {}, truth, {});
    EXPECT_LE(apart(exact, truth), tolerance::kLogits);
    float largest = 0;
    for (const float logit : truth) largest = std::max(largest, std::abs(logit));
    EXPECT_LE(apart(logits(Precision::Mixed), truth), 0.02F * largest);
}

/// Each thread has a device of its own, the first one until it says otherwise.
TEST(CudaDecoder, ComputesOnTheGpuItWasMadeFor) {
    const auto weights = randomWeights(smallConfig());
    emulatedGpu().numDevices = 2;
    const auto decoder =
        CudaDecoder::load(*weights, emulation::emulatedCudaModule(), {.device = 1});
    EXPECT_EQ(emulatedGpu().device, 1);
    emulatedGpu().device = 0;
    const auto cache = decoder->makeCache(4);
    EXPECT_EQ(emulatedGpu().device, 1);
    emulatedGpu().device = 0;
    const auto tokens = someTokens(weights->config, 2);
    StepOutput out;
    decoder->forward({.tokens = tokens}, *cache, {}, out, {});
    EXPECT_EQ(emulatedGpu().device, 1);
    emulatedGpu().numDevices = 1;
    emulatedGpu().device = 0;
}

TEST(CudaDecoder, AStepIsRecordedOnceAndReplayed) {
    const auto weights = randomWeights(smallConfig());
    const auto decoder = cudaDecoder(*weights);
    const auto reference = decoderOf("reference", weights);
    const auto tokens = someTokens(weights->config, 6);
    const auto cache = decoder->makeCache(8);
    const auto truth = reference->makeCache(8);
    const int graphs = emulatedGpu().numGraphs;
    StepOutput out;
    StepOutput expected;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        const Batch batch{.tokens = std::span(tokens).subspan(i, 1)};
        const int launches = emulatedGpu().launches;
        const int waits = emulatedGpu().waits;
        decoder->forward(batch, *cache, {}, out, {});
        reference->forward(batch, *truth, {}, expected, {});
        EXPECT_EQ(emulatedGpu().launches, launches + 1);
        // The first sends the interventions before.
        EXPECT_EQ(emulatedGpu().waits, waits + (i == 0 ? 2 : 1)) << "the host waits once a token";
        EXPECT_LE(apart(expected.logits, out.logits), tolerance::kLogits) << "step " << i;
        EXPECT_LE(apart(expected.routerProbs, out.routerProbs), tolerance::kRouterProbs);
        EXPECT_EQ(expected.selected, out.selected);
    }
    EXPECT_EQ(emulatedGpu().numGraphs, graphs + 1) << "recorded once";
}

TEST(CudaDecoder, InterventionsChangeWithoutANewRecording) {
    const auto weights = randomWeights(smallConfig());
    const auto decoder = cudaDecoder(*weights);
    const auto reference = decoderOf("reference", weights);
    const auto tokens = someTokens(weights->config, 8);
    const auto cache = decoder->makeCache(8);
    const auto truth = reference->makeCache(8);
    const int graphs = emulatedGpu().numGraphs;
    const InterventionSet sets[] = {{},
                                    {.ablate = {{LayerId{0}, ExpertId{1}}}},
                                    {.force = {{LayerId{1}, ExpertId{2}}}, .renormalise = true},
                                    {.bias = {{{LayerId{0}, ExpertId{3}}, 2.0F}}},
                                    {.exclude = {{LayerId{0}, ExpertId{0}}}},
                                    {.scale = {{{LayerId{0}, ExpertId{1}}, 3.0F}}},
                                    {.swap = {{LayerId{1}, ExpertId{0}, ExpertId{3}}}},
                                    {}};
    StepOutput out;
    StepOutput expected;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        const Batch batch{.tokens = std::span(tokens).subspan(i, 1)};
        decoder->forward(batch, *cache, sets[i], out, {});
        reference->forward(batch, *truth, sets[i], expected, {});
        EXPECT_EQ(expected.selected, out.selected) << "step " << i;
        EXPECT_LE(apart(expected.gates, out.gates), tolerance::kRouterProbs);
        EXPECT_LE(apart(expected.logits, out.logits), tolerance::kLogits);
    }
    EXPECT_EQ(emulatedGpu().numGraphs, graphs + 1);
}

TEST(CudaDecoder, AnotherNumberOfExpertsOrMoreLogitsRecordAnew) {
    const auto weights = randomWeights(smallConfig());
    const auto decoder = cudaDecoder(*weights);
    const auto reference = decoderOf("reference", weights);
    const auto tokens = someTokens(weights->config, 24);
    const auto cache = decoder->makeCache(32);
    const auto truth = reference->makeCache(32);
    StepOutput out;
    StepOutput expected;
    const auto both = [&](std::size_t begin, std::size_t count, LogitsFor logits, int topK) {
        const Batch batch{.tokens = std::span(tokens).subspan(begin, count), .logitsFor = logits};
        decoder->forward(batch, *cache, {.topK = topK}, out, {});
        reference->forward(batch, *truth, {.topK = topK}, expected, {});
        EXPECT_EQ(expected.selected, out.selected) << "from " << begin;
        EXPECT_LE(apart(expected.logits, out.logits), tolerance::kLogits) << "from " << begin;
    };
    both(0, 1, LogitsFor::LastToken, 0);
    both(1, 1, LogitsFor::LastToken, 3);
    both(2, 20, LogitsFor::AllTokens, 0);  // two chunks; the results need more room
    both(22, 1, LogitsFor::LastToken, 0);
    both(23, 1, LogitsFor::None, 0);
}

TEST(CudaDecoder, KeepsKeysAndValuesInEveryType) {
    const auto weights = randomWeights(smallConfig());
    const auto tokens = someTokens(weights->config, 12);
    const StepOutput exact = runAll(*decoderOf("reference", weights), tokens);
    const std::map<DType, double> limits{
        {DType::F32, 1e-5}, {DType::F16, 2e-3}, {DType::BF16, 2e-2}, {DType::I8, 4e-2}};
    for (const auto& [type, limit] : limits) {
        const auto decoder = cudaDecoder(*weights, type);
        const StepOutput own = runAll(*decoder, tokens);
        double size = 0;
        double difference = 0;
        for (std::size_t i = 0; i < own.logits.size(); ++i) {
            size += std::abs(exact.logits[i]);
            difference += std::abs(exact.logits[i] - own.logits[i]);
        }
        EXPECT_LE(difference / size, limit) << name(type);
    }
}

TEST(CudaDecoder, ABranchThatCameBackGivesTheSameBits) {
    const auto weights = randomWeights(smallConfig());
    for (const DType type : {DType::F16, DType::I8}) {
        const auto decoder = cudaDecoder(*weights, type);
        const auto tokens = someTokens(weights->config, 9);
        const auto cache = decoder->makeCache(12);
        StepOutput out;
        const auto step = [&](std::size_t begin, std::size_t count) {
            decoder->forward(
                {.tokens = std::span(tokens).subspan(begin, count)}, *cache, {}, out, {});
            return out.logits;
        };
        step(0, 8);
        const auto never = step(8, 1);
        cache->truncate(8);
        std::vector<std::vector<std::byte>> kept(5, std::vector<std::byte>(cache->rowBytes()));
        std::vector<std::byte*> to;
        for (auto& row : kept) to.push_back(row.data());
        cache->saveRows(3, to);
        cache->truncate(3);
        step(5, 4);  // another branch
        cache->truncate(3);
        cache->appendRows(std::vector<const std::byte*>(to.begin(), to.end()));
        EXPECT_EQ(cache->length(), 8);
        EXPECT_EQ(step(8, 1), never) << name(type);
    }
}

TEST(CudaDecoder, GivesEverythingBack) {
    const auto weights = randomWeights(smallConfig());
    const auto before = emulatedGpu();
    {
        const auto decoder = cudaDecoder(*weights);
        const auto cache = decoder->makeCache(4);
        StepOutput out;
        decoder->forward({.tokens = someTokens(weights->config, 1)}, *cache, {}, out, {});
        EXPECT_GE(emulatedGpu().usedBytes, before.usedBytes + cuda::deviceBytes(*weights));
    }
    EXPECT_EQ(emulatedGpu().usedBytes, before.usedBytes);
    EXPECT_EQ(emulatedGpu().pinnedBytes, before.pinnedBytes);
    EXPECT_EQ(emulatedGpu().numGraphs, before.numGraphs);
    EXPECT_EQ(emulatedGpu().numStreams, before.numStreams);
}

}  // namespace
}  // namespace gatescope::test
