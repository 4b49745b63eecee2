#include <gtest/gtest.h>

#include "engine/model/open_model.h"
#include "tests/golden/golden_model.h"
#include "tests/support/hf_writer.h"
#include "tests/support/tolerances.h"

// The golden models as Hugging Face directories. Where a directory holds the same numbers as the
// checkpoint (int8 times a bf16 scale is exact in f32), the plain decoder gives the same bits: it
// adds up in the same order whichever axis of a matrix comes first.

namespace gatescope::test {
namespace {

struct HfCase {
    const char* name;
    HfForm form;
};

void PrintTo(const HfCase& hf, std::ostream* out) {
    *out << hf.name;
}

std::shared_ptr<const ModelWeights> loadAs(const HfForm& form, const ModelWeights& weights) {
    const ScratchDir dir;
    writeHfDirectory(dir.path() / "model", weights, form);
    const auto source = openModel((dir.path() / "model").string());
    EXPECT_EQ(source->format(), "safetensors");
    EXPECT_EQ(source->config().numLayers, weights.config.numLayers);
    return source->load({}, {});
}

Forward run(std::shared_ptr<const ModelWeights> weights,
            const std::string& decoder,
            std::span<const TokenId> tokens) {
    return runForward(*makeDecoder(std::move(weights), {.kind = decoder, .threads = 2}), tokens);
}

void expectSameBits(const Forward& a, const Forward& b) {
    EXPECT_EQ(maxAbs(a.logits, b.logits), 0.0F);
    EXPECT_EQ(maxAbs(a.routerProbs, b.routerProbs), 0.0F);
    EXPECT_EQ(maxAbs(a.residuals, b.residuals), 0.0F);
    EXPECT_EQ(a.selected, b.selected);
}

class SameNumbers : public testing::TestWithParam<std::tuple<GoldenCase, HfCase>> {};

TEST_P(SameNumbers, GiveTheSameBitsAsTheCheckpoint) {
    const auto& [goldenCase, hf] = GetParam();
    GS_REQUIRE_GOLDEN(golden, goldenCase);
    const auto weights = loadAs(hf.form, *golden.weights);
    const Forward forward = run(weights, goldenCase.decoder, golden.tokens);
    EXPECT_LE(maxAbs(golden.floats("f32exact/logits.npy").data, forward.logits),
              tolerance::kLogits);
    if (goldenCase.decoder == "reference")
        expectSameBits(run(golden.weights, "reference", golden.tokens), forward);
}

INSTANTIATE_TEST_SUITE_P(
    Directories,
    SameNumbers,
    testing::Combine(
        testing::Values(GoldenCase{"tiny-a", false, "reference"},
                        GoldenCase{"tiny-a", false, "cpu"},
                        GoldenCase{"tiny-gqa", true, "reference"},
                        GoldenCase{"tiny-gqa", true, "cpu"}),
        testing::Values(
            HfCase{"hpcai", {.naming = HfNaming::Hpcai}},
            HfCase{"keyfan_untied", {.naming = HfNaming::Keyfan, .outputMatrix = true, .files = 3}},
            HfCase{"sglang", {.naming = HfNaming::Sglang, .files = 2}},
            HfCase{"sglang_experts_cut_8_ways", {.naming = HfNaming::Sglang, .ranks = 8}},
            HfCase{"sglang_all_cut_8_ways",
                   {.naming = HfNaming::Sglang,
                    .ranks = 8,
                    .cutAttention = true,
                    .outputMatrix = true}})),
    [](const auto& test) {
        return describe(std::get<0>(test.param)) + "_" + std::get<1>(test.param).name;
    });

class OtherNumbers : public testing::TestWithParam<HfCase> {};

// bf16, f16 and fp8 change the numbers; then the same numbers, written out as f32, are the truth.
TEST_P(OtherNumbers, GiveWhatTheSameFloatsGive) {
    GS_REQUIRE_GOLDEN(golden, (GoldenCase{"tiny-a", false, "reference"}));
    HfForm asFloats = GetParam().form;
    asFloats.roundOnly = true;
    const auto stored = loadAs(GetParam().form, *golden.weights);
    EXPECT_EQ(stored->layers[0].query.dtype, GetParam().form.matrices);
    const Forward truth = run(loadAs(asFloats, *golden.weights), "reference", golden.tokens);
    expectSameBits(truth, run(stored, "reference", golden.tokens));
    EXPECT_LE(maxAbs(truth.logits, run(stored, "cpu", golden.tokens).logits), tolerance::kLogits);
    // And they are other numbers than the checkpoint's: else this proves nothing.
    EXPECT_GT(maxAbs(golden.floats("f32exact/logits.npy").data, truth.logits), tolerance::kLogits);
}

INSTANTIATE_TEST_SUITE_P(
    Directories,
    OtherNumbers,
    testing::Values(
        HfCase{"bf16", {.matrices = DType::BF16, .others = DType::BF16}},
        HfCase{"f16", {.matrices = DType::F16, .others = DType::F16}},
        HfCase{"fp8_a_scale_a_tensor", {.matrices = DType::F8E4M3, .others = DType::BF16}},
        HfCase{"fp8_a_scale_a_row", {.matrices = DType::F8E4M3, .rowScales = true}},
        HfCase{"fp8_vocabulary_too",
               {.matrices = DType::F8E4M3, .others = DType::F8E4M3, .outputMatrix = true}},
        HfCase{"fp8_cut_8_ways",
               {.naming = HfNaming::Sglang,
                .matrices = DType::F8E4M3,
                .ranks = 8,
                .cutAttention = true}},
        HfCase{"fp8_a_scale_a_row_cut_8_ways",
               {.naming = HfNaming::Sglang,
                .matrices = DType::F8E4M3,
                .rowScales = true,
                .ranks = 8}}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace gatescope::test
