#include "tests/golden/f32_checks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

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

void expectGoldenText(const GoldenModel& golden,
                      Decoder& decoder,
                      std::size_t mostPrompts,
                      std::size_t mostSteps) {
    const auto greedy = nlohmann::json::parse(std::ifstream(golden.folder / "greedy.json"));
    const auto& prompts = greedy.at("prompts");
    const auto& runs = greedy.at("greedy").at("f32exact");
    ASSERT_FALSE(prompts.empty());
    for (std::size_t p = 0; p < std::min(mostPrompts, prompts.size()); ++p) {
        std::vector<TokenId> tokens = prompts[p].at("ids");
        const std::vector<TokenId> expected = runs[p].at("ids");
        const std::vector<float> margins = runs[p].at("margin");
        const auto cache = decoder.makeCache(static_cast<int>(tokens.size() + expected.size()));
        StepOutput out;
        const std::size_t numSteps = std::min(mostSteps, expected.size());
        for (std::size_t step = 0; step < numSteps; ++step) {
            // Below twice the error of a logit either of the two best may win.
            if (margins[step] < 2 * tolerance::kLogits) break;
            ASSERT_EQ(decoder.forward({.tokens = tokens}, *cache, {}, out, {}), StepStatus::Done);
            const TokenId next = argMax(out.logits);
            ASSERT_EQ(next, expected[step]) << "prompt " << p << ", step " << step;
            tokens = {next};
        }
    }
}

}  // namespace gatescope::test
