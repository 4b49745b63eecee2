// What convertToGguf() writes, opened again: the same model, in the same words.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "engine/decoder/decoder.h"
#include "engine/model/convert/convert.h"
#include "engine/model/open_model.h"
#include "engine/tokenizer/sentencepiece_file.h"
#include "tests/support/test_paths.h"

namespace gatescope {
namespace {

std::unique_ptr<ModelSource> converted(const ModelSource& source,
                                       const std::filesystem::path& file,
                                       DType type) {
    convertToGguf(source, file, {.type = type}, [](const LoadProgress&) {}, {});
    return openModel(file.string());
}

StepOutput forward(const ModelSource& source, const std::string& kind) {
    auto decoder = makeDecoder(source.load([](const LoadProgress&) {}, {}), {.kind = kind});
    const std::vector<TokenId> tokens = {5, 99, 400, 7, 300, 12, 12, 8};
    const auto cache = decoder->makeCache(static_cast<int>(tokens.size()));
    StepOutput out;
    (void)decoder->forward(
        {.tokens = tokens, .logitsFor = LogitsFor::AllTokens}, *cache, {}, out, {});
    return out;
}

class RoundTripTest : public testing::Test {
  protected:
    const std::unique_ptr<ModelSource> original_ = openModel((test::dataDir() / "tiny-a").string());
    test::ScratchDir scratch_;
    const std::filesystem::path file_ = scratch_.path() / "tiny-a.gguf";
};

TEST_F(RoundTripTest, F32ComputesTheSameNumbersBitForBit) {
    const auto source = converted(*original_, file_, DType::F32);
    EXPECT_EQ(source->format(), "gguf");
    const StepOutput before = forward(*original_, "reference");
    const StepOutput after = forward(*source, "reference");
    EXPECT_EQ(before.logits, after.logits);
    EXPECT_EQ(before.routerProbs, after.routerProbs);
    EXPECT_EQ(before.selected, after.selected);
}

TEST_F(RoundTripTest, KeepsSizesConstantsAndVocabulary) {
    const auto source = converted(*original_, file_, DType::Q8_0);
    EXPECT_EQ(source->config(), original_->config());
    const auto before = original_->tokenizer();
    const auto after = source->tokenizer();
    ASSERT_NE(after, nullptr);
    const auto& pieces = before->sentencePieceModel()->pieces;
    const auto& again = after->sentencePieceModel()->pieces;
    ASSERT_EQ(pieces.size(), again.size());
    for (std::size_t id = 0; id < pieces.size(); ++id) {
        EXPECT_EQ(pieces[id].text, again[id].text) << id;
        EXPECT_EQ(pieces[id].kind, again[id].kind) << id;
        EXPECT_EQ(pieces[id].score, again[id].score) << id;
    }
    for (const char* text :
         {"", "Hello world", "  two\n\n\tlines 3.14", "na\xc3\xafve \xf0\x9f\x98\x80"})
        EXPECT_EQ(before->encode(text), after->encode(text)) << text;
}

TEST_F(RoundTripTest, ASecondConversionCopiesTheBytes) {
    for (const DType type : {DType::F16, DType::Q8_0, DType::Q4_0}) {
        const auto first = converted(*original_, file_, type);
        const auto copy = scratch_.path() / "copy.gguf";
        const auto report =
            convertToGguf(*first, copy, {.type = type}, [](const LoadProgress&) {}, {});
        for (const ConversionError& row : report.errors)
            EXPECT_EQ(row.relativeError, 0) << kindName(row.role);
        const auto second = openModel(copy.string());
        const auto a = first->load([](const LoadProgress&) {}, {});
        const auto b = second->load([](const LoadProgress&) {}, {});
        ASSERT_EQ(a->blocks.size(), b->blocks.size());
        for (std::size_t i = 0; i < a->blocks.size(); ++i)
            EXPECT_EQ(std::memcmp(a->blocks[i].data(), b->blocks[i].data(), a->blocks[i].size()), 0)
                << i;
    }
}

TEST_F(RoundTripTest, QuantisedFilesStayNearTheOriginal) {
    const StepOutput exact = forward(*original_, "reference");
    for (const DType type : {DType::F16, DType::BF16, DType::Q8_0, DType::Q4_0, DType::Q4_K}) {
        const StepOutput out = forward(*converted(*original_, file_, type), "cpu");
        ASSERT_EQ(out.logits.size(), exact.logits.size());
        float largest = 0;
        for (std::size_t i = 0; i < out.routerProbs.size(); ++i)
            largest = std::max(largest, std::abs(out.routerProbs[i] - exact.routerProbs[i]));
        // Random weights have no margin to spare: eight bits and more keep the router to a few
        // percent, four bits do not diverge.
        EXPECT_LT(largest, type == DType::Q4_0 ? 0.6F : 0.2F) << name(type);
        EXPECT_GT(largest, 0.0F) << name(type);
    }
}

}  // namespace
}  // namespace gatescope
