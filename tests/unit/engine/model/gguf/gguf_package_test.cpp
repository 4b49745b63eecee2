// Files that llama.cpp's own package has written (tests/data/gguf/make_fixtures.py).
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <random>
#include <set>

#include "engine/error.h"
#include "engine/model/gguf/gguf_model.h"
#include "kernels/quant/block_codec.h"
#include "kernels/quant/float_types.h"
#include "tests/support/gguf_cases.h"
#include "tests/support/gguf_model.h"
#include "tests/support/gguf_vocabulary.h"
#include "tests/support/test_paths.h"
#include "tests/support/tiny_model.h"
#include "tests/support/tokenizer_file.h"

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
                        test::convertedVocabulary(test::loadSentencePieceModel(
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

// --- the same verdicts

std::uint64_t mixed(std::uint64_t x) {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31);
}

/// Damage number `index` of make_verdicts.py.
std::string damaged(std::string bytes, std::uint64_t header, std::uint64_t index) {
    const std::uint64_t r = mixed((index + 1) * 0x9e3779b97f4a7c15U);
    const std::uint64_t at = (r >> 8) % header;
    switch (r % 5) {
        case 0:
            bytes[at] = static_cast<char>(r >> 40);
            return bytes;
        case 1:
            return bytes.replace(
                at, 8, GgufWriter::packed((std::uint64_t{1} << ((r >> 40) % 64)) - (r >> 48) % 2));
        case 2:
            return bytes.substr(0, at);
        case 3:
            return bytes.erase(at, 1 + (r >> 40) % 8);
        default:
            bytes[at % 200] =
                static_cast<char>(static_cast<unsigned char>(bytes[at % 200]) + 1 + (r >> 40) % 3);
            return bytes;
    }
}

/// The code we refuse it with, "" if we take it.
std::string codeOf(const std::string& bytes) {
    try {
        (void)test::readGguf(bytes);
        return {};
    } catch (const Error& error) {
        return error.code();
    }
}

TEST(GgufPackageTest, TakesNoFileThatThePackageRefuses) {
    std::ifstream verdicts(test::dataDir() / "gguf/verdicts.txt");
    std::string name;
    std::string letters;
    std::size_t compared = 0;
    std::map<std::string, std::size_t> stricter;  // code -> files that only the package takes
    while (verdicts >> name >> letters) {
        const std::string seed = test::readBytes(test::dataDir() / "gguf" / name);
        const std::uint64_t header = test::readGguf(seed).dataOffset;
        for (std::size_t i = 0; i < letters.size(); ++i, ++compared) {
            const std::string code = codeOf(damaged(seed, header, i));
            if (letters[i] != 'a')
                EXPECT_NE(code, "") << name << " damage " << i << ": the package says no";
            else if (!code.empty())
                ++stricter[code];
        }
    }
    EXPECT_EQ(compared, 7'500U);
    // Where we are stricter, we mean to be: names that are no plain text, sizes of 0, tensors that
    // overlap or are not aligned, types that only the package knows.
    for (const auto& [code, count] : stricter) std::printf("%s %zu\n", code.c_str(), count);
    const std::set<std::string> meant{"GGUF-505", "GGUF-507", "GGUF-508", "TENSOR-105"};
    for (const auto& [code, count] : stricter) EXPECT_TRUE(meant.contains(code)) << code;
}

TEST(GgufPackageTest, TakesEveryValidFile) {
    // Whatever the package could have written: any keys, shapes, types and alignment.
    std::mt19937 random(5);
    for (int file = 0; file < 300; ++file) {
        GgufWriter writer;
        writer.version = 2 + file % 2;
        if (file % 3 == 0) writer.alignTo(1U << (random() % 13));
        for (unsigned i = 0; i < random() % 12; ++i) {
            const std::string key = fmt::format("key.{}.{}", i, random() % 100);
            switch (random() % 6) {
                case 0:
                    writer.u32(key, static_cast<std::uint32_t>(random()));
                    break;
                case 1:
                    writer.text(key, std::string(random() % 6000, '\xe4'));
                    break;
                case 2:
                    writer.texts(key, std::vector<std::string>(random() % 50, "token"));
                    break;
                case 3:
                    writer.floats(key, std::vector<float>(random() % 50, NAN));
                    break;
                case 4:
                    writer.boolean(key, random() % 2 == 0);
                    break;
                default:
                    writer.raw(key, GgufValueType::I64, std::string(8, '\xff'));
            }
        }
        for (unsigned i = 0; i < random() % 8; ++i) {
            const auto type = static_cast<std::uint32_t>(random() % 40);
            if (!dtypeOfGgml(type)) continue;
            const DTypeTraits block = traits(*dtypeOfGgml(type));
            std::vector<std::uint64_t> sizes{block.blockSize * (1 + random() % 3)};
            std::uint64_t count = sizes[0];
            while (sizes.size() < 1 + random() % 4) {
                sizes.push_back(1 + random() % 3);
                count *= sizes.back();
            }
            writer.tensors.push_back({fmt::format("tensor.{}", i),
                                      sizes,
                                      type,
                                      std::string(storedBytes(*dtypeOfGgml(type), count), 'w')});
        }
        const std::string bytes = writer.finish();
        EXPECT_EQ(codeOf(bytes), "") << "file " << file;
        EXPECT_EQ(test::readGguf(bytes).unusedBytes, 0U);
    }
}

}  // namespace
}  // namespace gatescope
