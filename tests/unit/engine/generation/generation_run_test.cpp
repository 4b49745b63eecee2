#include "engine/generation/generation_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/support/piece_tokenizer.h"
#include "tests/support/scripted_decoder.h"
#include "tests/unit/engine/generation/run_bench.h"

namespace gatescope {
namespace {

using test::greedy;
using test::RunBench;
using test::RunResult;
using test::Script;
using test::ScriptedFault;
using testing::ElementsAre;
using testing::HasSubstr;

const std::vector<std::string> kWords{
    "Hello", " world", ".", "\n", "User", ":", "\nUs", "er: hi", "abc"};

class GenerationRunTest : public testing::Test {
  protected:
    TokenId word(const std::string& text) const { return tokenizer->word(text); }
    std::vector<TokenId> words(const std::vector<std::string>& texts) const {
        std::vector<TokenId> ids;
        for (const auto& text : texts) ids.push_back(word(text));
        return ids;
    }
    RunBench bench(int capacity = 256) {
        return {test::makeScriptedDecoder(std::make_shared<Script>(script)), tokenizer, capacity};
    }
    /// A script that answers `reply`, asked once with `stops`.
    RunResult answer(std::vector<TokenId> reply, std::vector<std::string> stops = {}) {
        script.replies = {std::move(reply)};
        auto request = greedy({{.text = "Hello"}});
        request.stopStrings = std::move(stops);
        auto b = bench();
        auto result = b.run(request);
        // Whatever was sent is exactly what the cache holds behind the prompt.
        const auto held = b.sequence().tokens();
        const auto prompt = result.prompt->segments[0].size();
        EXPECT_EQ(
            std::vector<TokenId>(held.begin() + static_cast<std::ptrdiff_t>(prompt), held.end()),
            result.ids());
        EXPECT_EQ(result.timings.generatedTokens, static_cast<int>(result.tokens.size()));
        return result;
    }

    Script script;
    std::shared_ptr<const test::PieceTokenizer> tokenizer =
        std::make_shared<test::PieceTokenizer>(kWords);
};

TEST_F(GenerationRunTest, SaysWhatTheModelSaysUntilItsEnd) {
    const auto result = answer(words({"Hello", " world", "."}));
    EXPECT_EQ(result.reason, FinishReason::EndOfText);
    EXPECT_EQ(result.text(), "Hello world.");
    EXPECT_EQ(result.ids(), words({"Hello", " world", "."}));
    EXPECT_EQ(result.timings.promptTokens, 2);  // the space before a document, "Hello"
    EXPECT_EQ(result.timings.reusedTokens, 0);
    EXPECT_EQ(result.prompt->segments.size(), 1U);
    EXPECT_NEAR(result.tokens[0].logProb, 0, 1e-3);
    EXPECT_GE(result.timings.timeToFirstToken, result.timings.prefill);
}

TEST_F(GenerationRunTest, CarriesTheRoutingOfEachTokenItself) {
    script.replies = {words({" world", "."})};
    auto b = bench();
    const auto result = b.run(greedy({{.text = "Hello"}}));
    ASSERT_EQ(result.promptRouting.size(), 2U);
    ASSERT_EQ(result.tokens.size(), 2U);

    // The same ids in one forward must give the same trace.
    auto decoder = test::makeScriptedDecoder(std::make_shared<Script>(script));
    auto cache = decoder->makeCache(16);
    StepOutput out;
    std::vector<TokenId> ids = result.prompt->segments[0];
    for (const auto id : result.ids()) ids.push_back(id);
    decoder->forward({.tokens = ids}, *cache, {}, out, {});
    for (std::size_t i = 0; i < ids.size(); ++i)
        EXPECT_EQ(result.routing()[i], out.record(decoder->config(), static_cast<int>(i))) << i;
}

TEST_F(GenerationRunTest, EndsAtTheNumberOfTokensAskedFor) {
    script.replies = {{word(".")}};
    script.endless = true;
    auto b = bench();
    const auto result = b.run(greedy({{.text = "Hello"}}, 5));
    EXPECT_EQ(result.reason, FinishReason::MaxTokens);
    EXPECT_EQ(result.text(), ".....");
    for (const int maxTokens : {0, -1}) {
        const auto refused = b.run(greedy({{.text = "Hello"}}, maxTokens));
        ASSERT_TRUE(refused.error) << maxTokens;
        EXPECT_EQ(refused.error->kind(), ErrorKind::BadUsage);
    }
}

TEST_F(GenerationRunTest, GoesOnBehindEosWhenAskedTo) {
    script.replies = {{word("."), script.config.eosToken, word(".")}};
    auto request = greedy({{.text = "Hello"}}, 3);
    request.stopAtEos = false;
    auto b = bench();
    const auto result = b.run(request);
    EXPECT_EQ(result.reason, FinishReason::MaxTokens);
    EXPECT_EQ(result.text(), "..");
    EXPECT_EQ(result.tokens.size(), 3U);
}

TEST_F(GenerationRunTest, ShowsACharacterWhenItIsComplete) {
    const auto byte = &test::PieceTokenizer::byte;
    const auto result = answer({byte(0xE2), byte(0x82), byte(0xAC), word("."), byte(0xC3)});
    ASSERT_EQ(result.tokens.size(), 5U);
    EXPECT_EQ(result.tokens[0].text, "");
    EXPECT_EQ(result.tokens[1].text, "");
    EXPECT_EQ(result.tokens[2].text, "€");
    EXPECT_EQ(result.tokens[3].text, ".");
    EXPECT_EQ(result.trailingText, "\xEF\xBF\xBD");
}

TEST_F(GenerationRunTest, CutsTheReplyBeforeAStopString) {
    const auto result = answer(words({"Hello", "\n", "User", ":", "."}), {"\nUser:"});
    EXPECT_EQ(result.reason, FinishReason::StopString);
    EXPECT_EQ(result.text(), "Hello");
    EXPECT_EQ(result.ids(), words({"Hello"}));
}

TEST_F(GenerationRunTest, ShowsHeldTextThatDidNotBecomeAStopString) {
    const auto result = answer(words({"Hello", "\n", "User", ".", "\n"}), {"\nUser:"});
    EXPECT_EQ(result.reason, FinishReason::EndOfText);
    EXPECT_EQ(result.text(), "Hello\nUser.\n");
}

TEST_F(GenerationRunTest, KeepsTheTokenThatReachesIntoAStopString) {
    const auto held = answer(words({"abc", "\nUs", "er: hi"}), {"c\nUser"});
    EXPECT_EQ(held.text(), "ab");
    EXPECT_EQ(held.ids(), words({"abc"}));
    const auto last = answer(words({"Hello", "abc"}), {"bc"});
    EXPECT_EQ(last.reason, FinishReason::StopString);
    EXPECT_EQ(last.text(), "Helloa");
    EXPECT_EQ(last.ids(), words({"Hello", "abc"}));
    EXPECT_NE(last.tokens[1].routing, nullptr);
}

TEST_F(GenerationRunTest, CanEndBeforeItsFirstToken) {
    const auto result = answer(words({"\n", "User"}), {"\nUser"});
    EXPECT_EQ(result.reason, FinishReason::StopString);
    EXPECT_TRUE(result.tokens.empty());
    EXPECT_EQ(result.text(), "");
}

TEST_F(GenerationRunTest, FindsAStopStringMadeOfBytes) {
    const auto byte = &test::PieceTokenizer::byte;
    const auto result = answer({word("."), byte(0xE2), byte(0x82), byte(0xAC), word(".")}, {"€"});
    EXPECT_EQ(result.reason, FinishReason::StopString);
    EXPECT_EQ(result.text(), ".");
    EXPECT_EQ(result.tokens.size(), 1U);
}

TEST_F(GenerationRunTest, RefusesAnEmptyStopStringAndOneItCannotSee) {
    auto request = greedy({{.tokens = {5}}});
    request.stopStrings = {""};
    auto b = bench();
    EXPECT_THAT(b.run(request).error->what(), HasSubstr("stop string is empty"));
    RunBench idsOnly(test::makeScriptedDecoder(std::make_shared<Script>(script)), nullptr);
    request.stopStrings = {"x"};
    EXPECT_THAT(idsOnly.run(request).error->what(), HasSubstr("no tokenizer"));
}

TEST_F(GenerationRunTest, WorksOnIdsWithoutATokenizer) {
    script.replies = {{300, 301}};
    RunBench b(test::makeScriptedDecoder(std::make_shared<Script>(script)), nullptr);
    const auto result = b.run(greedy({{.tokens = {5, 6}}}));
    EXPECT_THAT(result.ids(), ElementsAre(300, 301));
    EXPECT_EQ(result.text(), "");
    EXPECT_THAT(b.run(greedy({{.text = "Hello"}})).error->what(), HasSubstr("no tokenizer"));
}

TEST_F(GenerationRunTest, RefusesAPromptThatLeavesNoRoomAndFillsTheContextToItsEnd) {
    script.replies = {{word(".")}};
    script.endless = true;
    for (const int size : {8, 9, 80}) {
        auto b = bench(8);
        const auto refused =
            b.run(greedy({{.tokens = std::vector<TokenId>(static_cast<std::size_t>(size), 5)}}));
        ASSERT_TRUE(refused.error) << size;
        EXPECT_EQ(refused.error->kind(), ErrorKind::BadUsage);
        EXPECT_THAT(refused.error->what(), HasSubstr(std::to_string(size) + " tokens"));
        EXPECT_THAT(refused.error->what(), HasSubstr("holds 8"));
        EXPECT_FALSE(refused.prompt);
    }
    auto b = bench(8);
    const auto result = b.run(greedy({{.tokens = {5, 5, 5, 5, 5, 5, 5}}}));
    EXPECT_EQ(result.reason, FinishReason::ContextFull);
    EXPECT_EQ(result.tokens.size(), 1U);
    EXPECT_EQ(b.sequence().length(), 8);
}

TEST_F(GenerationRunTest, ReadsALongPromptInChunks) {
    auto b = bench();
    const auto result = b.run(greedy({{.tokens = std::vector<TokenId>(200, 5)}}));
    EXPECT_EQ(result.chunks, 3);  // 64, then twice as many while that is quick, then the rest
    EXPECT_EQ(result.promptRouting.size(), 200U);
    EXPECT_EQ(script.log->forwardCalls, 3);
}

TEST_F(GenerationRunTest, StopsBetweenTokensAndKeepsWhatWasSaid) {
    script.replies = {{word(".")}};
    script.endless = true;
    auto b = bench();
    std::stop_source stop;
    const auto result = b.run(greedy({{.text = "Hello"}}), stop.get_token(), [&](int n) {
        if (n == 3) stop.request_stop();
    });
    EXPECT_EQ(result.reason, FinishReason::Stopped);
    EXPECT_EQ(result.text(), "...");
    EXPECT_EQ(b.sequence().length(), 5);
}

TEST_F(GenerationRunTest, LeavesNoHalfCharacterOfATokenThatWasStopped) {
    script.replies = {{word("."), test::PieceTokenizer::byte(0xC3), word(".")}};
    script.faults = {{.kind = ScriptedFault::Kind::Hang, .call = 2}};
    auto b = bench();
    std::stop_source stop;
    std::jthread stopper([&] {
        while (script.log->hanging == 0) std::this_thread::yield();
        stop.request_stop();
    });
    const auto result = b.run(greedy({{.text = "Hello"}}), stop.get_token());
    EXPECT_EQ(result.reason, FinishReason::Stopped);
    EXPECT_EQ(result.text(), ".");
}

TEST_F(GenerationRunTest, NamesTheLayerWhereNumbersStoppedBeingFinite) {
    script.replies = {words({"Hello", "\n", "."})};
    for (const auto& [layer, place] : {std::pair{3, "layer 3"}, {4, "the output logits"}}) {
        script.log = std::make_shared<test::ScriptLog>();
        script.faults = {{.kind = ScriptedFault::Kind::NonFinite, .call = 3, .layer = layer}};
        auto request = greedy({{.text = "Hello"}});
        request.stopStrings = {"\nUser"};
        auto b = bench();
        const auto result = b.run(request);
        ASSERT_TRUE(result.error);
        EXPECT_EQ(result.error->kind(), ErrorKind::DeviceFault);
        EXPECT_THAT(result.error->what(), HasSubstr(place));
        EXPECT_EQ(result.text(), "Hello\n");  // what was held is shown
        EXPECT_EQ(b.sequence().length(), 4);  // what was poisoned is gone
        EXPECT_EQ(b.run(request).text(), "Hello\n.");
    }
}

TEST_F(GenerationRunTest, NamesTheLayerAlsoInThePrompt) {
    script.faults = {{.kind = ScriptedFault::Kind::NonFinite, .call = 1, .layer = 0}};
    auto b = bench();
    const auto result = b.run(greedy({{.tokens = std::vector<TokenId>(200, 5)}}));
    ASSERT_TRUE(result.error);
    EXPECT_THAT(result.error->what(), HasSubstr("layer 0"));
    EXPECT_THAT(result.error->what(), HasSubstr("token 64"));
    EXPECT_EQ(result.promptRouting.size(), 64U);
    EXPECT_EQ(b.sequence().length(), 64);
}

TEST_F(GenerationRunTest, KeepsTheTextWhenTheDecoderFailsAndAnswersAfresh) {
    script.replies = {words({"Hello", ".", " world"})};
    script.faults = {{.kind = ScriptedFault::Kind::Error, .call = 2}};
    auto b = bench();
    const auto result = b.run(greedy({{.text = "Hello"}}));
    ASSERT_TRUE(result.error);
    EXPECT_EQ(result.text(), "Hello");
    EXPECT_EQ(b.sequence().length(), 0);
    EXPECT_EQ(b.run(greedy({{.text = "Hello"}})).text(), "Hello. world");
}

TEST_F(GenerationRunTest, RefusesInterventionsAndSamplersOutsideTheirRange) {
    auto b = bench();
    auto request = greedy({{.text = "Hello"}});
    request.interventions.topK = 9;
    EXPECT_EQ(b.run(request).error->kind(), ErrorKind::BadUsage);
    request = greedy({{.text = "Hello"}});
    request.sampler.temperature = -1;
    EXPECT_EQ(b.run(request).error->kind(), ErrorKind::BadUsage);
    EXPECT_EQ(script.log->forwardCalls, 0);
}

TEST(FinishReasonTest, HasTheNamesOfTheContract) {
    EXPECT_EQ(name(FinishReason::EndOfText), "eos");
    EXPECT_EQ(name(FinishReason::StopString), "stop_string");
    EXPECT_EQ(name(FinishReason::MaxTokens), "max_tokens");
    EXPECT_EQ(name(FinishReason::ContextFull), "context_full");
    EXPECT_EQ(name(FinishReason::Stopped), "stopped");
    EXPECT_EQ(name(FinishReason::Failed), "failed");
}

}  // namespace
}  // namespace gatescope
