#include <gtest/gtest.h>

#include <algorithm>

#include "engine/decoder/cuda/cuda_decoder.h"
#include "engine/model/open_model.h"
#include "kernels/cpu/panel_matmul.h"
#include "tests/emulation/emulated_gpu.h"
#include "tests/golden/golden_model.h"
#include "tests/support/gguf_model.h"
#include "tests/support/tiny_model.h"
#include "tests/support/tolerances.h"

// A model gives the same numbers whichever form it is stored in. The reference decoder adds up each
// output in one order, whichever axis of a matrix comes first, so where the stored values are the
// same it must give the same bits. The cpu decoder adds up in another order for each axis: it must
// come as near to xAI's own answer as it does from the checkpoint.

namespace gatescope::test {
namespace {

std::unique_ptr<ModelSource> opened(const ScratchDir& dir, const GgufWriter& writer) {
    writeBytes(dir.path() / "model.gguf", writer.finish());
    return openModel((dir.path() / "model.gguf").string());
}

Forward forwardOf(std::shared_ptr<const ModelWeights> weights,
                  const std::string& decoder,
                  std::span<const TokenId> tokens) {
    return runForward(*makeDecoder(std::move(weights), {.kind = decoder, .threads = 2}), tokens);
}

void expectSameBits(const Forward& a, const Forward& b) {
    EXPECT_EQ(a.logits, b.logits);
    EXPECT_EQ(a.routerProbs, b.routerProbs);
    EXPECT_EQ(a.selected, b.selected);
    EXPECT_EQ(a.gates, b.gates);
    EXPECT_EQ(a.residuals, b.residuals);
}

class GgufGolden : public testing::TestWithParam<GoldenCase> {};

TEST_P(GgufGolden, TheF32FormGivesTheCheckpointsBits) {
    GS_REQUIRE_GOLDEN(golden, GetParam());
    const ScratchDir dir;
    const auto source = opened(dir, ggufOf(*golden.weights));
    EXPECT_EQ(source->format(), "gguf");
    const auto weights = source->load({}, {});
    const Forward forward = forwardOf(weights, GetParam().decoder, golden.tokens);
    if (GetParam().decoder == "reference")
        expectSameBits(forward, forwardOf(golden.weights, "reference", golden.tokens));
    EXPECT_LE(maxAbs(golden.floats("f32exact/logits.npy").data, forward.logits),
              tolerance::kLogits);
    EXPECT_LE(maxAbs(golden.floats("f32exact/probs.npy").data, forward.routerProbs),
              tolerance::kRouterProbs);
}

TEST_P(GgufGolden, EveryNamingGivesTheSameBits) {
    GS_REQUIRE_GOLDEN(golden, GetParam());
    const ScratchDir dir;
    const Forward plain = forwardOf(
        opened(dir, ggufOf(*golden.weights))->load({}, {}), GetParam().decoder, golden.tokens);
    for (const GgufForm& form : {GgufForm{.fusedQkv = true},
                                 GgufForm{.separateExperts = true},
                                 GgufForm{.postFfwNorm = true},
                                 GgufForm{.storedOutput = true}}) {
        const auto weights = opened(dir, ggufOf(*golden.weights, form))->load({}, {});
        expectSameBits(forwardOf(weights, GetParam().decoder, golden.tokens), plain);
    }
    const auto path = writeSplit(dir.path(), "parts", ggufOf(*golden.weights), 3);
    expectSameBits(
        forwardOf(openModel(path.string())->load({}, {}), GetParam().decoder, golden.tokens),
        plain);
}

INSTANTIATE_TEST_SUITE_P(Decoders,
                         GgufGolden,
                         testing::Values(GoldenCase{"tiny-a", false, "reference"},
                                         GoldenCase{"tiny-a", false, "cpu"},
                                         GoldenCase{"tiny-gqa", true, "reference"},
                                         GoldenCase{"tiny-gqa", true, "cpu"}),
                         [](const auto& test) { return describe(test.param); });

class GgufPackageGolden : public testing::TestWithParam<std::string> {};

TEST_P(GgufPackageGolden, ReadsTheFileThatThePackageWroteAsXaisCodeDoes) {
    GS_REQUIRE_SHARED(shared);
    const auto folder = shared / "goldens/gguf/tiny-a";
    const auto source = openModel((folder / "model-bf16.gguf").string());
    const auto tokens = readNpy<std::int32_t>(shared / "goldens/tiny-a/tokens.npy").data;
    const auto decoder = makeDecoder(source->load({}, {}), {.kind = GetParam(), .threads = 2});
    const auto golden = [&](const char* file) { return readNpy<float>(folder / file).data; };
    EXPECT_LE(maxAbs(golden("f32w16/logits.npy"), runForward(*decoder, tokens).logits),
              tolerance::kLogits);
    EXPECT_LE(maxAbs(golden("f32w16-renorm/logits.npy"),
                     runForward(*decoder, tokens, {.renormalise = true}).logits),
              tolerance::kLogits);
}

INSTANTIATE_TEST_SUITE_P(Decoders,
                         GgufPackageGolden,
                         testing::Values("reference", "cpu"),
                         [](const auto& test) { return test.param; });

/// A model whose rows are whole blocks of every type.
std::shared_ptr<const ModelWeights> blockModel() {
    ModelConfig config = tinyConfig();
    config.vocabSize = 96;
    config.dModel = 256;
    config.headSize = 64;
    config.ffnSize = 256;
    config.numExperts = 4;
    config.embeddingScale = 16;
    config.attentionScale = 0.125F;
    const ScratchDir dir;
    writeTinyCheckpoint(dir.path() / "m", config, 3, {.matrices = DType::F32, .tokenizer = false});
    return openModel((dir.path() / "m").string())->load({}, {});
}

class GgufTypes : public testing::TestWithParam<DType> {};

TEST_P(GgufTypes, RunsAsItsDequantisedFloatsDo) {
    const auto model = blockModel();
    const ScratchDir dir;
    const GgufWriter writer =
        ggufOf(*model, {.matrices = GetParam(), .vocabulary = GetParam(), .router = DType::F16});
    const auto weights = opened(dir, writer)->load({}, {});
    const auto laidOut = opened(dir, writer)->load({}, {});
    ASSERT_TRUE(layOutWeights(*laidOut, {.threads = 2}, {}));
    EXPECT_EQ(laidOut->layers[0].expertUp.order, MatrixOrder::Panels);
    EXPECT_EQ(laidOut->output.order, MatrixOrder::Panels);
    EXPECT_EQ(weights->layers[0].expertUp.dtype, GetParam());
    EXPECT_EQ(weights->embedding.dtype, GetParam());
    const auto floats = opened(dir, dequantised(writer))->load({}, {});
    EXPECT_EQ(floats->layers[0].expertUp.dtype, DType::F32);

    const std::vector<TokenId> tokens{5, 17, 95, 1, 60, 33};
    const Forward expected = forwardOf(floats, "reference", tokens);
    expectSameBits(forwardOf(weights, "reference", tokens), expected);
    const Forward fast = forwardOf(weights, "cpu", tokens);
    EXPECT_LE(maxAbs(expected.logits, fast.logits), tolerance::kLogits);
    EXPECT_EQ(fast.selected, expected.selected);
    const DecoderOptions exact{.precision = Precision::F32, .threads = 2};
    const Forward panels = runForward(*makeDecoder(laidOut, exact), tokens);
    expectSameBits(runForward(*makeDecoder(laidOut, exact), tokens, {}, std::vector{1, 2}), panels);
    EXPECT_LE(maxAbs(expected.logits, panels.logits), tolerance::kLogits);
    EXPECT_EQ(panels.selected, expected.selected);
    const Forward onGpu =
        runForward(*CudaDecoder::load(*weights, emulation::emulatedCudaModule(), {}), tokens);
    EXPECT_LE(maxAbs(expected.logits, onGpu.logits), tolerance::kLogits);
    EXPECT_EQ(onGpu.selected, expected.selected);
    float largest = 0;
    for (const float logit : expected.logits) largest = std::max(largest, std::abs(logit));
    EXPECT_GT(largest, 0.1F);  // a model that says nothing would prove nothing
}

INSTANTIATE_TEST_SUITE_P(All,
                         GgufTypes,
                         testing::Values(DType::F32,
                                         DType::F16,
                                         DType::BF16,
                                         DType::Q8_0,
                                         DType::Q4_0,
                                         DType::Q4_1,
                                         DType::Q5_0,
                                         DType::Q5_1,
                                         DType::Q2_K,
                                         DType::Q3_K,
                                         DType::Q4_K,
                                         DType::Q5_K,
                                         DType::Q6_K,
                                         DType::IQ4_NL,
                                         DType::IQ4_XS,
                                         DType::MXFP4),
                         [](const auto& test) { return std::string(name(test.param)); });

class RoundedTypes : public testing::TestWithParam<DType> {
  protected:
    static Precision precision() {
        return GetParam() == DType::BF16 ? Precision::Mixed : Precision::Int8;
    }
    /// The model in this type, laid out.
    static std::shared_ptr<const ModelWeights> laidOut(const ModelWeights& model) {
        const ScratchDir dir;
        const auto weights =
            opened(dir, ggufOf(model, {.matrices = GetParam(), .vocabulary = GetParam()}))
                ->load({}, {});
        EXPECT_TRUE(layOutWeights(*weights, {.threads = 2}, {}));
        return weights;
    }
};

/// Whether token `token` goes through the same experts in every layer.
bool sameExperts(const Forward& a, const Forward& b, const ModelConfig& config, std::size_t token) {
    const auto numTokens = a.logits.size() / static_cast<std::size_t>(config.vocabSize);
    const auto numSelected = static_cast<std::size_t>(config.numSelected);
    for (std::size_t layer = 0; layer < static_cast<std::size_t>(config.numLayers); ++layer) {
        const auto first = static_cast<std::ptrdiff_t>((layer * numTokens + token) * numSelected);
        const auto begin = a.selected.begin() + first;
        if (!std::is_permutation(begin, begin + config.numSelected, b.selected.begin() + first))
            return false;
    }
    return true;
}

TEST_P(RoundedTypes, StayNearTheExactProducts) {
    const auto weights = laidOut(*blockModel());
    const auto exact = makeDecoder(weights, {.precision = Precision::F32, .threads = 2});
    const auto rounded = makeDecoder(weights, {.precision = precision(), .threads = 2});
    EXPECT_EQ(exact->precision(), Precision::F32);
    EXPECT_EQ(rounded->precision(), precision());
    const bool faster = precision() == Precision::Int8 || kernels::hasBf16Products();
    EXPECT_EQ(makeDecoder(weights, {.threads = 2})->precision(),  // unasked
              faster ? precision() : Precision::F32);
    std::vector<TokenId> tokens;
    for (int i = 0; i < 40; ++i) tokens.push_back(1 + (i * 37) % 95);
    const Forward a = runForward(*exact, tokens);
    const Forward b = runForward(*rounded, tokens);
    EXPECT_NE(a.logits, b.logits);
    // Where two experts score nearly the same, rounding may choose either: such a token's logits
    // say little about products.
    const ModelConfig& config = exact->config();
    std::vector<float> alikeA, alikeB;
    int flips = 0;
    for (std::size_t t = 0; t < tokens.size(); ++t) {
        const auto vocab = static_cast<std::ptrdiff_t>(config.vocabSize);
        const auto first = static_cast<std::ptrdiff_t>(t) * vocab;
        if (!sameExperts(a, b, config, t)) {
            ++flips;
            continue;
        }
        const auto append = [&](const std::vector<float>& from, std::vector<float>& to) {
            to.insert(to.end(), from.begin() + first, from.begin() + first + vocab);
        };
        append(a.logits, alikeA);
        append(b.logits, alikeB);
    }
    EXPECT_LE(flips, tolerance::kRoundedFlips);
    const double kl = meanKl(alikeA, alikeB, config.vocabSize);
    RecordProperty("kl", std::to_string(kl));
    RecordProperty("flips", flips);
    EXPECT_LE(kl, tolerance::kRoundedKl);
}

TEST_P(RoundedTypes, DependOnNeitherThreadsNorBatches) {
    const auto weights = laidOut(*blockModel());
    std::vector<TokenId> tokens;
    for (int i = 0; i < 30; ++i) tokens.push_back(1 + (i * 11) % 95);
    const auto decoderOf = [&](int threads) {
        return makeDecoder(weights, {.precision = precision(), .threads = threads});
    };
    const Forward one = runForward(*decoderOf(1), tokens);
    for (const int threads : {2, 3, 5}) {
        const auto decoder = decoderOf(threads);
        expectSameBits(runForward(*decoder, tokens), one);
        expectSameBits(runForward(*decoder, tokens, {}, std::vector{1, 13, 2}), one);
    }
}

INSTANTIATE_TEST_SUITE_P(All,
                         RoundedTypes,
                         testing::Values(DType::BF16,
                                         DType::Q8_0,
                                         DType::Q4_0,
                                         DType::Q4_1,
                                         DType::Q2_K,
                                         DType::Q3_K,
                                         DType::Q4_K,
                                         DType::Q5_K,
                                         DType::Q6_K,
                                         DType::Q5_0,
                                         DType::Q5_1,
                                         DType::IQ4_NL,
                                         DType::IQ4_XS,
                                         DType::MXFP4),
                         [](const auto& test) { return std::string(name(test.param)); });

TEST(GgufMixedTypes, RunsEachTensorInItsOwnType) {
    const auto model = blockModel();
    const ScratchDir dir;
    // As llama-quantize mixes them for a model of 8 experts.
    GgufWriter writer = ggufOf(*model, {.matrices = DType::Q2_K, .vocabulary = DType::Q6_K});
    const auto store = [&](const std::string& name, DType type) {
        const GgufWriter other =
            ggufOf(*model, {.matrices = type, .vocabulary = type, .router = type});
        for (const GgufWriter::Tensor& tensor : other.tensors)
            if (tensor.name == name) writer.tensorNamed(name) = tensor;
    };
    store("blk.0.attn_k.weight", DType::Q8_0);
    store("blk.0.attn_v.weight", DType::Q8_0);
    store("blk.0.attn_output.weight", DType::Q5_K);
    store("blk.1.ffn_down_exps.weight", DType::Q3_K);
    store("blk.1.ffn_gate_inp.weight", DType::F16);
    store("blk.1.attn_q.weight", DType::F32);
    store("blk.1.attn_v.weight", DType::BF16);
    const auto weights = opened(dir, writer)->load({}, {});
    EXPECT_EQ(weights->layers[0].key.dtype, DType::Q8_0);
    EXPECT_EQ(weights->layers[0].query.dtype, DType::Q2_K);
    EXPECT_EQ(weights->layers[1].expertDown.dtype, DType::Q3_K);
    const auto floats = opened(dir, dequantised(writer))->load({}, {});
    const std::vector<TokenId> tokens{9, 2, 77, 41};
    const Forward expected = forwardOf(floats, "reference", tokens);
    expectSameBits(forwardOf(weights, "reference", tokens), expected);
    EXPECT_LE(maxAbs(expected.logits, forwardOf(weights, "cpu", tokens).logits),
              tolerance::kLogits);

    // In panels: exact products, and each type's rounded activations side by side.
    const auto laidOut = opened(dir, writer)->load({}, {});
    ASSERT_TRUE(layOutWeights(*laidOut, {.threads = 2}, {}));
    const DecoderOptions exact{.precision = Precision::F32, .threads = 2};
    EXPECT_LE(maxAbs(expected.logits, runForward(*makeDecoder(laidOut, exact), tokens).logits),
              tolerance::kLogits);
    const auto rounded = makeDecoder(laidOut, {.threads = 2});
    EXPECT_EQ(rounded->precision(), Precision::Int8);
    EXPECT_LE(meanKl(expected.logits, runForward(*rounded, tokens).logits, 96),
              tolerance::kRoundedKl);
}

}  // namespace
}  // namespace gatescope::test
