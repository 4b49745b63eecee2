#include "engine/parallel/shards.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/error.h"
#include "engine/model/tensor_slots.h"

// The parts of a tensor against the plain loop over its elements: each element, scale included, is
// in exactly the part where it belongs.

namespace gatescope::test {
namespace {

ModelConfig smallConfig() {
    ModelConfig config;
    config.vocabSize = 130;
    config.dModel = 64;
    config.headSize = 8;
    config.numQHeads = 8;
    config.numKvHeads = 2;
    config.numLayers = 1;
    config.ffnSize = 128;
    config.numExperts = 3;
    return config;
}

struct Stored {
    DType dtype;
    MatrixOrder order;
    int numGroups;
};

/// Bytes that tell where they are from, of a tensor of `layout`.
struct Numbered {
    explicit Numbered(TensorLayout of) : layout(std::move(of)) {
        data.resize(layout.dataBytes());
        scales.resize(layout.scaleBytes());
        for (std::size_t i = 0; i < data.size(); ++i)
            data[i] = static_cast<std::byte>((i * 131 + i / 251) & 0xff);
        for (std::size_t i = 0; i < scales.size(); ++i)
            scales[i] = static_cast<std::byte>((i * 67 + i / 241) & 0xff);
    }
    TensorBytes bytes() const { return {layout, data, scales}; }

    /// What stands for weight [matrix, in, out]: its byte or block, and the scales that it takes.
    std::string at(int matrix, int in, int out) const {
        const int numIn = layout.slot.numIn();
        const int numOut = layout.slot.numOut();
        const bool rows = layout.order == MatrixOrder::OutputsFirst;
        const std::size_t element =
            rows ? (static_cast<std::size_t>(matrix) * static_cast<std::size_t>(numOut) +
                    static_cast<std::size_t>(out)) *
                           static_cast<std::size_t>(numIn) +
                       static_cast<std::size_t>(in)
                 : (static_cast<std::size_t>(matrix) * static_cast<std::size_t>(numIn) +
                    static_cast<std::size_t>(in)) *
                           static_cast<std::size_t>(numOut) +
                       static_cast<std::size_t>(out);
        const auto block = static_cast<std::size_t>(traits(layout.dtype).blockSize);
        const auto blockBytes = static_cast<std::size_t>(traits(layout.dtype).bytesPerBlock);
        std::string text(reinterpret_cast<const char*>(data.data()) + element / block * blockBytes,
                         blockBytes);
        text += static_cast<char>(element % block);
        if (layout.numGroups > 0) {
            const std::size_t scale =
                (static_cast<std::size_t>(matrix) * static_cast<std::size_t>(layout.numGroups) +
                 static_cast<std::size_t>(in * layout.numGroups / numIn)) *
                    static_cast<std::size_t>(numOut) +
                static_cast<std::size_t>(out);
            text.append(reinterpret_cast<const char*>(scales.data()) + 2 * scale, 2);
        }
        if (layout.dtype == DType::F8E4M3)
            text.append(
                reinterpret_cast<const char*>(scales.data()) +
                    4 * (static_cast<std::size_t>(matrix) * static_cast<std::size_t>(numOut) +
                         static_cast<std::size_t>(out)),
                4);
        return text;
    }

    TensorLayout layout;
    std::vector<std::byte> data;
    std::vector<std::byte> scales;
};

class CutTensor : public testing::TestWithParam<std::tuple<Stored, int>> {};

TEST_P(CutTensor, PartsHoldEveryWeightOnceWithItsScale) {
    const auto& [stored, ranks] = GetParam();
    const ModelConfig config = smallConfig();
    for (const TensorSlot& slot : tensorSlots(config)) {
        if (!slot.isMatrix()) continue;
        const bool byInputs =
            slot.role == TensorRole::AttentionOutput || slot.role == TensorRole::ExpertDown;
        const int groups = stored.numGroups > 1 && !byInputs ? 1 : stored.numGroups;
        const Numbered whole(TensorLayout{
            .slot = slot, .dtype = stored.dtype, .numGroups = groups, .order = stored.order});
        std::vector<int> seen(static_cast<std::size_t>(byInputs ? slot.numIn() : slot.numOut()));
        for (int rank = 0; rank < ranks; ++rank) {
            const TensorCut cut = cutOf(slot, config, {rank, ranks});
            ASSERT_EQ(cut.axis, byInputs ? TensorCut::Axis::Inputs : TensorCut::Axis::Outputs);
            Numbered part(layoutOf(whole.layout, cut));
            copyCut(whole.bytes(),
                    cut,
                    {.data = part.data.data(),
                     .scales = groups > 0 ? reinterpret_cast<std::uint16_t*>(part.scales.data())
                                          : nullptr,
                     .rowScales = stored.dtype == DType::F8E4M3
                                      ? reinterpret_cast<float*>(part.scales.data())
                                      : nullptr});
            for (int at = cut.begin; at < cut.end; ++at) ++seen[static_cast<std::size_t>(at)];
            for (int m = 0; m < slot.numMatrices(); ++m)
                for (int in = 0; in < part.layout.slot.numIn(); ++in)
                    for (int out = 0; out < part.layout.slot.numOut(); ++out)
                        ASSERT_EQ(part.at(m, in, out),
                                  whole.at(m,
                                           in + (byInputs ? cut.begin : 0),
                                           out + (byInputs ? 0 : cut.begin)))
                            << slot.path << " rank " << rank << " [" << m << ", " << in << ", "
                            << out << "]";
        }
        // Ranks beyond the KV heads share them.
        const bool isKv = slot.role == TensorRole::Key || slot.role == TensorRole::Value;
        const int times = isKv ? std::max(1, ranks / config.numKvHeads) : 1;
        EXPECT_THAT(seen, testing::Each(times)) << slot.path;
    }
}

std::string nameOfCut(const testing::TestParamInfo<std::tuple<Stored, int>>& test) {
    const auto& [stored, ranks] = test.param;
    return std::string(name(stored.dtype)) + "_" + std::to_string(stored.numGroups) +
           (stored.order == MatrixOrder::InputsFirst ? "_in_" : "_out_") + std::to_string(ranks);
}

INSTANTIATE_TEST_SUITE_P(
    Types,
    CutTensor,
    testing::Combine(testing::Values(Stored{DType::F32, MatrixOrder::InputsFirst, 0},
                                     Stored{DType::BF16, MatrixOrder::InputsFirst, 0},
                                     Stored{DType::I8, MatrixOrder::InputsFirst, 1},
                                     Stored{DType::I8, MatrixOrder::InputsFirst, 8},
                                     Stored{DType::F32, MatrixOrder::OutputsFirst, 0},
                                     Stored{DType::F8E4M3, MatrixOrder::OutputsFirst, 0}),
                     testing::Values(1, 2, 4, 8)),
    nameOfCut);
INSTANTIATE_TEST_SUITE_P(Blocks,
                         CutTensor,
                         testing::Combine(testing::Values(Stored{
                                              DType::Q8_0, MatrixOrder::OutputsFirst, 0}),
                                          testing::Values(1, 2)),
                         nameOfCut);

TEST(Ranks, WordsAreSharedOutOnceInWholePanels) {
    ModelConfig config = smallConfig();
    for (const int vocabSize : {1, 63, 64, 65, 130, 512, 131072}) {
        config.vocabSize = vocabSize;
        for (const int ranks : {1, 2, 3, 4, 8}) {
            int next = 0;
            for (int rank = 0; rank < ranks; ++rank) {
                const WordRange words = wordsOf(config, {rank, ranks});
                EXPECT_EQ(words.begin, next);
                EXPECT_EQ(words.begin % 64 == 0 || words.begin == vocabSize, true);
                EXPECT_LE(words.end - words.begin, wordsOf(config, {0, ranks}).end);
                next = words.end;
            }
            EXPECT_EQ(next, vocabSize);
        }
    }
}

TEST(Ranks, SizesAreOfOneRank) {
    const ModelConfig two = rankConfig(smallConfig(), 2);
    EXPECT_EQ(two.numQHeads, 4);
    EXPECT_EQ(two.numKvHeads, 1);
    EXPECT_EQ(two.ffnSize, 64);
    const ModelConfig eight = rankConfig(smallConfig(), 8);
    EXPECT_EQ(eight.numQHeads, 1);
    EXPECT_EQ(eight.numKvHeads, 1);
    EXPECT_EQ(eight.dModel, smallConfig().dModel);
}

std::string refusalOf(const ModelConfig& config,
                      int ranks,
                      const std::vector<TensorLayout>& layouts = {}) {
    try {
        requireRanks(config, layouts, ranks);
        return {};
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::BadUsage);
        return error.what();
    }
}

TEST(Ranks, WhatDoesNotDivideIsNamed) {
    using testing::HasSubstr;
    EXPECT_EQ(refusalOf(smallConfig(), 8), "");
    EXPECT_THAT(refusalOf(smallConfig(), 3),
                testing::AllOf(HasSubstr("--ranks 3"), HasSubstr("8 query heads")));
    EXPECT_THAT(refusalOf(smallConfig(), 0), HasSubstr("expected 1 or more"));
    ModelConfig config = smallConfig();
    config.numQHeads = 12;
    config.numKvHeads = 6;
    EXPECT_THAT(refusalOf(config, 4), HasSubstr("6 KV heads"));
    config = smallConfig();
    config.ffnSize = 100;
    EXPECT_THAT(refusalOf(config, 8), HasSubstr("100 columns"));

    config = smallConfig();
    std::vector<TensorLayout> layouts;
    for (const TensorSlot& slot : tensorSlots(config))
        layouts.push_back({.slot = slot,
                           .dtype = slot.isMatrix() ? DType::Q8_0 : DType::F32,
                           .order = MatrixOrder::OutputsFirst});
    EXPECT_EQ(refusalOf(config, 2, layouts), "");
    EXPECT_THAT(refusalOf(config, 4, layouts),
                testing::AllOf(HasSubstr("16 a rank"), HasSubstr("q8_0 blocks hold 32 each")));
    for (TensorLayout& layout : layouts)
        if (layout.slot.isMatrix()) {
            layout.dtype = DType::I8;
            layout.order = MatrixOrder::InputsFirst;
            layout.numGroups = 4;
        }
    EXPECT_EQ(refusalOf(config, 4, layouts), "");
    EXPECT_THAT(refusalOf(config, 8, layouts), HasSubstr("scales stand for 32 each"));
}

}  // namespace
}  // namespace gatescope::test
