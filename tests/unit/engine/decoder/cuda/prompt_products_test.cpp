#include "engine/decoder/cuda/prompt_products.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <ostream>
#include <string>

#include "engine/decoder/cuda/arena.h"
#include "engine/decoder/cuda/cuda_decoder.h"
#include "engine/error.h"
#include "engine/model/open_model.h"
#include "tests/emulation/emulated_gpu.h"
#include "tests/support/hf_writer.h"
#include "tests/support/test_paths.h"
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

/// How far apart, of the size of the first.
double apart(const std::vector<float>& exact, const std::vector<float>& got) {
    EXPECT_EQ(exact.size(), got.size());
    double difference = 0;
    double size = 0;
    for (std::size_t i = 0; i < exact.size(); ++i) {
        difference += std::abs(static_cast<double>(exact[i]) - static_cast<double>(got[i]));
        size += std::abs(static_cast<double>(exact[i]));
    }
    return difference / size;
}

/// Matrices in FP8 with a scale a row, as Hugging Face directories have them.
std::shared_ptr<const ModelWeights> randomFp8Weights(const ModelConfig& config) {
    const ScratchDir dir;
    writeHfDirectory(dir.path() / "model",
                     *randomWeights(config, {.matrices = DType::F32}),
                     {.matrices = DType::F8E4M3, .rowScales = true});
    return openModel((dir.path() / "model").string())->load({}, {});
}

std::string refusal(const auto& body) {
    try {
        body();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::BadUsage);
        return error.what();
    }
    ADD_FAILURE() << "no error";
    return {};
}

/// What a prompt's products round to, beside weights stored as what; and how far that may take the
/// logits from exact ones, of their size.
struct PromptCase {
    const char* name;
    Precision precision;
    DType weights;
    double apart;
};
/// Else GoogleTest shows its bytes, pointers among them, in every test's name.
void PrintTo(const PromptCase& test, std::ostream* out) {
    *out << test.name;
}

class CudaPrompt : public testing::TestWithParam<PromptCase> {
  protected:
    /// Emulated tokens are slow.
    static ModelConfig smallConfig() {
        ModelConfig config = tinyConfig();
        config.numLayers = 1;
        return config;
    }
    /// In 8 bits, groups of scales have 16 inputs and 32.
    static std::shared_ptr<const ModelWeights> someWeights() {
        const ModelConfig config = smallConfig();
        const bool inEight = GetParam().precision == Precision::Int8;
        if (GetParam().weights == DType::I8)
            return randomWeights(config, {.rowGroups = inEight ? 2 : 8});
        return randomFp8Weights(config);
    }
    static std::unique_ptr<CudaDecoder> decoder(const ModelWeights& weights,
                                                const PromptLimits& limits = {
                                                    .workspaceBytes = kWorkspace}) {
        return CudaDecoder::load(weights,
                                 emulation::emulatedCudaModule(),
                                 {.precision = GetParam().precision, .prompt = limits});
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
};

TEST_P(CudaPrompt, IsTheReferencesButForTheRounding) {
    const auto weights = someWeights();
    const auto mixed = decoder(*weights);
    EXPECT_EQ(mixed->precision(), GetParam().precision);
    const StepOutput exact = prompt(*decoderOf("reference", weights));
    const int matmuls = emulatedGpu().matmuls;
    const StepOutput got = prompt(*mixed);
    EXPECT_GT(emulatedGpu().matmuls, matmuls);
    RecordProperty("apart", std::to_string(apart(exact.logits, got.logits)));
    EXPECT_LE(apart(exact.logits, got.logits), GetParam().apart);
    EXPECT_GT(apart(exact.logits, got.logits), GetParam().apart / 20) << "nothing was rounded";
    EXPECT_LE(apart(exact.routerProbs, got.routerProbs), GetParam().apart);
    EXPECT_EQ(exact.selected.size(), got.selected.size());
}

/// What a token gives depends neither on the chunk nor on the slice that it was computed in.
TEST_P(CudaPrompt, ChunksAndSlicesChangeNoBit) {
    const auto weights = someWeights();
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

TEST_P(CudaPrompt, TakesInterventions) {
    const auto weights = someWeights();
    const auto mixed = decoder(*weights, {.tokens = 16, .workspaceBytes = kWorkspace});
    const auto reference = decoderOf("reference", weights);
    InterventionSet silent;  // a layer whose experts are all ablated
    for (int e = 0; e < weights->config.numExperts; ++e)
        silent.ablate.push_back({LayerId{0}, ExpertId{static_cast<std::int16_t>(e)}});
    const InterventionSet sets[] = {silent,
                                    {.force = {{LayerId{0}, ExpertId{2}}}, .renormalise = true},
                                    {.exclude = {{LayerId{0}, ExpertId{0}}},
                                     .scale = {{{LayerId{0}, ExpertId{1}}, 2.0F}},
                                     .swap = {{LayerId{0}, ExpertId{1}, ExpertId{2}}}},
                                    {.topK = weights->config.numExperts}};
    for (const InterventionSet& set : sets) {
        const StepOutput exact = prompt(*reference, set);
        const StepOutput got = prompt(*mixed, set);
        EXPECT_EQ(got.numSelected, exact.numSelected);
        EXPECT_LE(apart(exact.logits, got.logits), 2 * GetParam().apart) << &set - sets;
    }
}

/// In chunks on tensor cores as well, a prompt goes where it was recorded to go.
TEST_P(CudaPrompt, IsHeldToRecordedRoutes) {
    const auto weights = someWeights();
    const auto mixed = decoder(*weights, {.tokens = 16, .workspaceBytes = kWorkspace});
    const StepOutput changed = prompt(*mixed, {.exclude = {{LayerId{0}, ExpertId{0}}}});
    RoutePin pin{.name = "test", .records = {}, .gates = true};
    for (int t = 0; t < kTokens; ++t)
        pin.records.push_back(
            std::make_shared<const RoutingRecord>(changed.record(weights->config, t)));
    const StepOutput plain = prompt(*mixed);
    const StepOutput again =
        prompt(*mixed, {.pin = std::make_shared<const RoutePin>(std::move(pin))});
    EXPECT_NE(plain.selected, changed.selected);
    EXPECT_EQ(again.selected, changed.selected);
    EXPECT_EQ(again.logits, changed.logits);
    EXPECT_EQ(prompt(*mixed).logits, plain.logits) << "let go again";
}

/// Whatever is asked for, a chunk stays within what was set aside for it.
TEST_P(CudaPrompt, SmallLimitsBoundEveryChunk) {
    const auto weights = someWeights();
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
            EXPECT_LE(apart(exact.logits, got.logits), GetParam().apart) << most << " " << topK;
            EXPECT_LE(apart(exact.residuals, got.residuals), GetParam().apart);
        }
    }
}

TEST_P(CudaPrompt, TheNextTokenSeesThePrompt) {
    const auto weights = someWeights();
    const auto tokens = someTokens(weights->config, kTokens + 1);
    const auto next = [&](Decoder& decoder) {
        const auto cache = decoder.makeCache(kTokens + 1);
        StepOutput out;
        decoder.forward({.tokens = std::span(tokens).first(kTokens)}, *cache, {}, out, {});
        decoder.forward({.tokens = std::span(tokens).last(1)}, *cache, {}, out, {});
        return out.logits;
    };
    EXPECT_LE(apart(next(*decoderOf("reference", weights)), next(*decoder(*weights))),
              GetParam().apart);
}

TEST_P(CudaPrompt, StopsBetweenLayers) {
    const auto weights = someWeights();
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

TEST_P(CudaPrompt, WithoutTheLibraryIsComputedInF32) {
    const auto weights = someWeights();
    emulatedGpu().hasMatmuls = false;
    const auto plain = CudaDecoder::load(
        *weights, emulation::emulatedCudaModule(), {.precision = Precision::Auto});
    EXPECT_EQ(plain->precision(), Precision::F32);
    const std::string text = refusal([&] { (void)decoder(*weights); });
    EXPECT_THAT(text, testing::HasSubstr("precision " + toString(GetParam().precision)));
    EXPECT_THAT(text, testing::HasSubstr("libcublasLt"));
    emulatedGpu().hasMatmuls = true;
}

/// A number that is not finite is never rounded to one that is.
TEST_P(CudaPrompt, WhatIsNotFiniteIsSeen) {
    const auto weights = someWeights();
    const auto tokens = someTokens(weights->config, kTokens);
    const MatrixView& view = weights->embedding;
    const auto embedding = std::span(reinterpret_cast<const float*>(view.data),
                                     cuda::elements(view.numIn, view.numOut));
    for (const float bad : {NAN, INFINITY}) {
        spoil(embedding, bad, static_cast<std::size_t>(tokens[9] * weights->config.dModel + 3));
        const StepOutput out = prompt(*decoder(*weights));
        EXPECT_EQ(out.firstNonFiniteLayer, 0);
        const auto own = std::span(out.logits)
                             .subspan(cuda::elements(9, weights->config.vocabSize),
                                      static_cast<std::size_t>(weights->config.vocabSize));
        for (const float logit : own) EXPECT_FALSE(std::isfinite(logit)) << bad;
    }
}

/// Of three products with the same rows, none rounds them once more.
TEST_P(CudaPrompt, RowsOfANormAreRoundedByTheNorm) {
    const auto weights = someWeights();
    const auto model = decoder(*weights);
    const auto rounded = [&] {
        emulatedGpu().calls.clear();
        (void)prompt(*model, {}, LogitsFor::None);
        return emulatedGpu().calls["roundRows"];
    };
    const bool again = GetParam().precision == Precision::Int8;  // what experts multiply last
    const int experts = weights->config.numExperts;
    EXPECT_GE(rounded(), 2 + (again ? 1 : 0)) << "what attention gives, and what experts take";
    EXPECT_LE(rounded(), 2 + (again ? experts : 0));
}

INSTANTIATE_TEST_SUITE_P(
    Precisions,
    CudaPrompt,
    testing::Values(PromptCase{"mixed", Precision::Mixed, DType::I8, 1e-2},
                    PromptCase{"int8", Precision::Int8, DType::I8, 2e-2},
                    PromptCase{"mixed_fp8", Precision::Mixed, DType::F8E4M3, 1e-2},
                    PromptCase{"int8_fp8", Precision::Int8, DType::F8E4M3, 8e-2}),
    [](const auto& test) { return std::string(test.param.name); });

/// Weights without a product of 8 bits are told what there is instead.
TEST(CudaPromptPrecision, Int8IsRefusedInOneSentence) {
    ModelConfig config = tinyConfig();
    config.numLayers = 1;
    const auto ask = [](const ModelWeights& weights) {
        return refusal([&] {
            (void)CudaDecoder::load(
                weights, emulation::emulatedCudaModule(), {.precision = Precision::Int8});
        });
    };
    EXPECT_EQ(ask(*randomWeights(config, {.matrices = DType::BF16})),
              "precision int8 on a GPU needs experts stored in 8 bits without blocks (i8 of xAI's "
              "checkpoints, f8_e4m3), these are bf16; choose mixed, or leave it out");
    emulatedGpu().major = 8;
    EXPECT_EQ(ask(*randomFp8Weights(config)),
              "precision int8 with experts in f8_e4m3 needs a GPU of compute capability 8.9 or "
              "more, this is Emulated GPU, sm_80; choose mixed, or leave it out");
    emulatedGpu().major = 9;
    config.ffnSize = 66;
    EXPECT_EQ(ask(*randomWeights(config, {.rowGroups = 1})),
              "precision int8 on a GPU needs scales for 16 inputs, 32, or other multiples, and "
              "outputs in fours (f8_e4m3: in sixteens); these experts have 32 inputs in one and 66 "
              "outputs; choose mixed, or leave it out");
    EXPECT_EQ(emulatedGpu().usedBytes, 0U);
}

/// Nor are they anywhere else: a matrix that has none is taken as bf16, beside others that have.
TEST(CudaPromptPrecision, AMatrixWithoutA8BitProductIsTakenAsBf16) {
    ModelConfig config = tinyConfig();
    config.numLayers = 1;
    const auto weights = randomWeights(config);  // scales of 4 inputs and 8 on the way out
    const auto tokens = someTokens(config, kTokens);
    const auto logits = [&](Precision precision) {
        const auto decoder =
            CudaDecoder::load(*weights,
                              emulation::emulatedCudaModule(),
                              {.precision = precision, .prompt = {.workspaceBytes = kWorkspace}});
        const auto cache = decoder->makeCache(kTokens);
        StepOutput out;
        decoder->forward({.tokens = tokens}, *cache, {}, out, {});
        return out.logits;
    };
    emulatedGpu().calls.clear();
    const auto got = logits(Precision::Int8);
    EXPECT_GT(emulatedGpu().calls["scaleSums"], 0);
    EXPECT_GT(emulatedGpu().calls["bf16Weights"], 0);
    EXPECT_LE(apart(logits(Precision::F32), got), 2e-2);
}

/// Rows that were rounded for the query, or for the first half of an expert, are not those that a
/// matrix beside it takes, if that is stored in another way.
TEST(CudaPromptPrecision, AMatrixStoredUnlikeItsNeighboursHasItsOwnRows) {
    ModelConfig config = tinyConfig();
    config.numLayers = 1;
    const auto whole = randomWeights(config, {.rowGroups = 2});
    const auto others = randomWeights(config, {.matrices = DType::BF16});
    const auto mixed = std::make_shared<ModelWeights>();
    mixed->config = config;
    mixed->embedding = whole->embedding;
    mixed->output = whole->output;
    mixed->finalNorm = whole->finalNorm;
    mixed->layers = whole->layers;
    mixed->layers.front().key = others->layers.front().key;
    mixed->layers.front().expertUp = others->layers.front().expertUp;
    const auto tokens = someTokens(config, kTokens);
    const auto decoder =
        CudaDecoder::load(*mixed,
                          emulation::emulatedCudaModule(),
                          {.precision = Precision::Int8, .prompt = {.workspaceBytes = kWorkspace}});
    EXPECT_LE(apart(runAll(*decoderOf("reference", mixed), tokens).logits,
                    runAll(*decoder, tokens).logits),
              2e-2);
}

/// The plan counts with what a prompt may take, whatever it rounds to.
TEST(CudaPromptPrecision, WorkIsCountedForEveryPrecision) {
    const ModelConfig config = tinyConfig();
    for (const Precision precision : {Precision::Mixed, Precision::Int8})
        EXPECT_GT(CudaDecoder::workBytes(config, 1),
                  cuda::PromptProducts::deviceBytes(config, precision));
}

}  // namespace
}  // namespace gatescope::test
