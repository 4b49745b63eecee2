#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "engine/decoder/step.h"
#include "tests/support/tolerances.h"
#include "tests/unit/engine/decoder/test_decoder.h"

// What a residual is made of, and what the model would say at each layer.
namespace gatescope::test {
namespace {

class ResidualParts : public EveryDecoder {};

constexpr int kTokens = 40;  // more than one chunk, wherever they are cut

StepOutput runTapped(Decoder& decoder,
                     std::span<const TokenId> tokens,
                     const InterventionSet& interventions = {}) {
    const auto cache = decoder.makeCache(static_cast<int>(tokens.size()));
    StepOutput out;
    const Batch batch{.tokens = tokens,
                      .logitsFor = LogitsFor::AllTokens,
                      .tapResiduals = true,
                      .tapParts = true};
    EXPECT_EQ(decoder.forward(batch, *cache, interventions, out, {}), StepStatus::Done);
    return out;
}

std::span<const float> residualOf(const StepOutput& out, int layer, int token, int width) {
    const auto row = static_cast<std::size_t>(layer * out.numTokens + token);
    return std::span(out.residuals)
        .subspan(row * static_cast<std::size_t>(width), static_cast<std::size_t>(width));
}

TEST_P(ResidualParts, AddUpToTheResidualsOfEveryLayer) {
    const auto weights = randomWeights();
    const ModelConfig& config = weights->config;
    const auto d = decoder(weights);
    StepOutput out = runTapped(*d, someTokens(config, kTokens));
    for (int t = 0; t < kTokens; ++t) {
        const auto begin = out.embedded.begin() + t * config.dModel;
        std::vector<float> sum(begin, begin + config.dModel);
        for (int layer = 0; layer < config.numLayers; ++layer) {
            for (int which = 0; which <= out.numSelected; ++which) {
                const auto part = partOf(out, layer, t, which);
                EXPECT_TRUE(std::ranges::any_of(part, [](float x) { return x != 0; }));
                std::ranges::transform(sum, part, sum.begin(), std::plus<>());
            }
            const auto whole = residualOf(out, layer, t, config.dModel);
            for (std::size_t i = 0; i < sum.size(); ++i)
                ASSERT_NEAR(sum[i], whole[i], tolerance::kResiduals)
                    << "token " << t << ", layer " << layer;
        }
    }
}

/// ln sum exp of a router's logits in double, from the residual that its norm takes.
double logSumExpOf(std::span<const float> residual,
                   const LayerWeights& layer,
                   const ModelConfig& config,
                   const std::map<int, double>& bias) {
    double squares = 0;
    for (const float x : residual) squares += static_cast<double>(x) * static_cast<double>(x);
    const double size = std::sqrt(squares / static_cast<double>(residual.size()) +
                                  static_cast<double>(config.rmsEps));
    double sum = 0;
    for (int e = 0; e < config.numExperts; ++e) {
        double logit = bias.contains(e) ? bias.at(e) : 0;
        for (std::size_t i = 0; i < residual.size(); ++i)
            logit +=
                static_cast<double>(residual[i]) / size * static_cast<double>(layer.moeNorm[i]) *
                static_cast<double>(layer.router[i * static_cast<std::size_t>(config.numExperts) +
                                                 static_cast<std::size_t>(e)]);
        sum += std::exp(logit);
    }
    return std::log(sum);
}

TEST_P(ResidualParts, GiveTheSizeOfTheRoutersLogits) {
    const auto weights = randomWeights();
    const ModelConfig& config = weights->config;
    const auto d = decoder(weights);
    // The size is that of the logits with bias, which the probabilities are the softmax of.
    const InterventionSet biased{.bias = {{ExpertSite{LayerId{1}, ExpertId{3}}, 2.5F}}};
    for (const auto& interventions : {InterventionSet{}, biased}) {
        StepOutput out = runTapped(*d, someTokens(config, kTokens), interventions);
        ASSERT_EQ(out.routerLogSumExps.size(),
                  static_cast<std::size_t>(config.numLayers * kTokens));
        for (int layer = 0; layer < config.numLayers; ++layer)
            for (int t = 0; t < kTokens; ++t) {
                const auto before = layer == 0
                                        ? std::span<const float>(out.embedded)
                                              .subspan(static_cast<std::size_t>(t * config.dModel),
                                                       static_cast<std::size_t>(config.dModel))
                                        : residualOf(out, layer - 1, t, config.dModel);
                std::vector<float> residual(before.begin(), before.end());
                std::ranges::transform(
                    residual, partOf(out, layer, t, 0), residual.begin(), std::plus<>());
                const std::map<int, double> bias = layer == 1 && !interventions.bias.empty()
                                                       ? std::map<int, double>{{3, 2.5}}
                                                       : std::map<int, double>{};
                const auto at = static_cast<std::size_t>(layer * kTokens + t);
                EXPECT_NEAR(
                    out.routerLogSumExps[at],
                    logSumExpOf(
                        residual, weights->layers[static_cast<std::size_t>(layer)], config, bias),
                    tolerance::kResiduals)
                    << "layer " << layer << ", token " << t;
                EXPECT_EQ(out.record(config, t).logSumExps[static_cast<std::size_t>(layer)],
                          out.routerLogSumExps[at]);
            }
    }
}

TEST_P(ResidualParts, ChangeNothingByBeingTapped) {
    const auto weights = randomWeights();
    const auto tokens = someTokens(weights->config, kTokens);
    const auto d = decoder(weights);
    const StepOutput tapped = runTapped(*d, tokens);
    const StepOutput plain = runAll(*d, tokens);
    EXPECT_EQ(tapped.logits, plain.logits);
    EXPECT_EQ(tapped.residuals, plain.residuals);
    EXPECT_TRUE(plain.parts.empty());
}

TEST_P(ResidualParts, OfAnAblatedExpertAreZero) {
    const auto weights = randomWeights();
    InterventionSet set;
    for (int e = 0; e < weights->config.numExperts; e += 2)
        set.ablate.push_back({LayerId{1}, ExpertId{e}});
    const auto d = decoder(weights);
    StepOutput out = runTapped(*d, someTokens(weights->config, kTokens), set);
    int ablated = 0;
    for (int t = 0; t < kTokens; ++t)
        for (int s = 0; s < out.numSelected; ++s) {
            const auto choice = static_cast<std::size_t>((out.numTokens + t) * out.numSelected + s);
            const bool zero =
                std::ranges::all_of(partOf(out, 1, t, 1 + s), [](float x) { return x == 0; });
            EXPECT_EQ(zero, out.selected[choice] % 2 == 0) << t;
            ablated += zero ? 1 : 0;
        }
    EXPECT_GT(ablated, 0);
}

/// The norm frozen, the parts' logits add up to the whole's, for every word of the vocabulary.
TEST_P(ResidualParts, ContributeTheLogits) {
    const auto weights = randomWeights();
    const ModelConfig& config = weights->config;
    const auto vocabulary = static_cast<std::size_t>(config.vocabSize);
    const auto width = static_cast<std::size_t>(config.dModel);
    const auto d = decoder(weights);
    StepOutput out = runTapped(*d, someTokens(config, kTokens));
    for (const int t : {0, 17, kTokens - 1}) {
        std::vector<float> rows(out.embedded.begin() + t * config.dModel,
                                out.embedded.begin() + (t + 1) * config.dModel);
        for (int layer = 0; layer < config.numLayers; ++layer)
            for (int which = 0; which <= out.numSelected; ++which) {
                const auto part = partOf(out, layer, t, which);
                rows.insert(rows.end(), part.begin(), part.end());
            }
        std::vector<float> logits(rows.size() / width * vocabulary);
        const auto whole = residualOf(out, config.numLayers - 1, t, config.dModel);
        ASSERT_EQ(d->logitsOf(rows, whole, logits, {}), StepStatus::Done);
        for (std::size_t v = 0; v < vocabulary; ++v) {
            double sum = 0;
            for (std::size_t r = 0; r < rows.size() / width; ++r)
                sum += static_cast<double>(logits[r * vocabulary + v]);
            ASSERT_NEAR(
                sum, out.logits[static_cast<std::size_t>(t) * vocabulary + v], tolerance::kLogits);
        }
    }
}

/// The lens on the last layer is what the model says; on an earlier one it is something else.
TEST_P(ResidualParts, BehindTheLastLayerTheLensSeesTheLogits) {
    const auto weights = randomWeights();
    const ModelConfig& config = weights->config;
    const auto d = decoder(weights);
    const StepOutput out = runTapped(*d, someTokens(config, kTokens));
    std::vector<float> logits(out.logits.size());
    const std::size_t perLayer =
        static_cast<std::size_t>(kTokens) * static_cast<std::size_t>(config.dModel);
    const auto last = std::span(out.residuals).last(perLayer);
    ASSERT_EQ(d->logitsOf(last, {}, logits, {}), StepStatus::Done);
    for (std::size_t i = 0; i < logits.size(); ++i)
        ASSERT_NEAR(logits[i], out.logits[i], tolerance::kSplitLogits);
    ASSERT_EQ(d->logitsOf(std::span(out.residuals).first(perLayer), {}, logits, {}),
              StepStatus::Done);
    EXPECT_NE(logits, out.logits);
}

TEST_P(ResidualParts, TheLensStops) {
    const auto weights = randomWeights();
    const auto d = decoder(weights);
    std::vector<float> row(static_cast<std::size_t>(weights->config.dModel), 1.0F);
    std::vector<float> logits(static_cast<std::size_t>(weights->config.vocabSize));
    std::stop_source stop;
    stop.request_stop();
    EXPECT_EQ(d->logitsOf(row, {}, logits, stop.get_token()), StepStatus::Stopped);
}

INSTANTIATE_TEST_SUITE_P(Decoders,
                         ResidualParts,
                         testing::ValuesIn(decoderKinds()),
                         EveryDecoder::nameOf);

}  // namespace
}  // namespace gatescope::test
