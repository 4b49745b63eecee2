// Values read a piece at a time are those that a whole tensor holds, in every format; and no piece
// is larger than it is said to be.

#include <gtest/gtest.h>

#include <bit>
#include <memory>
#include <span>
#include <vector>

#include "engine/model/convert/convert.h"
#include "engine/model/convert/tensor_rows.h"
#include "engine/model/open_model.h"
#include "tests/support/hf_writer.h"
#include "tests/support/test_paths.h"
#include "tests/support/tiny_model.h"

namespace gatescope {
namespace {

/// Of values in any order: how many, and a sum of hashes that tells which.
struct Multiset {
    std::uint64_t count = 0;
    std::uint64_t hashes = 0;

    void add(std::span<const float> values) {
        count += values.size();
        for (const float value : values) {
            std::uint64_t x = std::bit_cast<std::uint32_t>(value) * 0x9E3779B97F4A7C15U;
            x = (x ^ (x >> 29)) * 0xBF58476D1CE4E5B9U;
            hashes += x ^ (x >> 32);
        }
    }
    friend bool operator==(const Multiset&, const Multiset&) = default;
};

/// As readTensor() and copyRows() have them.
Multiset wholeTensor(const ModelSource& source, std::size_t tensor) {
    const TensorLayout& layout = source.layouts()[tensor];
    std::vector<std::byte> data(layout.dataBytes());
    std::vector<std::uint16_t> scales(layout.scaleBytes() / sizeof(std::uint16_t));
    std::vector<float> rowScales(layout.scaleBytes() / sizeof(float));
    const bool rows = layout.dtype == DType::F8E4M3;
    const TensorMemory memory{.data = data.data(),
                              .scales = rows || scales.empty() ? nullptr : scales.data(),
                              .rowScales = rows ? rowScales.data() : nullptr};
    EXPECT_EQ(source.readTensor(tensor, memory, {}), LoadOutcome::Done);
    const RowShape shape = rowShapeOf(layout.slot);
    std::vector<float> values(shape.numElements());
    const auto matrix = static_cast<std::size_t>(shape.numRows * shape.numColumns);
    for (std::int64_t m = 0; m < shape.numMatrices; ++m)
        copyRows(layout,
                 memory,
                 {.matrix = m, .firstRow = 0, .numRows = shape.numRows},
                 values.data() + static_cast<std::size_t>(m) * matrix);
    Multiset all;
    all.add(values);
    return all;
}

Multiset visited(const ModelSource& source, std::size_t tensor) {
    Multiset all;
    const auto add = [&](std::span<const float> part) {
        EXPECT_LE(part.size(), std::size_t{4} << 20U);  // 16 MiB of floats
        all.add(part);
    };
    EXPECT_EQ(source.visitValues(tensor, add, {}), LoadOutcome::Done);
    return all;
}

void expectVisitsAll(const ModelSource& source) {
    for (std::size_t i = 0; i < source.layouts().size(); ++i)
        EXPECT_EQ(visited(source, i), wholeTensor(source, i)) << source.layouts()[i].slot.path;
}

TEST(VisitValuesTest, XaiCheckpointsOfEveryType) {
    for (const DType matrices : {DType::I8, DType::F32, DType::BF16}) {
        const test::ScratchDir dir;
        test::writeTinyCheckpoint(dir.path(),
                                  test::tinyConfig(),
                                  7,
                                  {.matrices = matrices, .others = DType::BF16, .rowGroups = 4});
        expectVisitsAll(*openModel(dir.path().string()));
    }
}

TEST(VisitValuesTest, SyntheticModels) {
    const auto source = openModel("synthetic:grok-1-tiny,layers=1,dtype=i8");
    bool scaled = false;  // one matrix of several scale groups is enough: they are large
    for (std::size_t i = 0; i < source->layouts().size() && !scaled; ++i) {
        scaled = source->layouts()[i].numGroups > 1;
        if (scaled) {
            EXPECT_EQ(visited(*source, i), wholeTensor(*source, i));
        }
    }
    EXPECT_TRUE(scaled);
}

TEST(VisitValuesTest, GgufFiles) {
    for (const DType type : {DType::Q8_0, DType::Q4_0, DType::BF16}) {
        const test::ScratchDir dir;
        const auto file = dir.path() / "model.gguf";
        test::writeTinyCheckpoint(dir.path() / "xai", test::tinyConfig(), 7);
        convertToGguf(*openModel((dir.path() / "xai").string()),
                      file,
                      {.type = type, .numThreads = 1},
                      [](const LoadProgress&) {},
                      {});
        expectVisitsAll(*openModel(file.string()));
    }
}

TEST(VisitValuesTest, HuggingFaceDirectoriesWithRowScales) {
    const test::ScratchDir dir;
    test::writeTinyCheckpoint(dir.path() / "xai", test::tinyConfig(), 7, {.matrices = DType::F32});
    const auto source = openModel((dir.path() / "xai").string());
    for (const DType matrices : {DType::F8E4M3, DType::F16}) {
        const auto copy = dir.path() / name(matrices);
        test::writeHfDirectory(copy,
                               *source->load([](const LoadProgress&) {}, {}),
                               {.matrices = matrices, .rowScales = true});
        expectVisitsAll(*openModel(copy.string()));
    }
}

TEST(VisitValuesTest, StopsBetweenPieces) {
    std::vector<std::unique_ptr<ModelSource>> sources;
    sources.push_back(openModel("synthetic:grok-1-tiny,layers=1,dtype=i8"));
    sources.push_back(openModel((test::dataDir() / "tiny-a").string()));
    for (const auto& source : sources) {
        std::stop_source stop;
        stop.request_stop();
        int pieces = 0;
        const auto outcome = source->visitValues(
            0, [&](auto) { ++pieces; }, stop.get_token());
        EXPECT_EQ(outcome, LoadOutcome::Stopped);
        EXPECT_EQ(pieces, 0);
    }
}

}  // namespace
}  // namespace gatescope
