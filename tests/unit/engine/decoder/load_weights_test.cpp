#include "engine/decoder/load_weights.h"

#include <gtest/gtest.h>

#include "engine/model/open_model.h"
#include "engine/model/weights_assembly.h"
#include "tests/support/gguf_model.h"
#include "tests/support/hf_writer.h"
#include "tests/support/test_paths.h"
#include "tests/support/tiny_model.h"

namespace gatescope::test {
namespace {

std::vector<std::byte> copyOf(std::span<const std::byte> bytes) {
    return {bytes.begin(), bytes.end()};
}

class LoadWeightsTest : public testing::Test {
  protected:
    LoadWeightsTest() {
        ModelConfig config = tinyConfig();
        config.dModel = 128;  // and as many queries, 64 keys: several panels
        config.headSize = 32;
        config.ffnSize = 160;  // two panels and a narrow one
        writeTinyCheckpoint(scratch_.path() / "xai", config, 7, {.matrices = DType::F32});
        weights_ = openModel((scratch_.path() / "xai").string())->load({}, {});
    }
    std::string gguf(const GgufForm& form) const {
        const auto file = scratch_.path() / "model.gguf";
        writeBytes(file, ggufOf(*weights_, form).finish());
        return file.string();
    }
    std::string hf(const HfForm& form) const {
        const auto dir = scratch_.path() / "hf";
        std::filesystem::remove_all(dir);
        writeHfDirectory(dir, *weights_, form);
        return dir.string();
    }
    /// What was laid out while it was read is what is laid out afterwards, byte by byte.
    /// Returns how the queries lay when they were read.
    static MatrixOrder expectSame(const std::string& model) {
        const DecoderOptions options{.threads = 2};
        const auto afterwards = openModel(model)->load({}, {});
        EXPECT_TRUE(layOutWeights(*afterwards, options, {}));
        const auto whileRead = loadWeights(*openModel(model), options, {}, {}).weights;
        for (const TensorSlot& slot : tensorSlots(afterwards->config)) {
            const TensorBytes a = bytesOf(*whileRead, slot);
            const TensorBytes b = bytesOf(*afterwards, slot);
            EXPECT_EQ(copyOf(a.data), copyOf(b.data)) << slot.path;
            EXPECT_EQ(copyOf(a.scales), copyOf(b.scales)) << slot.path;
            EXPECT_EQ(a.layout.order, b.layout.order) << slot.path;
            TensorLayout stored = b.layout;
            stored.order = MatrixOrder::OutputsFirst;
            if (slot.isMatrix()) {
                EXPECT_EQ(b.layout.order, laidOutOrder(stored, afterwards->config.tiedOutput));
            }
        }
        const auto source = openModel(model);
        source->layInPanels();
        return source->load({}, {})->layers[0].query.order;
    }

    ScratchDir scratch_;
    std::shared_ptr<const ModelWeights> weights_;
};

TEST_F(LoadWeightsTest, LaysGgufOutWhileItIsRead) {
    for (const DType type : {DType::F32, DType::F16, DType::BF16, DType::Q8_0, DType::Q4_0})
        for (const bool apart : {false, true})
            EXPECT_EQ(expectSame(gguf({.matrices = type,
                                       .vocabulary = type,
                                       .fusedQkv = apart,
                                       .separateExperts = apart,
                                       .storedOutput = apart})),
                      MatrixOrder::Panels)
                << name(type);
}

TEST_F(LoadWeightsTest, LaysHuggingFaceOutWhileItIsRead) {
    for (const DType type : {DType::F32, DType::F16, DType::BF16})
        EXPECT_EQ(expectSame(hf({.matrices = type, .others = type})), MatrixOrder::Panels);
    EXPECT_EQ(expectSame(hf({.matrices = DType::F8E4M3, .rowScales = true})), MatrixOrder::Panels);
}

/// A panel whose outputs come from two files has to wait until both are read.
TEST_F(LoadWeightsTest, LaysPanelsThatAreCutOutAfterwards) {
    const auto ofRanks = [&](int ranks) {
        return expectSame(hf({.matrices = DType::BF16, .ranks = ranks, .cutAttention = true}));
    };
    EXPECT_EQ(ofRanks(2), MatrixOrder::Panels);  // 64 of the 128 queries each
    EXPECT_EQ(ofRanks(4), MatrixOrder::OutputsFirst);
}

}  // namespace
}  // namespace gatescope::test
