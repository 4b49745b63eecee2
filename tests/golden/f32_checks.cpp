#include "tests/golden/f32_checks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

#include "engine/decoder/step.h"
#include "tests/support/tolerances.h"

namespace gatescope::test {

void expectGoldenNumbers(const GoldenModel& golden, const Forward& forward) {
    EXPECT_LE(maxAbs(golden.floats("f32exact/logits.npy").data, forward.logits),
              tolerance::kLogits);
    EXPECT_LE(maxAbs(golden.floats("f32exact/probs.npy").data, forward.routerProbs),
              tolerance::kRouterProbs);

    // hidden.npy starts with the scaled embedding, the taps with the first layer.
    const auto hidden = golden.floats("f32exact/hidden.npy");
    const auto embedding = golden.tokens.size() * static_cast<std::size_t>(hidden.shape.back());
    EXPECT_LE(maxAbs(std::span(hidden.data).subspan(embedding), forward.residuals),
              tolerance::kResiduals);
}

void expectGoldenExperts(const GoldenModel& golden, const Forward& forward) {
    const auto experts = golden.ints("f32exact/experts.npy").data;
    const auto gates = golden.floats("f32exact/gates.npy").data;
    const auto probs = golden.floats("f32exact/probs.npy").data;
    const auto numExperts = static_cast<std::size_t>(golden.weights->config.numExperts);
    const auto numSelected = static_cast<std::size_t>(golden.weights->config.numSelected);
    ASSERT_EQ(experts.size(), forward.selected.size());

    std::size_t compared = 0;
    for (std::size_t row = 0; row * numSelected < experts.size(); ++row) {
        std::vector<float> sorted(
            probs.begin() + static_cast<std::ptrdiff_t>(row * numExperts),
            probs.begin() + static_cast<std::ptrdiff_t>((row + 1) * numExperts));
        std::ranges::sort(sorted, std::greater());
        if (sorted[numSelected - 1] - sorted[numSelected] <= tolerance::kSelectionMargin) continue;
        ++compared;
        for (std::size_t i = row * numSelected; i < (row + 1) * numSelected; ++i) {
            EXPECT_EQ(experts[i], forward.selected[i]) << "row " << row;
            EXPECT_NEAR(gates[i], forward.gates[i], tolerance::kRouterProbs) << "row " << row;
        }
    }
    EXPECT_GT(compared, experts.size() / numSelected / 2);
}

namespace {

/// A prompt and how it goes on greedily.
struct GoldenText {
    std::vector<TokenId> prompt;
    std::vector<TokenId> expected;  ///< as far as it is sure
};

std::vector<GoldenText> goldenTexts(const GoldenModel& golden,
                                    std::size_t mostPrompts,
                                    std::size_t mostSteps) {
    const auto greedy = nlohmann::json::parse(std::ifstream(golden.folder / "greedy.json"));
    const auto& prompts = greedy.at("prompts");
    const auto& runs = greedy.at("greedy").at("f32exact");
    std::vector<GoldenText> out;
    for (std::size_t p = 0; p < std::min(mostPrompts, prompts.size()); ++p) {
        GoldenText text{.prompt = prompts[p].at("ids"), .expected = runs[p].at("ids")};
        const std::vector<float> margins = runs[p].at("margin");
        std::size_t sure = 0;
        // Below twice the error of a logit either of the two best may win.
        while (sure < std::min(mostSteps, text.expected.size()) &&
               margins[sure] >= 2 * tolerance::kLogits)
            ++sure;
        text.expected.resize(sure);
        out.push_back(std::move(text));
    }
    EXPECT_FALSE(out.empty());
    return out;
}

}  // namespace

void expectGoldenText(const GoldenModel& golden,
                      Decoder& decoder,
                      std::size_t mostPrompts,
                      std::size_t mostSteps) {
    for (const GoldenText& text : goldenTexts(golden, mostPrompts, mostSteps)) {
        std::vector<TokenId> tokens = text.prompt;
        const auto cache =
            decoder.makeCache(static_cast<int>(tokens.size() + text.expected.size()));
        StepOutput out;
        for (std::size_t step = 0; step < text.expected.size(); ++step) {
            ASSERT_EQ(decoder.forward({.tokens = tokens}, *cache, {}, out, {}), StepStatus::Done);
            const TokenId next = argMax(out.logits);
            ASSERT_EQ(next, text.expected[step]) << "step " << step;
            tokens = {next};
        }
    }
}

void expectGoldenReplies(const GoldenModel& golden,
                         Decoder& decoder,
                         std::size_t mostPrompts,
                         std::size_t mostSteps) {
    for (const GoldenText& text : goldenTexts(golden, mostPrompts, mostSteps)) {
        const int count = static_cast<int>(text.expected.size());
        if (count == 0) continue;
        const auto cache = decoder.makeCache(static_cast<int>(text.prompt.size()) + count);
        StepOutput out;
        decoder.forward({.tokens = text.prompt}, *cache, {}, out, {});
        const auto reply = decoder.continueFrom({.cache = *cache,
                                                 .logits = out.logits,
                                                 .recent = text.prompt,
                                                 .sampler = {.temperature = 0},
                                                 .interventions = {},
                                                 .maxTokens = count});
        ASSERT_NE(reply, nullptr);
        for (int step = 0; step < count; ++step) {
            ASSERT_EQ(reply->draw().token, text.expected[static_cast<std::size_t>(step)])
                << "step " << step;
            ASSERT_EQ(reply->advance(out, {}), StepStatus::Done);
        }
    }
}

void expectGoldenParts(const GoldenModel& golden, Decoder& decoder) {
    const ModelConfig& config = decoder.config();
    const int numTokens = static_cast<int>(golden.tokens.size());
    const auto cache = decoder.makeCache(numTokens);
    StepOutput out;
    decoder.forward({.tokens = golden.tokens,
                     .logitsFor = LogitsFor::None,
                     .tapResiduals = true,
                     .tapParts = true},
                    *cache,
                    {},
                    out,
                    {});
    std::vector<float> sums = out.embedded;  // [tokens, dModel], and so on up to each layer
    std::vector<float> all = sums;
    const auto dModel = static_cast<std::size_t>(config.dModel);
    for (int layer = 0; layer < config.numLayers; ++layer) {
        for (int t = 0; t < numTokens; ++t)
            for (int which = 0; which <= out.numSelected; ++which) {
                const auto part = partOf(out, layer, t, which);
                for (std::size_t i = 0; i < dModel; ++i)
                    sums[static_cast<std::size_t>(t) * dModel + i] += part[i];
            }
        all.insert(all.end(), sums.begin(), sums.end());
    }
    // hidden.npy starts with the scaled embedding.
    EXPECT_LE(maxAbs(golden.floats("f32exact/hidden.npy").data, all), tolerance::kResiduals);
}

}  // namespace gatescope::test
