#include "engine/generation/speculation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "engine/model/open_model.h"
#include "tests/support/test_paths.h"
#include "tests/unit/engine/generation/run_bench.h"

namespace gatescope {
namespace {

using std::chrono::microseconds;
using test::greedy;
using test::RunBench;
using test::RunResult;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<TokenId> lookup(std::vector<TokenId> text, int most) {
    const TokenId next = text.back();
    text.pop_back();
    std::vector<TokenId> draft;
    promptLookup(text, next, most, draft);
    return draft;
}

TEST(PromptLookupTest, GivesWhatFollowedTheSameTokens) {
    EXPECT_THAT(lookup({1, 2, 3, 4, 5, 9, 1, 2, 3}, 2), ElementsAre(4, 5));
    EXPECT_THAT(lookup({7, 2, 3, 4, 5, 9, 1, 2, 3}, 3), ElementsAre(4, 5, 9));  // two of them
    EXPECT_THAT(lookup({1, 2, 3, 4, 5, 9, 1, 2, 3}, 0), IsEmpty());
}

TEST(PromptLookupTest, PrefersThreeTokensToALaterPlaceAndTheLaterOfTwoPlaces) {
    EXPECT_THAT(lookup({1, 2, 3, 4, 8, 2, 3, 5, 1, 2, 3}, 1), ElementsAre(4));
    EXPECT_THAT(lookup({1, 2, 3, 4, 1, 2, 3, 5, 1, 2, 3}, 1), ElementsAre(5));
}

TEST(PromptLookupTest, FindsNothingInATextThatDoesNotRepeat) {
    EXPECT_THAT(lookup({1, 2, 3, 4, 5}, 4), IsEmpty());
    EXPECT_THAT(lookup({3, 1, 3}, 4), IsEmpty());  // one token is no reason
    EXPECT_THAT(lookup({1}, 4), IsEmpty());
    EXPECT_THAT(lookup({1, 1}, 4), IsEmpty());
}

TEST(PromptLookupTest, GoesOnThroughALoop) {
    EXPECT_THAT(lookup({9, 1, 1, 1, 1}, 4), ElementsAre(1, 1, 1, 1));
    EXPECT_THAT(lookup({1, 2, 3, 1, 2, 3}, 7), ElementsAre(1, 2, 3, 1, 2, 3, 1));
}

// ---------------------------------------------------------------- when it pays

class DraftGateTest : public testing::Test {
  protected:
    void plain(int steps) {
        for (int i = 0; i < steps; ++i) gate.plainStep(microseconds(1000));
    }
    DraftGate gate;
};

TEST_F(DraftGateTest, WantsStepsToCompareWithFirst) {
    EXPECT_EQ(gate.most(), 0);
    plain(1);
    EXPECT_EQ(gate.most(), 0);
    plain(1);
    EXPECT_GE(gate.most(), 1);
}

TEST_F(DraftGateTest, DraftsMoreWhileItIsRightAndLessWhenNot) {
    plain(2);
    for (int i = 0; i < 10; ++i) gate.draftStep(gate.most(), gate.most(), microseconds(1500));
    EXPECT_EQ(gate.most(), DraftGate::kMostDrafted);
    gate.draftStep(8, 3, microseconds(1500));
    EXPECT_EQ(gate.most(), 3);
    gate.draftStep(3, 0, microseconds(1500));
    EXPECT_EQ(gate.most(), 2);
}

TEST_F(DraftGateTest, PausesWhereDraftsCostMoreThanTheyGiveAndTriesAgain) {
    plain(2);
    int tried = 0;
    std::vector<int> pauses;
    for (int round = 0; round < 7; ++round) {
        for (tried = 0; gate.most() > 0; ++tried) gate.draftStep(3, 1, microseconds(2600));
        EXPECT_EQ(tried, 4);  // 2 tokens in 2.6 ms, when one takes 1 ms
        int pause = 0;
        for (; gate.most() == 0; ++pause) plain(1);
        pauses.push_back(pause);
    }
    EXPECT_THAT(pauses, ElementsAre(16, 32, 64, 128, 256, 256, 256));
    // The same acceptance pays where a step costs less.
    for (int i = 0; i < 100; ++i) {
        ASSERT_GT(gate.most(), 0);
        gate.draftStep(3, 1, microseconds(1900));
    }
}

TEST_F(DraftGateTest, NoticesWhenTheTextNoLongerRepeats) {
    plain(2);
    for (int i = 0; i < 50; ++i) gate.draftStep(8, 8, microseconds(3000));
    int wrong = 0;
    for (; gate.most() > 0; ++wrong) gate.draftStep(2, 0, microseconds(1500));
    EXPECT_LT(wrong, 20);
}

// ---------------------------------------------------------------- the same reply

/// What may happen in a step with a draft, that is of several tokens with all logits.
class TroubledDecoder : public Decoder {
  public:
    enum class Trouble { None, NonFinite, Error };

    TroubledDecoder(std::unique_ptr<Decoder> real, Trouble trouble)
        : real_(std::move(real)), trouble_(trouble) {}
    const ModelConfig& config() const override { return real_->config(); }
    std::string name() const override { return real_->name(); }
    std::string device() const override { return real_->device(); }
    int threads() const override { return real_->threads(); }
    Precision precision() const override { return real_->precision(); }
    std::uint64_t weightBytesPerToken() const override { return real_->weightBytesPerToken(); }
    std::unique_ptr<KvCache> makeCache(int capacity) const override {
        return real_->makeCache(capacity);
    }
    StepStatus forward(const Batch& batch,
                       KvCache& cache,
                       const InterventionSet& interventions,
                       StepOutput& out,
                       std::stop_token stop) override {
        const auto status = real_->forward(batch, cache, interventions, out, std::move(stop));
        if (batch.logitsFor != LogitsFor::AllTokens) return status;
        ++drafts;
        if (trouble_ == Trouble::Error) throw Error(ErrorKind::DeviceFault, "scripted");
        if (trouble_ == Trouble::NonFinite) {
            out.firstNonFiniteLayer = 1;
            std::ranges::fill(out.logits, std::numeric_limits<float>::quiet_NaN());
        }
        return status;
    }
    StepStatus logitsOf(std::span<const float> rows,
                        std::span<const float> whole,
                        std::span<float> logits,
                        std::stop_token stop) override {
        return real_->logitsOf(rows, whole, logits, std::move(stop));
    }
    int drafts = 0;

  private:
    std::unique_ptr<Decoder> real_;
    Trouble trouble_;
};

class SpeculationTest : public testing::TestWithParam<DecoderOptions> {
  protected:
    using Trouble = TroubledDecoder::Trouble;

    static std::unique_ptr<TroubledDecoder> decoder(Trouble trouble = Trouble::None) {
        const auto source = openModel((test::dataDir() / "tiny-a").string());
        const auto weights = source->load({}, {});
        layOutWeights(*weights, GetParam(), {});  // as the engine does
        return std::make_unique<TroubledDecoder>(makeDecoder(weights, GetParam()), trouble);
    }
    static RunBench bench(Trouble trouble = Trouble::None, int capacity = 160) {
        return {decoder(trouble),
                openModel((test::dataDir() / "tiny-a").string())->tokenizer(),
                capacity,
                std::uint64_t{1} << 20};
    }
    static GenerationRequest request(int start, float temperature, std::uint64_t seed) {
        std::vector<TokenId> prompt;
        for (int i = 0; i < 24; ++i) prompt.push_back(300 + (start + i % (3 + start % 4)) % 90);
        auto made = greedy({{.tokens = std::move(prompt)}}, 60);
        made.sampler.temperature = temperature;
        made.sampler.seed = seed;
        made.sampler.topK = temperature > 0 ? 3 : 0;  // a tiny model knows nothing for sure
        made.stopAtEos = false;
        return made;
    }
    static GenerationRequest speculating(GenerationRequest made) {
        made.speculate = true;
        return made;
    }
    /// `drafting` went on the same way as `plain`, as far as it went, and left only that behind.
    static void expectSame(const RunResult& drafting, const RunResult& plain, RunBench& b) {
        ASSERT_LE(drafting.tokens.size(), plain.tokens.size());
        int drafted = 0;
        for (std::size_t i = 0; i < drafting.tokens.size(); ++i) {
            EXPECT_EQ(drafting.tokens[i].token, plain.tokens[i].token) << i;
            EXPECT_EQ(drafting.tokens[i].logProb, plain.tokens[i].logProb) << i;
            EXPECT_EQ(drafting.tokens[i].text, plain.tokens[i].text) << i;
            EXPECT_FALSE(plain.tokens[i].drafted);
            drafted += drafting.tokens[i].drafted ? 1 : 0;
        }
        const auto have = drafting.routing();
        const auto want = plain.routing();
        EXPECT_TRUE(std::equal(have.begin(), have.end(), want.begin()));
        EXPECT_LE(drafted, drafting.timings.speculation.accepted);
        EXPECT_LE(drafting.timings.speculation.accepted, drafting.timings.speculation.drafted);
        if (drafting.error) return;
        EXPECT_EQ(b.sequence().length(), static_cast<int>(have.size()));
    }
    static void expectSameToTheEnd(const RunResult& drafting, const RunResult& plain, RunBench& b) {
        EXPECT_FALSE(drafting.error);
        EXPECT_EQ(drafting.reason, plain.reason);
        EXPECT_EQ(drafting.ids(), plain.ids());
        EXPECT_EQ(drafting.text(), plain.text());
        expectSame(drafting, plain, b);
    }
};

INSTANTIATE_TEST_SUITE_P(Decoders,
                         SpeculationTest,
                         testing::ValuesIn(test::everyDecoderAndCache()),
                         [](const auto& which) { return test::describe(which.param); });

TEST_P(SpeculationTest, GivesTheReplyThatIsGivenWithoutIt) {
    auto a = bench();
    auto b = bench();
    SpeculationCounts counts;
    for (int start = 0; start < 4; ++start)
        for (const float temperature : {0.0F, 0.5F, 1.5F})
            for (const std::uint64_t seed : {1U, 2U}) {
                auto asked = request(start, temperature, seed);
                asked.sampler.repetitionPenalty = seed == 2 ? 1.1F : 1.0F;
                const auto plain = a.run(asked);
                const auto drafting = b.run(speculating(asked));
                expectSameToTheEnd(drafting, plain, b);
                EXPECT_EQ(plain.timings.speculation.drafted, 0);
                counts.drafted += drafting.timings.speculation.drafted;
                counts.accepted += drafting.timings.speculation.accepted;
            }
    EXPECT_GT(counts.accepted, 15);
    EXPECT_GT(counts.drafted, counts.accepted + 15);
}

TEST_P(SpeculationTest, WorksUnderInterventions) {
    auto a = bench();
    auto b = bench();
    int accepted = 0;
    for (int start = 0; start < 4; ++start) {
        auto asked = request(start, 0.5F, 7);
        asked.interventions.ablate = {{LayerId{1}, ExpertId{start}}};
        asked.interventions.topK = start % 2 == 0 ? 3 : 0;
        const auto drafting = b.run(speculating(asked));
        expectSameToTheEnd(drafting, a.run(asked), b);
        for (const auto& token : drafting.tokens) {
            const auto selected = token.routing->layerSelected(1);
            EXPECT_EQ(selected.size(), start % 2 == 0 ? 3U : 2U);
            for (std::size_t k = 0; k < selected.size(); ++k)
                EXPECT_EQ(token.routing->layerGates(1)[k] == 0, selected[k] == start);
        }
        accepted += drafting.timings.speculation.accepted;
        // On from what speculation left, without and with what was in force.
        auto on = asked;
        on.prompt.push_back({.tokens = drafting.ids(), .interventions = asked.interventions});
        on.prompt.push_back({.tokens = {300, 301, 302}});
        on.interventions = {};
        const auto next = b.run(speculating(on));
        EXPECT_GE(next.timings.reusedTokens, next.timings.promptTokens - 4);
        expectSameToTheEnd(next, a.run(on), b);
    }
    EXPECT_GT(accepted, 0);
}

TEST_P(SpeculationTest, EndsWhereTheReplyEnds) {
    auto a = bench();
    auto b = bench();
    const auto whole = a.run(request(1, 0, 1));
    ASSERT_EQ(whole.reason, FinishReason::MaxTokens);
    for (int most = 1; most < 40; most += 3) {
        auto asked = request(1, 0, 1);
        asked.maxTokens = most;
        expectSameToTheEnd(b.run(speculating(asked)), a.run(asked), b);
    }
    const auto text = whole.text();
    for (std::size_t at = 0; at + 3 < text.size(); at += 7) {
        auto asked = request(1, 0, 1);
        asked.stopStrings = {text.substr(at, 3)};
        const auto plain = a.run(asked);
        EXPECT_EQ(plain.reason, FinishReason::StopString);
        expectSameToTheEnd(b.run(speculating(asked)), plain, b);
    }
    for (const int capacity : {40, 41, 42, 43}) {
        auto small = bench(Trouble::None, capacity);
        auto smallDrafting = bench(Trouble::None, capacity);
        const auto plain = small.run(request(1, 0, 1));
        EXPECT_EQ(plain.reason, FinishReason::ContextFull);
        expectSameToTheEnd(smallDrafting.run(speculating(request(1, 0, 1))), plain, smallDrafting);
    }
}

TEST_P(SpeculationTest, LeavesNoDraftBehindWhenItIsStopped) {
    auto a = bench();
    auto b = bench();
    const auto plain = a.run(request(2, 0, 1));
    for (int at = 1; at < 30; ++at) {
        std::stop_source stop;
        const auto cut = b.run(speculating(request(2, 0, 1)), stop.get_token(), [&](int token) {
            if (token == at) stop.request_stop();
        });
        EXPECT_EQ(cut.reason, FinishReason::Stopped);
        EXPECT_EQ(cut.tokens.size(), static_cast<std::size_t>(at));
        expectSame(cut, plain, b);
    }
    expectSameToTheEnd(b.run(speculating(request(2, 0, 1))), plain, b);
}

TEST_P(SpeculationTest, SurvivesADraftThatGivesNoNumbers) {
    auto a = bench();
    auto b = bench(Trouble::NonFinite);
    const auto drafting = b.run(speculating(request(2, 0, 1)));
    expectSameToTheEnd(drafting, a.run(request(2, 0, 1)), b);
    EXPECT_EQ(drafting.timings.speculation.drafted, 0);
    EXPECT_GT(static_cast<TroubledDecoder&>(b.decoder()).drafts, 0);
}

TEST_P(SpeculationTest, GivesWhatWasComputedBeforeADraftFailed) {
    auto a = bench();
    auto b = bench(Trouble::Error);
    const auto failed = b.run(speculating(request(2, 0, 1)));
    ASSERT_TRUE(failed.error);
    EXPECT_GE(failed.tokens.size(), 2U);
    expectSame(failed, a.run(request(2, 0, 1)), b);
    EXPECT_EQ(b.sequence().length(), 0);
    expectSameToTheEnd(b.run(request(2, 0, 1)), a.run(request(2, 0, 1)), b);
}

}  // namespace
}  // namespace gatescope
