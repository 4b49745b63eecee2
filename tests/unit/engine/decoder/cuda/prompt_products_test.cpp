#include "engine/decoder/cuda/prompt_products.h"

#include <gtest/gtest.h>

#include <cmath>

#include "engine/decoder/cuda/cuda_decoder.h"
#include "engine/error.h"
#include "tests/emulation/emulated_gpu.h"
#include "tests/unit/engine/decoder/test_decoder.h"

// Prompts on tensor cores: the kernels around the products run as they are written, the products
// themselves are the emulation's own (tests/unit/kernels/cuda/matmul_test.cpp has cuBLASLt's
// calls).

namespace gatescope::test {
namespace {

using cuda::PromptLimits;
using emulation::emulatedGpu;

constexpr int kTokens = 24;
constexpr std::size_t kWorkspace = 4096;

class CudaPrompt : public testing::Test {
  protected:
    /// Emulated tokens are slow.
    static ModelConfig smallConfig() {
        ModelConfig config = tinyConfig();
        config.numLayers = 1;
        return config;
    }
    static std::unique_ptr<CudaDecoder> decoder(const ModelWeights& weights,
                                                const PromptLimits& limits = {
                                                    .workspaceBytes = kWorkspace}) {
        return CudaDecoder::load(weights,
                                 emulation::emulatedCudaModule(),
                                 {.precision = Precision::Mixed, .prompt = limits});
    }
    static StepOutput prompt(Decoder& decoder,
                             const InterventionSet& interventions = {},
                             LogitsFor logits = LogitsFor::AllTokens) {
        const auto tokens = someTokens(decoder.config(), kTokens);
        const auto cache = decoder.makeCache(kTokens);
        StepOutput out;
        EXPECT_EQ(decoder.forward(
                      {.tokens = tokens, .logitsFor = logits}, *cache, interventions, out, {}),
                  StepStatus::Done);
        EXPECT_EQ(cache->length(), kTokens);
        return out;
    }
    /// How far apart, of the size of the first.
    static double apart(const std::vector<float>& exact, const std::vector<float>& got) {
        EXPECT_EQ(exact.size(), got.size());
        double difference = 0;
        double size = 0;
        for (std::size_t i = 0; i < exact.size(); ++i) {
            difference += std::abs(static_cast<double>(exact[i]) - static_cast<double>(got[i]));
            size += std::abs(static_cast<double>(exact[i]));
        }
        return difference / size;
    }
};

TEST_F(CudaPrompt, IsTheReferencesButForTheRounding) {
    const auto weights = randomWeights(smallConfig());
    const auto mixed = decoder(*weights);
    EXPECT_EQ(mixed->precision(), Precision::Mixed);
    const StepOutput exact = prompt(*decoderOf("reference", weights));
    const int matmuls = emulatedGpu().matmuls;
    const StepOutput got = prompt(*mixed);
    EXPECT_GT(emulatedGpu().matmuls, matmuls);
    EXPECT_LE(apart(exact.logits, got.logits), 1e-2);
    EXPECT_GT(apart(exact.logits, got.logits), 1e-5) << "nothing was rounded";
    EXPECT_LE(apart(exact.routerProbs, got.routerProbs), 1e-2);
    EXPECT_EQ(exact.selected.size(), got.selected.size());
}

/// What a token gives depends neither on the chunk nor on the slice that it was computed in.
TEST_F(CudaPrompt, ChunksAndSlicesChangeNoBit) {
    const auto weights = randomWeights(smallConfig());
    const StepOutput whole = prompt(*decoder(*weights));
    for (const PromptLimits& limits :
         {PromptLimits{.tokens = 8, .workspaceBytes = kWorkspace},
          PromptLimits{.tokens = 12, .sliceBytes = 1, .workspaceBytes = kWorkspace},
          PromptLimits{.tokens = 24, .sliceBytes = 1024, .workspaceBytes = kWorkspace}}) {
        const StepOutput cut = prompt(*decoder(*weights, limits));
        EXPECT_EQ(cut.logits, whole.logits) << limits.tokens << ", " << limits.sliceBytes;
        EXPECT_EQ(cut.routerProbs, whole.routerProbs);
        EXPECT_EQ(cut.selected, whole.selected);
    }
}

TEST_F(CudaPrompt, TakesInterventions) {
    const auto weights = randomWeights(smallConfig());
    const auto mixed = decoder(*weights, {.tokens = 16, .workspaceBytes = kWorkspace});
    const auto reference = decoderOf("reference", weights);
    InterventionSet silent;  // a layer whose experts are all ablated
    for (int e = 0; e < weights->config.numExperts; ++e)
        silent.ablate.push_back({LayerId{0}, ExpertId{static_cast<std::int16_t>(e)}});
    const InterventionSet sets[] = {silent,
                                    {.force = {{LayerId{0}, ExpertId{2}}}, .renormalise = true},
                                    {.topK = weights->config.numExperts}};
    for (const InterventionSet& set : sets) {
        const StepOutput exact = prompt(*reference, set);
        const StepOutput got = prompt(*mixed, set);
        EXPECT_EQ(got.numSelected, exact.numSelected);
        EXPECT_LE(apart(exact.logits, got.logits), 2e-2) << &set - sets;
    }
}

/// Whatever is asked for, a chunk stays within what was set aside for it.
TEST_F(CudaPrompt, SmallLimitsBoundEveryChunk) {
    const auto weights = randomWeights(smallConfig());
    const auto tokens = someTokens(weights->config, 20);
    for (const int most : {1, 8}) {
        const auto small = decoder(*weights, {.tokens = most, .workspaceBytes = kWorkspace});
        for (const int topK : {0, weights->config.numExperts}) {
            const auto run = [&](Decoder& decoder) {
                const auto cache = decoder.makeCache(20);
                StepOutput out;
                decoder.forward(
                    {.tokens = tokens, .tapResiduals = true}, *cache, {.topK = topK}, out, {});
                return out;
            };
            const StepOutput exact = run(*decoderOf("reference", weights));
            const StepOutput got = run(*small);
            EXPECT_LE(apart(exact.logits, got.logits), 1e-2) << most << " " << topK;
            EXPECT_LE(apart(exact.residuals, got.residuals), 1e-2);
        }
    }
}

TEST_F(CudaPrompt, TheNextTokenSeesThePrompt) {
    const auto weights = randomWeights(smallConfig());
    const auto tokens = someTokens(weights->config, kTokens + 1);
    const auto next = [&](Decoder& decoder) {
        const auto cache = decoder.makeCache(kTokens + 1);
        StepOutput out;
        decoder.forward({.tokens = std::span(tokens).first(kTokens)}, *cache, {}, out, {});
        decoder.forward({.tokens = std::span(tokens).last(1)}, *cache, {}, out, {});
        return out.logits;
    };
    EXPECT_LE(apart(next(*decoderOf("reference", weights)), next(*decoder(*weights))), 1e-2);
}

TEST_F(CudaPrompt, StopsBetweenLayers) {
    const auto weights = randomWeights(smallConfig());
    const auto mixed = decoder(*weights);
    const auto cache = mixed->makeCache(kTokens);
    std::stop_source stop;
    stop.request_stop();
    StepOutput out;
    const int matmuls = emulatedGpu().matmuls;
    const auto tokens = someTokens(weights->config, kTokens);
    EXPECT_EQ(mixed->forward({.tokens = tokens}, *cache, {}, out, stop.get_token()),
              StepStatus::Stopped);
    EXPECT_EQ(emulatedGpu().matmuls, matmuls) << "not a layer was computed";
    EXPECT_EQ(cache->length(), 0);
    EXPECT_EQ(prompt(*mixed).logits, prompt(*decoder(*weights)).logits) << "and goes on";
}

TEST_F(CudaPrompt, WithoutTheLibraryIsComputedInF32) {
    const auto weights = randomWeights(smallConfig());
    emulatedGpu().hasMatmuls = false;
    const auto plain = CudaDecoder::load(
        *weights, emulation::emulatedCudaModule(), {.precision = Precision::Auto});
    EXPECT_EQ(plain->precision(), Precision::F32);
    try {
        (void)decoder(*weights);
        ADD_FAILURE() << "no error";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::BadUsage);
        EXPECT_NE(std::string(error.what()).find("libcublasLt"), std::string::npos);
    }
    emulatedGpu().hasMatmuls = true;
}

}  // namespace
}  // namespace gatescope::test
