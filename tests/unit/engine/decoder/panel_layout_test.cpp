#include "engine/decoder/cpu/panel_layout.h"

#include <gtest/gtest.h>

#include "engine/model/open_model.h"
#include "tests/support/test_paths.h"
#include "tests/support/tiny_model.h"
#include "tests/support/tolerances.h"
#include "tests/unit/engine/decoder/test_decoder.h"

namespace gatescope::test {
namespace {

/// Weights that nobody else has.
std::shared_ptr<ModelWeights> ownWeights(const ModelConfig& config = tinyConfig()) {
    const ScratchDir dir;
    writeTinyCheckpoint(dir.path() / "model", config, 7);
    return openModel((dir.path() / "model").string())->load({}, {});
}

float largestDifference(const std::vector<float>& a, const std::vector<float>& b) {
    EXPECT_EQ(a.size(), b.size());
    float largest = 0;
    for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
    return largest;
}

/// xAI's matrices are multiplied in the same order from panels, so up to the output matrix, which
/// is stored the other way round, every bit is the same.
TEST(PanelLayout, ChangesNoNumber) {
    for (const int threads : {1, 3}) {
        const auto weights = ownWeights();
        const auto tokens = someTokens(weights->config, 30);
        const StepOutput before = runAll(*decoderOf("cpu", weights), tokens, {});
        const auto laidOut = ownWeights();
        WorkerPool pool(threads);
        ASSERT_TRUE(cpu::layOutInPanels(*laidOut, pool, {}));
        EXPECT_EQ(laidOut->layers[0].expertDown.order, MatrixOrder::Panels);
        EXPECT_EQ(laidOut->output.order, MatrixOrder::Panels);
        EXPECT_EQ(laidOut->embedding.order, MatrixOrder::Panels);  // the same bytes
        EXPECT_EQ(laidOut->totalBytes(), weights->totalBytes());
        const StepOutput after = runAll(*decoderOf("cpu", laidOut), tokens, {});
        EXPECT_EQ(after.routerProbs, before.routerProbs);
        EXPECT_EQ(after.residuals, before.residuals);
        EXPECT_LE(largestDifference(after.logits, before.logits), tolerance::kLogits);
    }
}

TEST(PanelLayout, LeavesWhatIsInPanels) {
    const auto weights = ownWeights();
    const auto tokens = someTokens(weights->config, 5);
    WorkerPool pool(2);
    ASSERT_TRUE(cpu::layOutInPanels(*weights, pool, {}));
    const StepOutput once = runAll(*decoderOf("cpu", weights), tokens, {});
    ASSERT_TRUE(cpu::layOutInPanels(*weights, pool, {}));
    EXPECT_EQ(runAll(*decoderOf("cpu", weights), tokens, {}).logits, once.logits);
}

/// Sizes that no panel fits stay as they were stored, and are computed as before.
TEST(PanelLayout, LeavesSizesThatDoNotFit) {
    ModelConfig config = tinyConfig();
    config.ffnSize = 72;
    const auto weights = ownWeights(config);
    WorkerPool pool(2);
    ASSERT_TRUE(cpu::layOutInPanels(*weights, pool, {}));
    EXPECT_EQ(weights->layers[0].expertUp.order, MatrixOrder::InputsFirst);
    EXPECT_EQ(weights->layers[0].expertDown.order, MatrixOrder::InputsFirst)
        << "nine inputs in each of eight groups of scales";
    EXPECT_EQ(weights->layers[0].attentionOutput.order, MatrixOrder::Panels);
    const auto tokens = someTokens(config, 9);
    EXPECT_EQ(runAll(*decoderOf("cpu", weights), tokens, {}).residuals,
              runAll(*decoderOf("cpu", ownWeights(config)), tokens, {}).residuals);
}

TEST(PanelLayout, LaysOutOneStageAtATime) {
    const auto weights = ownWeights();
    const auto whole = ownWeights();
    WorkerPool pool(2);
    ASSERT_TRUE(cpu::layOutInPanels(*whole, pool, {}));
    cpu::PanelLayout layout(*weights, pool, {});
    EXPECT_EQ(weights->layers[1].expertDown.order, MatrixOrder::Panels) << "what it will be";
    const auto stored = ownWeights();
    const auto bytes = [](const ModelWeights& w, int layer) {
        const MatrixView& view = w.layers[static_cast<std::size_t>(layer)].expertDown;
        const auto* data = view.data;
        return std::vector<std::byte>(data, data + view.matrixBytes());
    };
    ASSERT_TRUE(layout.layOut(1, {}));
    EXPECT_EQ(bytes(*weights, 0), bytes(*whole, 0));
    EXPECT_EQ(bytes(*weights, 1), bytes(*stored, 1)) << "not yet";
    ASSERT_TRUE(layout.layOut(2, {}));
    EXPECT_EQ(bytes(*weights, 1), bytes(*whole, 1));
}

TEST(PanelLayout, StopsWhenAsked) {
    const auto weights = ownWeights();
    WorkerPool pool(2);
    std::stop_source stop;
    stop.request_stop();
    EXPECT_FALSE(cpu::layOutInPanels(*weights, pool, stop.get_token()));
}

TEST(LayOutWeights, IsForTheCpuDecoderAlone) {
    for (const auto& options : {DecoderOptions{.kind = "reference"},
                                DecoderOptions{.kind = "cpu", .precision = Precision::BF16}}) {
        const auto weights = ownWeights();
        EXPECT_TRUE(layOutWeights(*weights, options, {}));
        EXPECT_EQ(weights->layers[0].expertDown.order, MatrixOrder::InputsFirst);
    }
}

}  // namespace
}  // namespace gatescope::test
