#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <tuple>

#include "engine/engine.h"
#include "engine/model/arrival.h"
#include "engine/model/fingerprint.h"
#include "engine/model/open_model.h"
#include "tests/unit/engine/engine/engine_driver.h"
#include "tests/unit/engine/engine/tiny_models.h"

namespace gatescope {
namespace {

using test::Answer;
using test::EngineDriver;
using test::requestFor;
using test::SmallCheckpoint;
using testing::ElementsAre;
using testing::HasSubstr;

/// A real model on disk, through reader, decoder and engine; once for each decoder.
class EngineModelTest : public testing::TestWithParam<std::string> {
  protected:
    static void SetUpTestSuite() { checkpoint = new SmallCheckpoint; }
    static void TearDownTestSuite() {
        delete checkpoint;
        checkpoint = nullptr;
    }
    DecoderOptions decoder() const { return {.kind = GetParam(), .threads = 2}; }
    void load(EngineDriver& driver) {
        driver.engine.load(checkpoint->path(), decoder());
        driver.await<ModelLoaded>();
    }
    static GenerationRequest request(std::vector<PromptSegment> prompt, int maxTokens = 12) {
        GenerationRequest made;
        made.prompt = std::move(prompt);
        made.maxTokens = maxTokens;
        made.stopAtEos = false;  // random weights may well say it
        made.sampler.temperature = 1.0F;
        made.sampler.seed = 5;
        return made;
    }
    Answer freshAnswer(const GenerationRequest& asked) {
        EngineDriver driver({});
        load(driver);
        return driver.ask(asked);
    }
    static InterventionSet ablating(int layer, int expert) {
        InterventionSet set;
        set.ablate.push_back({LayerId{layer}, ExpertId{expert}});
        return set;
    }
    static void expectSame(const Answer& a, const Answer& b) {
        EXPECT_TRUE(a.errors.empty());
        EXPECT_EQ(a.ids, b.ids);
        EXPECT_EQ(a.text, b.text);
        EXPECT_EQ(a.routing, b.routing);  // bit for bit
    }

    static inline SmallCheckpoint* checkpoint = nullptr;
    static inline const std::vector<TokenId> kPrompt{40, 41, 42, 43, 44, 45, 46, 47};
};

INSTANTIATE_TEST_SUITE_P(Decoders,
                         EngineModelTest,
                         testing::Values("reference", "cpu"),
                         [](const auto& which) { return which.param; });

TEST_P(EngineModelTest, AModelThatIsThereKnowsItsFingerprint) {
    EngineDriver driver({});
    driver.engine.load(checkpoint->path(), decoder());
    EXPECT_EQ(driver.await<ModelLoaded>().model->fingerprint,
              modelFingerprint(*openModel(checkpoint->path())));
}

TEST_P(EngineModelTest, TraceEqualsOneForwardOverTheSameIds) {
    const auto answer = freshAnswer(request({{.tokens = kPrompt}}));
    ASSERT_EQ(answer.ids.size(), 12U);

    auto ids = kPrompt;
    ids.insert(ids.end(), answer.ids.begin(), answer.ids.end());
    const auto weights = openModel(checkpoint->path())->load([](const LoadProgress&) {}, {});
    const auto whole = makeDecoder(weights, decoder());
    const auto cache = whole->makeCache(64);
    StepOutput out;
    whole->forward({.tokens = ids}, *cache, {}, out, {});
    ASSERT_EQ(answer.routing.size(), ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i)
        EXPECT_EQ(answer.routing[i], out.record(whole->config(), static_cast<int>(i))) << i;
}

TEST_P(EngineModelTest, SameSeedGivesTheSameReplyAndAnotherSeedAnother) {
    EngineDriver driver({});
    load(driver);
    auto asked = request({{.tokens = kPrompt}}, 24);
    const auto first = driver.ask(asked);
    expectSame(first, driver.ask(asked));
    asked.sampler.seed = 6;
    EXPECT_NE(first.ids, driver.ask(asked).ids);
}

TEST_P(EngineModelTest, AnswersTheSameWithAndWithoutReuse) {
    EngineDriver driver({});
    load(driver);
    const auto reply = driver.ask(request({{.tokens = kPrompt}}));
    // The conversation goes on, the last message is edited, the reply is asked for again.
    const auto goesOn =
        request({{.tokens = kPrompt}, {.tokens = reply.ids}, {.tokens = {60, 61, 62}}});
    const auto edited = request({{.tokens = kPrompt}, {.tokens = reply.ids}, {.tokens = {60, 71}}});
    for (const auto& [asked, reused, restored] :
         {std::tuple{goesOn, 20, 0}, {edited, 21, 0}, {goesOn, 22, 1}, {edited, 21, 0}}) {
        const auto answer = driver.ask(asked);
        EXPECT_EQ(answer.finished.timings.reusedTokens, reused);
        EXPECT_EQ(answer.finished.timings.restoredTokens, restored);
        EXPECT_LE(answer.finished.branches.bytes, answer.finished.branches.boundBytes);
        const auto fresh = freshAnswer(asked);
        EXPECT_EQ(fresh.finished.timings.reusedTokens, 0);
        expectSame(answer, fresh);
    }
}

TEST_P(EngineModelTest, LookingIntoATokenCostsTheConversationNothing) {
    EngineDriver driver({});
    load(driver);
    const auto reply = driver.ask(request({{.tokens = kPrompt}}));
    InspectionRequest look{.id = 77};
    look.prompt = {{.text = {}, .tokens = kPrompt, .interventions = {}}};
    look.chosen = reply.ids[0];
    driver.engine.inspect(look);
    const auto found = driver.await<TokenInspected>();
    EXPECT_EQ(found.id, 77U);
    ASSERT_NE(found.inspection, nullptr);
    EXPECT_EQ(*found.inspection->routing, reply.routing[kPrompt.size() - 1]);
    // All of the conversation is still known.
    const auto goesOn = request({{.tokens = kPrompt}, {.tokens = reply.ids}, {.tokens = {60, 61}}});
    const auto answer = driver.ask(goesOn);
    EXPECT_EQ(answer.finished.timings.reusedTokens, 20);
    expectSame(answer, freshAnswer(goesOn));
}

TEST_P(EngineModelTest, AMapOfAHeadCostsTheConversationNothing) {
    EngineDriver driver({});
    load(driver);
    const auto reply = driver.ask(request({{.tokens = kPrompt}}));
    AttentionMapRequest look{.id = 79};
    look.prompt = {{.text = {}, .tokens = kPrompt, .interventions = {}}};
    look.head = {1, 0};
    driver.engine.mapAttention(look);
    const auto found = driver.await<AttentionMapped>();
    EXPECT_EQ(found.id, 79U);
    ASSERT_NE(found.map, nullptr);
    EXPECT_EQ(found.map->end(), static_cast<int>(kPrompt.size()));
    const auto goesOn = request({{.tokens = kPrompt}, {.tokens = reply.ids}, {.tokens = {60, 61}}});
    const auto answer = driver.ask(goesOn);
    expectSame(answer, freshAnswer(goesOn));
    // Wrong ones are told of, and a look of the other kind takes its place.
    look.head.head = 1000;
    driver.engine.mapAttention(look);
    EXPECT_EQ(driver.await<EngineFailed>().generation, 79U);
    EXPECT_EQ(driver.await<AttentionMapped>().map, nullptr);
    look.head.head = 0;
    driver.engine.mapAttention(look);
    driver.engine.stopInspecting();
    EXPECT_EQ(driver.await<AttentionMapped>().id, 79U);
}

TEST_P(EngineModelTest, ALookThatFailsOrIsStoppedIsToldOf) {
    EngineDriver driver({});
    load(driver);
    InspectionRequest look{.id = 77};
    look.prompt = {{.text = {}, .tokens = {1 << 20}, .interventions = {}}};
    driver.engine.inspect(look);
    const auto failed = driver.await<EngineFailed>();
    EXPECT_EQ(failed.generation, 77U);
    EXPECT_EQ(driver.await<TokenInspected>().inspection, nullptr);
    look.prompt.front().tokens = kPrompt;
    driver.engine.inspect(look);
    look.id = 78;
    driver.engine.inspect(look);  // takes the place of the one before
    driver.engine.stopInspecting();
    EXPECT_EQ(driver.await<TokenInspected>().id, 77U);
    EXPECT_EQ(driver.await<TokenInspected>().id, 78U);
    EXPECT_FALSE(driver.ask(request({{.tokens = kPrompt}})).ids.empty());
    driver.engine.unload();
    driver.engine.inspect(look);
    EXPECT_THAT(driver.await<EngineFailed>().message, HasSubstr("no model is loaded"));
}

TEST_P(EngineModelTest, ComputesEachSegmentUnderItsOwnInterventions) {
    EngineDriver driver({});
    load(driver);
    // First talk without, then ask again with an expert off: only the reply is computed anew.
    const auto plain = driver.ask(request({{.tokens = kPrompt}}));
    auto changed = request({{.tokens = kPrompt}});
    changed.interventions = ablating(0, plain.routing[8].layerSelected(0)[0]);
    const auto off = driver.ask(changed);
    EXPECT_EQ(off.finished.timings.reusedTokens, 7);
    expectSame(off, freshAnswer(changed));
    EXPECT_NE(off.routing, plain.routing);

    // After a restart the whole conversation is computed again, as it was computed first.
    const auto later = request({{.tokens = kPrompt},
                                {.tokens = off.ids, .interventions = changed.interventions},
                                {.tokens = {60, 61}}});
    const auto live = driver.ask(later);
    EXPECT_EQ(live.finished.timings.reusedTokens, 20);
    expectSame(live, freshAnswer(later));
    for (std::size_t i = 0; i < off.routing.size(); ++i) EXPECT_EQ(live.routing[i], off.routing[i]);
}

TEST_P(EngineModelTest, ReadsAndWritesTextAndEndsAtAStopString) {
    EngineDriver driver({});
    load(driver);
    auto asked = request({{.text = "Once upon"}, {.text = " a time"}}, 40);
    const auto whole = driver.ask(asked);
    ASSERT_TRUE(whole.errors.empty()) << whole.errors[0];
    ASSERT_GT(whole.text.size(), 12U);
    // Any piece of the reply is a stop string when it is asked for again.
    for (std::size_t at = 3; at + 4 < whole.text.size(); at += 5) {
        const auto stop = whole.text.substr(at, 4);
        asked.stopStrings = {stop};
        const auto cut = driver.ask(asked);
        EXPECT_EQ(cut.finished.reason, FinishReason::StopString);
        EXPECT_EQ(cut.text, whole.text.substr(0, whole.text.find(stop)));
        EXPECT_EQ(cut.routing.size(), static_cast<std::size_t>(cut.promptTokens) + cut.ids.size());
    }
}

TEST_P(EngineModelTest, NamesTheLayerWhoseWeightsAreNotNumbers) {
    const int numLayers = SmallCheckpoint::smallConfig().numLayers;
    for (int layer = 0; layer <= numLayers; ++layer) {
        EngineOptions options;
        options.makeDecoder = [layer, numLayers](std::shared_ptr<const ModelWeights> weights,
                                                 const DecoderOptions& how,
                                                 const std::stop_token& stop) {
            // What a damaged memory or file would do behind the reader's back.
            if (weights->arrival) weights->arrival->await(numLayers + 1, stop);
            const auto victim = layer < numLayers
                                    ? weights->layers[static_cast<std::size_t>(layer)].moeNorm
                                    : weights->finalNorm;
            const_cast<float&>(victim[3]) = std::numeric_limits<float>::quiet_NaN();
            return makeDecoder(std::move(weights), how, stop);
        };
        EngineDriver driver(std::move(options));
        load(driver);
        const auto answer = driver.ask(request({{.tokens = kPrompt}}));
        EXPECT_EQ(answer.finished.reason, FinishReason::Failed);
        EXPECT_EQ(answer.errorKind, ErrorKind::DeviceFault);
        EXPECT_THAT(answer.errors,
                    ElementsAre(HasSubstr(layer < numLayers ? "layer " + std::to_string(layer)
                                                            : std::string("the output logits"))));
        EXPECT_TRUE(answer.ids.empty());
    }
}

TEST_P(EngineModelTest, FillsTheContextToItsLastPlace) {
    EngineOptions options;
    options.maxContext = 12;
    EngineDriver driver(std::move(options));
    load(driver);
    const auto full = driver.ask(request({{.tokens = kPrompt}}, 100));
    EXPECT_EQ(full.finished.reason, FinishReason::ContextFull);
    EXPECT_EQ(full.ids.size(), 4U);
    const auto tooLong = driver.ask(request({{.tokens = std::vector<TokenId>(12, 40)}}));
    EXPECT_THAT(tooLong.errors, ElementsAre(HasSubstr("12 tokens")));
    EXPECT_EQ(driver.ask(request({{.tokens = kPrompt}}, 4)).ids, full.ids);
}

TEST_P(EngineModelTest, RefusesATokenizerOfAnotherSize) {
    auto config = SmallCheckpoint::smallConfig();
    config.vocabSize = 544;
    const SmallCheckpoint wrong(config);
    std::filesystem::copy_file(test::dataDir() / "tiny-a/tokenizer.model",
                               std::filesystem::path(wrong.path()) / "tokenizer.model",
                               std::filesystem::copy_options::overwrite_existing);
    EngineDriver driver({});
    load(driver);
    driver.engine.load(wrong.path(), decoder());
    const auto failed = driver.await<EngineFailed>();
    EXPECT_THAT(failed.message, HasSubstr("tokenizer.model"));
    EXPECT_EQ(failed.kind, ErrorKind::BadInput);
    EXPECT_TRUE(driver.ask(request({{.tokens = kPrompt}})).errors.empty());
}

}  // namespace
}  // namespace gatescope
