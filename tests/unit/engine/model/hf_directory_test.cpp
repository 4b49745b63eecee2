#include "engine/model/safetensors/hf_directory.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <cerrno>
#include <map>

#include "engine/error.h"
#include "engine/model/xai/xai_checkpoint.h"
#include "kernels/quant/float_types.h"
#include "tests/support/hf_writer.h"
#include "tests/support/matrix_floats.h"
#include "tests/support/test_paths.h"
#include "tests/support/tiny_model.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class HfDirectoryTest : public testing::Test {
  protected:
    HfDirectoryTest() {
        test::TinyOptions options;
        options.matrices = DType::F32;
        test::writeTinyCheckpoint(scratch_.path() / "xai", test::tinyConfig(), 5, options);
        weights_ = XaiCheckpoint(scratch_.path() / "xai").load({}, {});
    }

    fs::path model() const { return scratch_.path() / "model"; }
    void write(const test::HfForm& form) const {
        fs::remove_all(model());
        test::writeHfDirectory(model(), *weights_, form);
    }

    test::ScratchDir scratch_;
    std::shared_ptr<const ModelWeights> weights_;
};

// The names as the publishers spell them; the rest of the tests takes them from the table.
TEST_F(HfDirectoryTest, FindsTheTensorsByThePublishersNames) {
    const std::map<HfNaming, std::vector<const char*>> names{
        {HfNaming::Hpcai,
         {"model.embed_tokens.weight",
          "model.norm.scale",
          "model.layers.1.attn.q_proj.weight",
          "model.layers.1.attn.k_proj.weight",
          "model.layers.1.attn.v_proj.weight",
          "model.layers.1.attn.o_proj.weight",
          "model.layers.1.moe_block.gate.weight",
          "model.layers.1.moe_block.experts.7.linear.weight",
          "model.layers.1.moe_block.experts.7.linear_1.weight",
          "model.layers.1.moe_block.experts.7.linear_v.weight",
          "model.layers.1.pre_attn_norm.scale",
          "model.layers.1.post_attn_norm.scale",
          "model.layers.1.pre_moe_norm.scale",
          "model.layers.1.post_moe_norm.scale"}},
        {HfNaming::Keyfan,
         {"transformer.in_out_embed.weight",
          "transformer.rms_norm.weight",
          "transformer.decoder_layer.1.multi_head_attention.query.weight",
          "transformer.decoder_layer.1.multi_head_attention.key.weight",
          "transformer.decoder_layer.1.multi_head_attention.value.weight",
          "transformer.decoder_layer.1.multi_head_attention.linear.weight",
          "transformer.decoder_layer.1.router.weight",
          "transformer.decoder_layer.1.moe.7.linear.weight",
          "transformer.decoder_layer.1.moe.7.linear_1.weight",
          "transformer.decoder_layer.1.moe.7.linear_v.weight",
          "transformer.decoder_layer.1.rms_norm.weight",
          "transformer.decoder_layer.1.rms_norm_1.weight",
          "transformer.decoder_layer.1.rms_norm_2.weight",
          "transformer.decoder_layer.1.rms_norm_3.weight"}},
        {HfNaming::Sglang,
         {"model.embed_tokens.weight",
          "model.norm.weight",
          "model.layers.1.self_attn.q_proj.weight",
          "model.layers.1.self_attn.k_proj.weight",
          "model.layers.1.self_attn.v_proj.weight",
          "model.layers.1.self_attn.o_proj.weight",
          "model.layers.1.block_sparse_moe.gate.weight",
          "model.layers.1.block_sparse_moe.experts.7.w1.weight",
          "model.layers.1.block_sparse_moe.experts.7.w2.weight",
          "model.layers.1.block_sparse_moe.experts.7.w3.weight",
          "model.layers.1.pre_attn_norm.weight",
          "model.layers.1.post_attn_norm.weight",
          "model.layers.1.pre_moe_norm.weight",
          "model.layers.1.post_moe_norm.weight"}}};
    for (const auto& [naming, spelled] : names) {
        const auto files = test::hfFiles(*weights_, {.naming = naming, .outputMatrix = true});
        std::vector<std::string> written;
        for (const auto& tensor : files[0].tensors) written.push_back(tensor.name);
        for (const char* name : spelled) EXPECT_THAT(written, Contains(name));
        EXPECT_THAT(written, Contains("lm_head.weight"));
    }
}

TEST_F(HfDirectoryTest, PutsEveryElementWhereItBelongs) {
    write({.naming = HfNaming::Sglang, .ranks = 4, .cutAttention = false});
    const auto loaded = HfDirectory(model()).load({}, {});
    const int d = weights_->config.dModel;
    const int width = weights_->config.ffnSize;
    for (std::size_t l = 0; l < loaded->layers.size(); ++l) {
        const LayerWeights& a = weights_->layers[l];
        const LayerWeights& b = loaded->layers[l];
        EXPECT_TRUE(std::ranges::equal(a.router, b.router));
        EXPECT_TRUE(std::ranges::equal(a.moeNorm, b.moeNorm));
        ASSERT_EQ(b.expertDown.order, MatrixOrder::OutputsFirst);
        const auto down = test::floatsOf(b.expertDown);
        const auto truth = test::floatsOf(a.expertDown);
        for (int e = 0; e < 8; ++e)
            for (int k = 0; k < width; k += 5)
                for (int n = 0; n < d; n += 3)
                    ASSERT_EQ(down[static_cast<std::size_t>((e * d + n) * width + k)],
                              truth[static_cast<std::size_t>((e * width + k) * d + n)]);
    }
}

TEST_F(HfDirectoryTest, KeepsExpertsOfSeveralTypesAsFloats) {
    write({});
    auto tensors = test::hfFiles(*weights_, {})[0].tensors;
    const auto halves = test::hfFiles(*weights_, {.matrices = DType::BF16})[0].tensors;
    for (std::size_t i = 0; i < tensors.size(); ++i)
        if (tensors[i].name == "model.layers.0.moe_block.experts.2.linear_v.weight")
            tensors[i] = halves[i];
    test::writeBytes(model() / "model.safetensors", test::safetensorsOf(tensors));
    const auto loaded = HfDirectory(model()).load({}, {});
    const auto up = test::floatsOf(loaded->layers[0].expertUp);
    const auto truth = test::floatsOf(weights_->layers[0].expertUp);
    for (std::size_t e : {1U, 2U})
        for (std::size_t n = 0; n < 64; ++n)
            for (std::size_t k = 0; k < 32; ++k) {
                const float expected = truth[(e * 32 + k) * 64 + n];
                ASSERT_EQ(up[(e * 64 + n) * 32 + k],
                          e == 2 ? kernels::roundToBf16(expected) : expected);
            }
}

TEST_F(HfDirectoryTest, ReadsOneTensorAlone) {
    write({.matrices = DType::F8E4M3, .rowScales = true});
    const HfDirectory source(model());
    const auto whole = source.load({}, {});
    for (std::size_t i = 0; i < source.layouts().size(); ++i) {
        const TensorLayout& layout = source.layouts()[i];
        if (layout.slot.role != TensorRole::ExpertDown || layout.slot.layer != 1) continue;
        std::vector<std::byte> data(layout.dataBytes());
        std::vector<float> scales(layout.scaleBytes() / sizeof(float));
        ASSERT_EQ(source.readTensor(i, {.data = data.data(), .rowScales = scales.data()}, {}),
                  LoadOutcome::Done);
        const MatrixView& view = whole->layers[1].expertDown;
        EXPECT_TRUE(std::equal(data.begin(), data.end(), view.data));
        EXPECT_TRUE(std::equal(scales.begin(), scales.end(), view.rowScales));
        return;
    }
    FAIL() << "no such tensor";
}

TEST_F(HfDirectoryTest, ListsAParameterAsItIsStored) {
    write({.naming = HfNaming::Keyfan, .matrices = DType::BF16, .others = DType::F16});
    const HfDirectory source(model());
    ASSERT_EQ(source.tensors().size(), source.layouts().size());
    std::uint64_t bytes = 0;
    for (const TensorInfo& info : source.tensors()) bytes += info.bytes;
    const ParameterCount count = countParameters(source.config());
    EXPECT_EQ(bytes, 2 * count.total);
    EXPECT_THAT(source.tensors(),
                Contains(AllOf(testing::Field(&TensorInfo::name,
                                              "transformer.decoder_layer.1.moe.*.linear_1.weight"),
                               testing::Field(&TensorInfo::dtype, DType::BF16),
                               testing::Field(&TensorInfo::shape, ElementsAre(8, 32, 64)))));
}

TEST_F(HfDirectoryTest, HasAnOutputMatrixOfItsOwnUnlessTheConfigTiesIt) {
    write({.outputMatrix = true});
    EXPECT_FALSE(HfDirectory(model()).config().tiedOutput);
    EXPECT_NE(HfDirectory(model()).load({}, {})->output.data,
              HfDirectory(model()).load({}, {})->embedding.data);

    std::string config = test::readBytes(model() / "config.json");
    test::writeBytes(model() / "config.json",
                     config.replace(0, 1, "{\"tie_word_embeddings\": true, "));
    const HfDirectory tied(model());
    EXPECT_TRUE(tied.config().tiedOutput);
    EXPECT_THAT(tied.remarks(), ElementsAre(HasSubstr("lm_head.weight is left out")));
    const auto weights = tied.load({}, {});
    EXPECT_EQ(weights->output.data, weights->embedding.data);

    write({});
    EXPECT_TRUE(HfDirectory(model()).config().tiedOutput);
}

TEST_F(HfDirectoryTest, RemarksWhatItLeavesOut) {
    auto files = test::hfFiles(*weights_, {});
    const std::string one("\0\0\x80\x3f", 4);
    for (const char* name : {"model.layers.0.attn.k_scale",
                             "model.layers.0.attn.v_scale",
                             "model.layers.1.attn.kv_scale",
                             "model.layers.0.attn.q_proj.input_scale"})
        files[0].tensors.push_back({name, "F32", {1}, one});
    write({});
    test::writeBytes(model() / "model.safetensors", test::safetensorsOf(files[0].tensors));
    EXPECT_THAT(HfDirectory(model()).remarks(),
                testing::UnorderedElementsAre(
                    AllOf(HasSubstr("1 tensor is left out"), HasSubstr("input_scale")),
                    AllOf(HasSubstr("3 tensors are left out"), HasSubstr("k_scale"))));
}

TEST_F(HfDirectoryTest, TakesTheTokenizerThatLiesBesideIt) {
    ModelConfig config = test::tinyConfig();
    config.vocabSize = 512;  // tiny-a's tokenizer
    test::writeTinyCheckpoint(scratch_.path() / "wide", config, 5);
    const auto weights = XaiCheckpoint(scratch_.path() / "wide").load({}, {});
    test::writeHfDirectory(model(), *weights, {});
    EXPECT_EQ(HfDirectory(model()).tokenizer(), nullptr);
    EXPECT_EQ(HfDirectory(model()).tokenizerOrigin(), "");

    test::writeBytes(model() / "tokenizer.json", "{}");
    EXPECT_EQ(HfDirectory(model()).tokenizer(), nullptr);
    EXPECT_THAT(HfDirectory(model()).remarks(),
                ElementsAre(HasSubstr("tokenizer.json is not read")));

    fs::copy(test::dataDir() / "tiny-a/tokenizer.model", model());
    const HfDirectory source(model());
    EXPECT_THAT(source.remarks(), IsEmpty());
    EXPECT_EQ(source.tokenizerOrigin(), "tokenizer.model");
    EXPECT_EQ(source.tokenizer()->vocabSize(), 512);
}

TEST_F(HfDirectoryTest, FollowsTheIndexAndLeavesOtherFilesAlone) {
    write({.files = 3});
    fs::copy(model() / "model-00001-of-00003.safetensors", model() / "consolidated.safetensors");
    const HfDirectory source(model());
    EXPECT_THAT(source.remarks(), ElementsAre(HasSubstr("consolidated.safetensors is not in")));
    EXPECT_NE(source.load({}, {}), nullptr);
    // Without an index the same tensor is there twice.
    fs::remove(model() / "model.safetensors.index.json");
    EXPECT_THROW(HfDirectory{model()}, Error);
    fs::remove(model() / "consolidated.safetensors");
    EXPECT_NE(HfDirectory(model()).load({}, {}), nullptr);
}

TEST_F(HfDirectoryTest, TakesAnIndexThatNamesOneOfTheSharesOfATensor) {
    const auto files = test::hfFiles(*weights_, {.naming = HfNaming::Sglang, .ranks = 2});
    // Grok-2's pattern of names, and that of lmzheng/grok-1.
    const std::vector<std::string> patterns[] = {
        {files[0].name, files[1].name, files[2].name},
        {"model-000.safetensors", "model-001.safetensors", "model-common.safetensors"}};
    for (const auto& names : patterns) {
        write({});
        fs::remove(model() / "model.safetensors");
        std::string map;  // one name, one file: it cannot name both shares
        for (const std::size_t at : {0U, 1U, 2U}) {
            test::writeBytes(model() / names[at], test::safetensorsOf(files[at].tensors));
            if (at == 1) continue;
            for (const auto& tensor : files[at].tensors)
                map +=
                    fmt::format(R"({}"{}": "{}")", map.empty() ? "" : ",", tensor.name, names[at]);
        }
        test::writeBytes(model() / "model.safetensors.index.json",
                         fmt::format(R"({{"weight_map": {{{}}}}})", map));
        EXPECT_NE(HfDirectory(model()).load({}, {}), nullptr);
    }
}

TEST_F(HfDirectoryTest, ComparesTheCopiesThatEachRankHas) {
    // Every rank holds the norms and the router whole, as lmzheng/grok-1 does.
    auto files = test::hfFiles(*weights_, {.naming = HfNaming::Sglang, .ranks = 2});
    const std::vector<test::StoredTensor> common = files[2].tensors;
    write({});
    fs::remove(model() / "model.safetensors");
    for (int rank = 0; rank < 2; ++rank) {
        auto& tensors = files[static_cast<std::size_t>(rank)].tensors;
        tensors.insert(tensors.end(), common.begin(), common.end());
        test::writeBytes(model() / fmt::format("pytorch_model-{:03}.safetensors", rank),
                         test::safetensorsOf(tensors));
    }
    EXPECT_NE(HfDirectory(model()).load({}, {}), nullptr);

    files[1].tensors.back().bytes[5] ^= 1;
    test::writeBytes(model() / "pytorch_model-001.safetensors",
                     test::safetensorsOf(files[1].tensors));
    const HfDirectory source(model());
    try {
        (void)source.load({}, {});
        FAIL() << "two different copies were loaded";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), "HF-705");
        EXPECT_THAT(error.what(), HasSubstr("pytorch_model-001.safetensors"));
    }
}

TEST_F(HfDirectoryTest, StopsWhenAskedAndGivesEverythingBack) {
    write({});
    std::stop_source stop;
    stop.request_stop();
    EXPECT_EQ(HfDirectory(model()).load({}, stop.get_token()), nullptr);
}

TEST_F(HfDirectoryTest, SaysBeforeLoadingThatMemoryIsShort) {
    write({});
    const HfDirectory source(model(), {.availableMemory = [] { return std::uint64_t{1000}; }});
    try {
        (void)source.load({}, {});
        FAIL() << "it was loaded";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::NoMemory);
    }
}

TEST_F(HfDirectoryTest, NamesTheFileWhenTheDiskFails) {
    write({});
    int reads = 0;
    HfReadOptions options;
    options.numReaders = 1;
    options.pread = [&](int fd, void* out, std::size_t bytes, off_t offset) -> ssize_t {
        if (++reads < 30) return ::pread(fd, out, bytes, offset);
        errno = EIO;
        return -1;
    };
    const HfDirectory source(model(), options);
    try {
        (void)source.load({}, {});
        FAIL() << "it was loaded";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::DeviceFault);
        EXPECT_THAT(error.what(), HasSubstr("model.safetensors"));
    }
}

}  // namespace
}  // namespace gatescope
