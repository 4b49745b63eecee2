#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>

#include "engine/decoder/step.h"
#include "tests/support/tolerances.h"
#include "tests/unit/engine/decoder/test_decoder.h"

// "Replay routes": a run that is held to the routing of another.
namespace gatescope::test {
namespace {

class PinnedRoutes : public EveryDecoder {
  protected:
    PinnedRoutes()
        : weights_(randomWeights()),
          decoder_(decoder(weights_)),
          tokens_(someTokens(weights_->config, kTokens)) {}

    static constexpr int kTokens = 21;  // a chunk and some more on a GPU

    /// Pins a run to what `out` says of its tokens [begin, end).
    std::shared_ptr<const RoutePin> pinTo(const StepOutput& out,
                                          bool gates,
                                          int begin = 0,
                                          int end = kTokens) const {
        RoutePin pin{.name = "test", .records = {}, .gates = gates};
        pin.records.resize(static_cast<std::size_t>(end));
        for (int t = begin; t < end; ++t)
            pin.records[static_cast<std::size_t>(t)] =
                std::make_shared<const RoutingRecord>(out.record(weights_->config, t));
        return std::make_shared<const RoutePin>(std::move(pin));
    }
    StepOutput run(const InterventionSet& set = {}) { return runAll(*decoder_, tokens_, set); }

    std::shared_ptr<const ModelWeights> weights_;
    std::unique_ptr<Decoder> decoder_;
    std::vector<TokenId> tokens_;
};

const InterventionSet kChanged{.ablate = {{LayerId{0}, ExpertId{2}}},
                               .exclude = {{LayerId{0}, ExpertId{0}},
                                           {LayerId{0}, ExpertId{1}},
                                           {LayerId{0}, ExpertId{5}},
                                           {LayerId{0}, ExpertId{7}},
                                           {LayerId{1}, ExpertId{4}}},
                               .force = {{LayerId{1}, ExpertId{6}}},
                               .scale = {{{LayerId{1}, ExpertId{6}}, 0.5F}}};

std::set<std::int32_t> experts(const StepOutput& out, int layer, int token) {
    const auto first = out.selected.begin() +
                       static_cast<std::ptrdiff_t>(layer * out.numTokens + token) * out.numSelected;
    return {first, first + out.numSelected};
}

TEST_P(PinnedRoutes, OfTheSameRunChangeNothing) {
    const StepOutput plain = run();
    for (const bool gates : {false, true}) {
        const StepOutput pinned = run({.pin = pinTo(plain, gates)});
        EXPECT_EQ(pinned.logits, plain.logits);
        EXPECT_EQ(pinned.selected, plain.selected);
        EXPECT_EQ(pinned.gates, plain.gates);
    }
}

/// Experts and gates are all that those interventions change: with both the run comes out again,
/// bit for bit, without any of them.
TEST_P(PinnedRoutes, WithGatesGiveTheRecordedRunAgain) {
    const StepOutput changed = run(kChanged);
    ASSERT_NE(changed.logits, run().logits);
    const StepOutput again = run({.pin = pinTo(changed, true)});
    EXPECT_EQ(again.logits, changed.logits);
    EXPECT_EQ(again.routerProbs, changed.routerProbs);
    for (int layer = 0; layer < 2; ++layer)
        for (int t = 0; t < kTokens; ++t)
            EXPECT_EQ(experts(again, layer, t), experts(changed, layer, t));
}

TEST_P(PinnedRoutes, WithoutGatesTakeThisRunsProbabilities) {
    const StepOutput changed = run(kChanged);
    const StepOutput plain = run();
    const StepOutput pinned = run({.pin = pinTo(changed, false)});
    for (int layer = 0; layer < 2; ++layer)
        for (int t = 0; t < kTokens; ++t) {
            EXPECT_EQ(experts(pinned, layer, t), experts(changed, layer, t));
            const auto row = static_cast<std::size_t>(layer * kTokens + t);
            for (std::size_t s = 0; s < 2; ++s) {
                const auto expert = static_cast<std::size_t>(pinned.selected[row * 2 + s]);
                EXPECT_EQ(pinned.gates[row * 2 + s], pinned.routerProbs[row * 8 + expert]);
            }
            EXPECT_GE(pinned.gates[row * 2], pinned.gates[row * 2 + 1]) << "the stronger first";
        }
    // The first router has seen nothing of it, and says what it says.
    const auto first = static_cast<std::ptrdiff_t>(kTokens * 8);
    EXPECT_TRUE(std::equal(
        plain.routerProbs.begin(), plain.routerProbs.begin() + first, pinned.routerProbs.begin()));
}

TEST_P(PinnedRoutes, HoldOnlyTheTokensTheyCover) {
    const StepOutput changed = run(kChanged);
    const StepOutput pinned = run({.pin = pinTo(changed, true, 5, 12)});
    const StepOutput plain = run();
    bool differs = false;
    for (int t = 0; t < kTokens; ++t) {
        const bool covered = t >= 5 && t < 12;
        EXPECT_EQ(experts(pinned, 0, t), experts(covered ? changed : plain, 0, t)) << t;
        differs = differs || experts(changed, 0, t) != experts(plain, 0, t);
    }
    EXPECT_TRUE(differs);
    const auto vocabulary = static_cast<std::ptrdiff_t>(weights_->config.vocabSize);
    EXPECT_TRUE(std::equal(
        plain.logits.begin(), plain.logits.begin() + 5 * vocabulary, pinned.logits.begin()));
    EXPECT_NE(pinned.logits, plain.logits);
}

TEST_P(PinnedRoutes, AreTheSameStepByStep) {
    const StepOutput changed = run(kChanged);
    const InterventionSet set{.ablate = {{LayerId{1}, ExpertId{1}}},
                              .pin = pinTo(changed, true, 2, 17)};
    const StepOutput whole = run(set);
    const auto cache = decoder_->makeCache(kTokens);
    StepOutput out;
    for (int t = 0; t < kTokens; ++t) {
        decoder_->forward({.tokens = std::span(tokens_).subspan(static_cast<std::size_t>(t), 1)},
                          *cache,
                          set,
                          out,
                          {});
        for (int layer = 0; layer < 2; ++layer)
            ASSERT_EQ(experts(out, layer, 0), experts(whole, layer, t)) << "token " << t;
        const auto vocabulary = static_cast<std::size_t>(weights_->config.vocabSize);
        for (std::size_t v = 0; v < vocabulary; ++v)
            ASSERT_NEAR(out.logits[v],
                        whole.logits[static_cast<std::size_t>(t) * vocabulary + v],
                        tolerance::kLogits);
    }
}

TEST_P(PinnedRoutes, LetAnAblatedExpertContributeNothing) {
    const StepOutput plain = run();
    const auto strongest = plain.selected[0];
    const InterventionSet set{.ablate = {{LayerId{0}, ExpertId{strongest}}},
                              .pin = pinTo(plain, true)};
    const StepOutput out = run(set);
    EXPECT_EQ(out.selected[0], strongest);
    EXPECT_EQ(out.gates[0], 0.0F);
    EXPECT_EQ(out.gates[1], plain.gates[1]);
}

/// A decoder that draws tokens by itself knows nothing of what the host has recorded.
TEST_P(PinnedRoutes, LeaveTheReplyToTheHost) {
    const auto cache = decoder_->makeCache(kTokens + 4);
    const StepOutput plain = run();
    StepOutput out;
    decoder_->forward({.tokens = tokens_}, *cache, {}, out, {});
    const InterventionSet set{.pin = pinTo(plain, false)};
    EXPECT_EQ(decoder_->continueFrom({.cache = *cache,
                                      .logits = out.logits,
                                      .recent = tokens_,
                                      .sampler = {},
                                      .interventions = set,
                                      .maxTokens = 4}),
              nullptr);
}

INSTANTIATE_TEST_SUITE_P(Decoders,
                         PinnedRoutes,
                         testing::ValuesIn(decoderKinds()),
                         EveryDecoder::nameOf);

}  // namespace
}  // namespace gatescope::test
