#include "engine/model/xai/xai_checkpoint.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <optional>

#include "engine/error.h"
#include "engine/model/tensor_slots.h"
#include "engine/model/xai/xai_tensor_file.h"
#include "kernels/quant/block_codec.h"
#include "kernels/quant/float_types.h"
#include "tests/support/matrix_floats.h"
#include "tests/support/test_paths.h"
#include "tests/support/tiny_model.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

fs::path tinyA() {
    return test::dataDir() / "tiny-a";
}

/// The payloads of a pickle, found without knowing pickles: the bytes behind the opcode for bytes
/// (B with 4 bytes of length, C with one) whose length is the one that must be there.
std::string payloadOf(const std::string& file, std::uint64_t length, bool last) {
    std::string header = length < 256 ? "C" : "B";
    for (int i = 0; i < (length < 256 ? 1 : 4); ++i) header += static_cast<char>(length >> (8 * i));
    const std::size_t at = last ? file.rfind(header) : file.find(header);
    EXPECT_NE(at, std::string::npos) << length;
    return file.substr(at + header.size(), length);
}

std::string bytesOf(const void* data, std::uint64_t bytes) {
    return {static_cast<const char*>(data), bytes};
}

std::string bytesOf(std::span<const float> values) {
    return bytesOf(values.data(), values.size_bytes());
}

/// Compares one matrix with the file it came from.
void expectMatrix(
    const MatrixView& view, const fs::path& dir, int file, int in, int out, int groups) {
    const std::string bytes = test::readBytes(test::tensorFile(dir, file));
    const auto count = static_cast<std::uint64_t>(view.numMatrices * in * out);
    const auto scales = static_cast<std::uint64_t>(view.numMatrices * groups * out) * 2;
    EXPECT_EQ(view.dtype, DType::I8);
    EXPECT_EQ(view.numIn, in);
    EXPECT_EQ(view.numOut, out);
    EXPECT_EQ(view.numGroups, groups);
    EXPECT_EQ(bytesOf(view.data, count), payloadOf(bytes, count, false)) << "file " << file;
    EXPECT_EQ(bytesOf(view.scales, scales), payloadOf(bytes, scales, true)) << "file " << file;
}

void expectFloats(std::span<const float> values, const fs::path& dir, int file, std::size_t count) {
    const std::string bytes = test::readBytes(test::tensorFile(dir, file));
    ASSERT_EQ(values.size(), count);
    EXPECT_EQ(bytesOf(values), payloadOf(bytes, count * 4, false)) << "file " << file;
}

void expectLayer(const LayerWeights& layer,
                 const ModelConfig& config,
                 const fs::path& dir,
                 int base) {
    const int d = config.dModel;
    EXPECT_EQ(layer.expertGate.numMatrices, config.numExperts);
    expectMatrix(layer.expertGate, dir, base + 0, d, config.ffnSize, 1);
    expectMatrix(layer.expertDown, dir, base + 1, config.ffnSize, d, 8);
    expectMatrix(layer.expertUp, dir, base + 2, d, config.ffnSize, 1);
    expectMatrix(layer.key, dir, base + 3, d, config.kvWidth(), 1);
    expectMatrix(layer.attentionOutput, dir, base + 4, config.qWidth(), d, 8);
    expectMatrix(layer.query, dir, base + 5, d, config.qWidth(), 1);
    expectMatrix(layer.value, dir, base + 6, d, config.kvWidth(), 1);
    const auto width = static_cast<std::size_t>(d);
    expectFloats(layer.attentionNorm, dir, base + 7, width);
    expectFloats(layer.attentionOutputNorm, dir, base + 8, width);
    expectFloats(layer.moeNorm, dir, base + 9, width);
    expectFloats(layer.moeOutputNorm, dir, base + 10, width);
    expectFloats(layer.router, dir, base + 11, width * static_cast<std::size_t>(config.numExperts));
}

void expectModel(const ModelWeights& weights,
                 const fs::path& dir,
                 const std::map<int, int>& bases) {
    const ModelConfig& config = weights.config;
    const auto width = static_cast<std::size_t>(config.dModel);
    expectFloats(test::floatsOf(weights.embedding),
                 dir,
                 0,
                 width * static_cast<std::size_t>(config.vocabSize));
    expectFloats(weights.finalNorm, dir, 1, width);
    ASSERT_EQ(weights.layers.size(), bases.size());
    for (const auto& [layer, base] : bases)
        expectLayer(weights.layers[static_cast<std::size_t>(layer)], config, dir, base);
}

TEST(XaiCheckpointTest, ReadsTheSizesOfTinyAFromItsConfig) {
    const XaiCheckpoint checkpoint(tinyA());
    const ModelConfig& config = checkpoint.config();
    EXPECT_EQ(config.vocabSize, 512);
    EXPECT_EQ(config.dModel, 128);
    EXPECT_EQ(config.headSize, 16);
    EXPECT_EQ(config.numQHeads, 8);
    EXPECT_EQ(config.numKvHeads, 8);
    EXPECT_EQ(config.numLayers, 4);
    EXPECT_EQ(config.ffnSize, 688);
    EXPECT_EQ(config.contextLength, 256);
    EXPECT_EQ(checkpoint.name(), "tiny-a");
    EXPECT_EQ(checkpoint.tokenizerOrigin(), "tokenizer.model");
    EXPECT_EQ(checkpoint.tokenizer()->vocabSize(), 512);
    EXPECT_EQ(checkpoint.tensors().size(), 2U + 4 * 12);
}

TEST(XaiCheckpointTest, ListsTensorsByTheirParameterPaths) {
    const XaiCheckpoint checkpoint(tinyA());
    const TensorInfo& info = checkpoint.tensors().at(3);
    EXPECT_EQ(info.name, "transformer/decoder_layer_0/moe/linear_1/w");
    EXPECT_EQ(info.file, "ckpt-0/tensor00003_000");
    EXPECT_EQ(info.dtype, DType::I8);
    EXPECT_EQ(info.shape, (std::vector<std::int64_t>{8, 688, 128}));
    EXPECT_EQ(info.bytes, 8U * 688 * 128 + 8 * 8 * 128 * 2);
}

TEST(XaiCheckpointTest, LoadsEveryTensorOfTinyAByteForByte) {
    const auto weights = XaiCheckpoint(tinyA()).load({}, {});
    ASSERT_NE(weights, nullptr);
    expectModel(*weights, tinyA(), {{0, 2}, {1, 14}, {2, 26}, {3, 38}});
}

TEST(XaiCheckpointTest, LoadsTheGroupedQueriesOfTinyGqa) {
    GS_REQUIRE_SHARED(shared);
    const fs::path dir = shared / "goldens/tiny-gqa";
    const auto weights = XaiCheckpoint(dir).load({}, {});
    ASSERT_NE(weights, nullptr);
    expectModel(*weights, dir, {{0, 2}, {1, 14}, {2, 26}, {3, 38}, {4, 50}, {5, 62}});
}

TEST(XaiCheckpointTest, SortsTwelveLayersAsText) {
    const test::ScratchDir dir;
    ModelConfig config = test::tinyConfig();
    config.numLayers = 12;
    test::writeTinyCheckpoint(dir.path(), config, 7);
    const XaiCheckpoint checkpoint(dir.path());
    // 0, 1, 10, 11, 2, 3 ...: the order in which JAX flattens the parameter paths.
    EXPECT_EQ(checkpoint.tensors().at(26).name, "transformer/decoder_layer_10/moe/linear/w");
    EXPECT_EQ(checkpoint.tensors().at(50).name, "transformer/decoder_layer_2/moe/linear/w");
    std::map<int, int> bases{{0, 2}, {1, 14}, {10, 26}, {11, 38}};
    for (int layer = 2; layer < 10; ++layer) bases[layer] = 50 + 12 * (layer - 2);
    const auto weights = checkpoint.load({}, {});
    ASSERT_NE(weights, nullptr);
    EXPECT_EQ(weights->config, config);
    expectModel(*weights, dir.path(), bases);
}

TEST(XaiCheckpointTest, KnowsTheFileOfEveryLayerOfGrok1) {
    const std::vector<TensorSlot> slots = tensorSlots(ModelConfig{});
    ASSERT_EQ(slots.size(), 770U);
    // From the table of a survey of the released files.
    const std::map<int, int> bases{
        {0, 2}, {1, 14}, {10, 26}, {19, 134}, {2, 146}, {29, 266}, {63, 722}, {9, 758}};
    for (const auto& [layer, base] : bases)
        EXPECT_EQ(slots.at(static_cast<std::size_t>(base)).path,
                  fmt::format("transformer/decoder_layer_{}/moe/linear/w", layer));
    EXPECT_EQ(slots.back().path, "transformer/decoder_layer_9/router/w");
    EXPECT_EQ(slots[3].shape, (std::vector<std::int64_t>{8, 32768, 6144}));
}

TEST(XaiCheckpointTest, OpensTheTensorFolderItself) {
    const XaiCheckpoint checkpoint(tinyA() / "ckpt-0");
    EXPECT_EQ(checkpoint.config().dModel, 128);
    EXPECT_EQ(checkpoint.name(), "tiny-a");
    EXPECT_NE(checkpoint.tokenizer(), nullptr);
}

TEST(XaiCheckpointTest, OpensARenamedTensorFolderWithItsConfig) {
    const test::ScratchDir dir;
    fs::copy(tinyA() / "ckpt-0", dir.path() / "weights");
    fs::copy(tinyA() / "config.json", dir.path() / "weights");
    const XaiCheckpoint checkpoint(dir.path() / "weights");
    EXPECT_EQ(checkpoint.config().dModel, 128);
    EXPECT_EQ(checkpoint.name(), "weights");
    EXPECT_EQ(checkpoint.tokenizer(), nullptr);
    EXPECT_THAT(checkpoint.remarks(), testing::ElementsAre(HasSubstr("No tokenizer.model")));
    EXPECT_EQ(checkpoint.tokenizerOrigin(), "");
}

TEST(XaiCheckpointTest, KeepsTheEmbeddingInTheTypeThatIsChosen) {
    const auto elements = [](const MatrixView& view) {
        std::vector<float> out(static_cast<std::size_t>(view.numIn) *
                               static_cast<std::size_t>(view.numOut));
        kernels::decodeElements(view.dtype, view.data, out.size(), out.data());
        return out;
    };
    XaiCheckpoint checkpoint(tinyA());
    const auto asStored = checkpoint.load([](const LoadProgress&) {}, {});
    const std::vector<float> exact = elements(asStored->embedding);
    for (const DType type : {DType::BF16, DType::Q8_0}) {
        checkpoint.keepEmbeddingAs(type);
        const auto weights = checkpoint.load([](const LoadProgress&) {}, {});
        EXPECT_EQ(weights->embedding.dtype, type);
        EXPECT_EQ(weights->output.data, weights->embedding.data);  // tied
        std::vector<std::byte> wanted(storedBytes(type, exact.size()));
        kernels::encodeElements(type, exact.data(), exact.size(), wanted.data());
        EXPECT_EQ(std::memcmp(weights->embedding.data, wanted.data(), wanted.size()), 0);
        EXPECT_EQ(weights->layers[0].query.dtype, DType::I8);
    }
}

XaiTensorFile tensorAt(std::uint64_t offset, DType dtype, std::uint64_t elements) {
    XaiTensorFile tensor;
    tensor.content.data = {.dtype = dtype,
                           .shape = {static_cast<std::int64_t>(elements)},
                           .offset = offset,
                           .bytes = elements * itemSize(dtype)};
    return tensor;
}

TEST(XaiCheckpointTest, CutsTensorsAtLargeOffsetsOfTheFile) {
    constexpr std::uint64_t kMegabytes16 = std::uint64_t{16} << 20;
    for (const DType kept : {DType::F32, DType::BF16, DType::Q8_0}) {
        for (const std::uint64_t elements :
             {std::uint64_t{32}, kMegabytes16 / 4, kMegabytes16, 5 * kMegabytes16 + 96}) {
            const XaiTensorFile tensor = tensorAt(151, DType::F32, elements);
            const auto chunks = chunksOf(tensor, kept);
            std::uint64_t done = 0;
            for (const XaiChunk& chunk : chunks) {
                EXPECT_FALSE(chunk.scales);
                EXPECT_EQ(chunk.begin, done);
                EXPECT_EQ(chunk.bytes % (4 * traits(kept).blockSize), 0U);
                done += chunk.bytes;
                // All but the last end within a block before a multiple of 16 MiB.
                const std::uint64_t beyond = (151 + done) % kMegabytes16;
                if (done == elements * 4) continue;
                EXPECT_LE(kMegabytes16 - beyond, 4 * traits(kept).blockSize);
            }
            EXPECT_EQ(done, elements * 4);
            EXPECT_LE(chunks.size(), elements * 4 / kMegabytes16 + 2);
        }
    }
    XaiTensorFile quantized = tensorAt(201, DType::I8, 64);
    quantized.content.scales = tensorAt(300, DType::BF16, 8).content.data;
    const auto chunks = chunksOf(quantized, DType::I8);
    ASSERT_EQ(chunks.size(), 2U);
    EXPECT_TRUE(chunks[1].scales);
    EXPECT_EQ(chunks[1].bytes, 16U);
}

TEST(XaiCheckpointTest, KeepsPlainF32AndBf16MatricesAsTheyAre) {
    for (const DType dtype : {DType::F32, DType::BF16}) {
        const test::ScratchDir dir;
        test::writeTinyCheckpoint(dir.path(), test::tinyConfig(), 3, {.matrices = dtype});
        const auto weights = XaiCheckpoint(dir.path()).load({}, {});
        const MatrixView& query = weights->layers.at(1).query;
        EXPECT_EQ(query.dtype, dtype);
        EXPECT_EQ(query.scales, nullptr);
        EXPECT_EQ(query.numGroups, 1);
        const std::uint64_t bytes = 32 * 32 * itemSize(dtype);
        const std::string file = test::readBytes(test::tensorFile(dir.path(), 14 + 5));
        EXPECT_EQ(bytesOf(query.data, bytes), payloadOf(file, bytes, false));
    }
}

TEST(XaiCheckpointTest, WidensBf16NormsExactly) {
    const test::ScratchDir dir;
    test::writeTinyCheckpoint(dir.path(), test::tinyConfig(), 3, {.others = DType::BF16});
    const auto weights = XaiCheckpoint(dir.path()).load({}, {});
    const std::string stored =
        payloadOf(test::readBytes(test::tensorFile(dir.path(), 0)), 64 * 32 * 2, false);
    const auto embedding = test::floatsOf(weights->embedding);
    ASSERT_EQ(embedding.size(), 64U * 32);
    for (std::size_t i = 0; i < embedding.size(); ++i) {
        std::uint16_t bits = 0;
        std::memcpy(&bits, stored.data() + 2 * i, 2);
        ASSERT_EQ(embedding[i], kernels::bf16ToFloat(bits)) << i;
    }
}

TEST(XaiCheckpointTest, TakesAnyNumberOfGroupsThatDividesTheInputs) {
    const test::ScratchDir dir;
    test::writeTinyCheckpoint(dir.path(), test::tinyConfig(), 3, {.rowGroups = 4});
    const auto weights = XaiCheckpoint(dir.path()).load({}, {});
    EXPECT_EQ(weights->layers.at(0).expertDown.numGroups, 4);
    EXPECT_EQ(weights->layers.at(0).expertUp.numGroups, 1);
}

TEST(PickleWriterTest, WritesTheBytesThatNumpyWrote) {
    // tiny-a was written by Python's own pickler: the writer the other tests trust must agree.
    const XaiCheckpoint checkpoint(tinyA());
    for (int i = 0; i < 14; ++i) {
        const std::string file = test::readBytes(test::tensorFile(tinyA(), i));
        const TensorInfo& info = checkpoint.tensors().at(static_cast<std::size_t>(i));
        std::uint64_t count = 1;
        for (const auto size : info.shape) count *= static_cast<std::uint64_t>(size);
        const std::uint64_t bytes = count * itemSize(info.dtype);
        const test::ArrayToPickle data{info.dtype, info.shape, payloadOf(file, bytes, false)};
        if (info.dtype != DType::I8) {
            EXPECT_EQ(test::pickleOf(data) == file, true) << info.name;
            continue;
        }
        std::vector<std::int64_t> shape = info.shape;
        shape[shape.size() - 2] = info.name.ends_with("linear_1/w") ||
                                          info.name.ends_with("multi_head_attention/linear/w")
                                      ? 8
                                      : 1;
        const test::ArrayToPickle scales{
            DType::BF16, shape, payloadOf(file, info.bytes - bytes, true)};
        EXPECT_EQ(test::pickleOf(data, scales) == file, true) << info.name;
    }
}

}  // namespace
}  // namespace gatescope
