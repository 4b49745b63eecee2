// Files that llama.cpp's own package has written (tests/data/gguf/make_fixtures.py).
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "engine/model/gguf/gguf_model.h"
#include "kernels/quant/block_codec.h"
#include "kernels/quant/float_types.h"
#include "tests/support/gguf_cases.h"
#include "tests/support/gguf_model.h"
#include "tests/support/gguf_vocabulary.h"
#include "tests/support/test_paths.h"
#include "tests/support/tiny_model.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;
using test::GgufWriter;

fs::path fixture(const std::string& name) {
    return test::dataDir() / "gguf" / fmt::format("package-{}.gguf", name);
}

/// Element i of tensor number `index` by the rule of make_fixtures.py.
float numberAt(std::uint64_t index, std::uint64_t i) {
    const auto step = static_cast<std::int64_t>((i * 7919 + index * 104729) % 2003) - 1001;
    return static_cast<float>(step) / 8192.0F;
}

GgufWriter packageWriter() {
    GgufWriter writer;
    writer.text("general.architecture", "grok")
        .u32("grok.context_length", 128)
        .u32("grok.embedding_length", 32)
        .u32("grok.block_count", 1)
        .u32("grok.feed_forward_length", 32)
        .u32("grok.attention.head_count", 4)
        .u32("grok.attention.head_count_kv", 2)
        .u32("grok.rope.dimension_count", 8)
        .u32("grok.expert_count", 3)
        .u32("grok.expert_used_count", 2)
        .f32("grok.attention.layer_norm_rms_epsilon", 1e-5F)
        .f32("grok.rope.freq_base", 10000);
    test::addVocabulary(writer,
                        test::convertedVocabulary(readSentencePieceFile(
                            test::dataDir() / "tiny-a/tokenizer.model", 512)));
    const std::pair<const char*, std::vector<std::uint64_t>> tensors[] = {
        {"token_embd", {32, 512}},
        {"output_norm", {32}},
        {"blk.0.ffn_gate_exps", {32, 32, 3}},
        {"blk.0.ffn_down_exps", {32, 32, 3}},
        {"blk.0.ffn_up_exps", {32, 32, 3}},
        {"blk.0.attn_q", {32, 32}},
        {"blk.0.attn_k", {32, 16}},
        {"blk.0.attn_v", {32, 16}},
        {"blk.0.attn_output", {32, 32}},
        {"blk.0.attn_norm", {32}},
        {"blk.0.attn_output_norm", {32}},
        {"blk.0.ffn_norm", {32}},
        {"blk.0.layer_output_norm", {32}},
        {"blk.0.ffn_gate_inp", {32, 3}},
    };
    for (const auto& [name, sizes] : tensors) {
        std::uint64_t count = 1;
        for (const auto size : sizes) count *= size;
        std::string bytes;
        for (std::uint64_t i = 0; i < count; ++i)
            bytes += GgufWriter::packed(numberAt(writer.tensors.size(), i));
        writer.tensor(fmt::format("{}.weight", name), sizes, DType::F32, bytes);
    }
    return writer;
}

TEST(GgufPackageTest, OurWriterWritesTheBytesThatThePackageWrote) {
    // What the other tests build their files with must agree with the reference.
    EXPECT_TRUE(packageWriter().finish() == test::readBytes(fixture("f32")));
    GgufWriter bf16 = packageWriter();
    for (GgufWriter::Tensor& tensor : bf16.tensors) {
        if (tensor.sizes.size() == 1 || tensor.name.ends_with("ffn_gate_inp.weight")) continue;
        tensor.type = *ggmlOfDType(DType::BF16);
        std::string bytes;
        for (std::size_t i = 0; i < tensor.bytes.size(); i += 4) {
            float value = 0;
            std::memcpy(&value, tensor.bytes.data() + i, 4);
            bytes += GgufWriter::packed(kernels::floatToBf16(value));
        }
        tensor.bytes = bytes;
    }
    EXPECT_TRUE(bf16.finish() == test::readBytes(fixture("bf16")));
}

TEST(GgufPackageTest, EveryTypeThatThePackageWritesHoldsItsNumbers) {
    const std::pair<const char*, float> types[] = {{"f32", 0},
                                                   {"f16", 1e-4F},
                                                   {"bf16", 5e-4F},
                                                   {"q8_0", 6e-4F},
                                                   {"q4_0", 0.016F},
                                                   {"q4_1", 0.0085F},
                                                   {"q5_0", 0.008F},
                                                   {"q5_1", 0.0042F}};
    for (const auto& [name, error] : types) {
        SCOPED_TRACE(name);
        const GgufModel model(fixture(name));
        const auto weights = model.load({}, {});
        EXPECT_EQ(gatescope::name(weights->embedding.dtype), name);
        EXPECT_EQ(gatescope::name(weights->layers[0].expertDown.dtype), name);
        const auto largest = [&](const MatrixView& view, std::uint64_t index) {
            std::vector<float> values(static_cast<std::size_t>(view.numMatrices) *
                                      static_cast<std::size_t>(view.numIn * view.numOut));
            kernels::decodeElements(view.dtype, view.data, values.size(), values.data());
            float worst = 0;
            for (std::size_t i = 0; i < values.size(); ++i)
                worst = std::max(worst, std::abs(values[i] - numberAt(index, i)));
            return worst;
        };
        EXPECT_LE(largest(weights->embedding, 0), error);
        EXPECT_LE(largest(weights->layers[0].expertDown, 3), error);
        EXPECT_LE(largest(weights->layers[0].key, 6), error);
        EXPECT_EQ(weights->finalNorm[7], numberAt(1, 7));
        // Stored [experts, d], kept [d, experts].
        EXPECT_EQ(weights->layers[0].router[5 * 3 + 2], numberAt(13, 2 * 32 + 5));
    }
}

TEST(GgufPackageTest, ItsSplitFilesAreOneModel) {
    const GgufModel whole(fixture("q8_0"));
    const GgufModel split(fixture("split-00001-of-00003"));
    EXPECT_EQ(split.config(), whole.config());
    const auto a = split.load({}, {});
    const auto b = whole.load({}, {});
    ASSERT_EQ(a->blocks.size(), b->blocks.size());
    for (std::size_t i = 0; i < a->blocks.size(); ++i)
        EXPECT_EQ(std::memcmp(a->blocks[i].data(), b->blocks[i].data(), a->blocks[i].size()), 0);
    EXPECT_EQ(split.tokenizer()->encode("Hello world"), whole.tokenizer()->encode("Hello world"));
}

}  // namespace
}  // namespace gatescope
