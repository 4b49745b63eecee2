#include "engine/model/convert/convert.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "engine/error.h"
#include "engine/model/convert/tensor_rows.h"
#include "engine/model/gguf/gguf_file.h"
#include "engine/model/open_model.h"
#include "kernels/quant/block_codec.h"
#include "tests/support/pickle_cases.h"
#include "tests/support/test_paths.h"
#include "tests/support/tiny_model.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr DType kTypes[] = {
    DType::F32, DType::F16, DType::BF16, DType::Q8_0, DType::Q4_0, DType::Q4_K};

GgufFile parsed(const std::string& bytes) {
    const ByteSource source{.size = bytes.size(),
                            .read = [&](std::uint64_t offset, std::span<std::byte> out) {
                                std::memcpy(out.data(), bytes.data() + offset, out.size());
                            }};
    return parseGguf(source, "out.gguf");
}

/// Passes everything on and asks to stop when parameter number `at` in the order of reading is
/// wanted.
class StoppingSource : public ModelSource {
  public:
    StoppingSource(const ModelSource& source, int at) : source_(source), at_(at) {}
    std::stop_token token() const { return stop_.get_token(); }

    const ModelConfig& config() const override { return source_.config(); }
    const std::vector<TensorInfo>& tensors() const override { return source_.tensors(); }
    std::string format() const override { return source_.format(); }
    std::string name() const override { return source_.name(); }
    std::shared_ptr<const Tokenizer> tokenizer() const override { return source_.tokenizer(); }
    std::string tokenizerOrigin() const override { return source_.tokenizerOrigin(); }
    const std::vector<TensorLayout>& layouts() const override { return source_.layouts(); }
    LoadOutcome readTensor(std::size_t tensor,
                           const TensorMemory& memory,
                           const std::stop_token& stop) const override {
        if (reads_++ == at_) stop_.request_stop();
        return source_.readTensor(tensor, memory, stop);
    }
    LoadOutcome visitValues(std::size_t tensor,
                            const ValueVisitor& visit,
                            const std::stop_token& stop) const override {
        return source_.visitValues(tensor, visit, stop);
    }
    std::shared_ptr<ModelWeights> load(const LoadProgressCallback&,
                                       std::stop_token) const override {
        return nullptr;
    }

  private:
    const ModelSource& source_;
    int at_;
    mutable int reads_ = 0;
    mutable std::stop_source stop_;
};

class ConvertTest : public testing::Test {
  protected:
    ConversionReport convert(const ModelSource& source, DType type, int threads = 2) const {
        return convertToGguf(
            source, out_, {.type = type, .numThreads = threads}, [](const LoadProgress&) {}, {});
    }
    ConversionReport stopAt(const ModelSource& source, DType type, int read) const {
        const StoppingSource stopping(source, read);
        return convertToGguf(
            stopping,
            out_,
            {.type = type, .numThreads = 2},
            [](const LoadProgress&) {},
            stopping.token());
    }
    std::unique_ptr<ModelSource> tiny(const test::TinyOptions& options = {}) const {
        ModelConfig config = test::tinyConfig();
        config.vocabSize = 512;  // tiny-a's tokenizer
        test::writeTinyCheckpoint(scratch_.path() / "model", config, 7, options);
        return openModel((scratch_.path() / "model").string());
    }

    test::ScratchDir scratch_;
    fs::path out_ = scratch_.path() / "out.gguf";
};

/// Every row of parameter `index` as the source has it.
std::vector<float> floatsOf(const ModelSource& source, std::size_t index) {
    const TensorLayout& layout = source.layouts()[index];
    std::vector<std::byte> data(layout.dataBytes());
    std::vector<std::uint16_t> scales(layout.scaleBytes() / 2);
    const TensorMemory memory{.data = data.data(),
                              .scales = layout.numGroups > 0 ? scales.data() : nullptr};
    EXPECT_EQ(source.readTensor(index, memory, {}), LoadOutcome::Done);
    const RowShape shape = rowShapeOf(layout.slot);
    std::vector<float> out(shape.numElements());
    for (std::int64_t m = 0; m < shape.numMatrices; ++m)
        copyRows(layout,
                 memory,
                 {.matrix = m, .numRows = shape.numRows},
                 out.data() + m * shape.numRows * shape.numColumns);
    return out;
}

/// What stands in the file for a tensor of that name, as floats.
std::vector<float> floatsOf(const std::string& bytes, const std::string& name) {
    for (const GgufTensor& tensor : parsed(bytes).tensors) {
        if (tensor.name != name) continue;
        std::vector<float> out(tensor.sizes[0] * tensor.sizes[1] * tensor.sizes[2]);
        kernels::decodeElements(tensor.dtype,
                                reinterpret_cast<const std::byte*>(bytes.data()) + tensor.offset,
                                out.size(),
                                out.data());
        return out;
    }
    ADD_FAILURE() << name << " is not there";
    return {};
}

struct NamedSlot {
    TensorRole role;
    int layer;
    const char* name;
};
constexpr NamedSlot kSome[] = {
    {TensorRole::Embedding, -1, "token_embd.weight"},
    {TensorRole::FinalNorm, -1, "output_norm.weight"},
    {TensorRole::Query, 1, "blk.1.attn_q.weight"},
    {TensorRole::AttentionOutput, 0, "blk.0.attn_output.weight"},
    {TensorRole::AttentionOutputNorm, 1, "blk.1.attn_output_norm.weight"},
    {TensorRole::MoeOutputNorm, 1, "blk.1.layer_output_norm.weight"},
    {TensorRole::Router, 0, "blk.0.ffn_gate_inp.weight"},
    {TensorRole::ExpertGate, 1, "blk.1.ffn_gate_exps.weight"},
    {TensorRole::ExpertUp, 0, "blk.0.ffn_up_exps.weight"},
    {TensorRole::ExpertDown, 1, "blk.1.ffn_down_exps.weight"},
};

std::size_t indexOf(const ModelSource& source, const NamedSlot& wanted) {
    const auto& layouts = source.layouts();
    for (std::size_t i = 0; i < layouts.size(); ++i)
        if (layouts[i].slot.role == wanted.role && layouts[i].slot.layer == wanted.layer) return i;
    ADD_FAILURE() << wanted.name;
    return 0;
}

TEST_F(ConvertTest, F32HoldsEveryWeightExactly) {
    for (const DType stored : {DType::I8, DType::F32, DType::BF16}) {
        const auto source = tiny({.matrices = stored});
        const ConversionReport report = convert(*source, DType::F32);
        EXPECT_EQ(report.numTensors, 2U + 2 * 12);
        const std::string bytes = test::readBytes(out_);
        EXPECT_EQ(bytes.size(), report.bytes);
        for (const NamedSlot& slot : kSome)
            EXPECT_EQ(floatsOf(bytes, slot.name), floatsOf(*source, indexOf(*source, slot)))
                << slot.name;
        for (const ConversionError& row : report.errors) EXPECT_EQ(row.relativeError, 0);
    }
}

TEST_F(ConvertTest, ReportsTheErrorThatTheFileReallyHas) {
    const auto source = tiny();
    for (const DType type : kTypes) {
        const ConversionReport report = convert(*source, type);
        const std::string bytes = test::readBytes(out_);
        double error = 0;
        double size = 0;
        for (int layer = 0; layer < 2; ++layer) {
            const NamedSlot slot{TensorRole::ExpertUp, layer, "experts"};
            const auto wanted = floatsOf(*source, indexOf(*source, slot));
            const auto found =
                floatsOf(bytes, "blk." + std::to_string(layer) + ".ffn_up_exps.weight");
            ASSERT_EQ(wanted.size(), found.size());
            for (std::size_t i = 0; i < wanted.size(); ++i) {
                error += std::pow(static_cast<double>(wanted[i]) - found[i], 2);
                size += std::pow(static_cast<double>(wanted[i]), 2);
            }
        }
        for (const ConversionError& row : report.errors) {
            if (row.role != TensorRole::ExpertUp) continue;
            EXPECT_NEAR(row.relativeError, std::sqrt(error / size), 1e-12) << name(type);
        }
    }
}

TEST_F(ConvertTest, FallsBackWhereNoBlockFitsAndSaysSo) {
    // Rows are 32 or 64 wide: nothing for Q4_K's 256, but whole blocks for Q8_0.
    const auto source = tiny();
    const ConversionReport report = convert(*source, DType::Q4_K);
    EXPECT_THAT(report.remarks, testing::Contains(HasSubstr("q8_0 in place of q4_k")));
    for (const GgufTensor& tensor : parsed(test::readBytes(out_)).tensors)
        EXPECT_TRUE(tensor.dtype == DType::Q8_0 || tensor.dtype == DType::F32) << tensor.name;
    const ConversionReport plain = convert(*source, DType::Q4_0);
    for (const GgufTensor& tensor : parsed(test::readBytes(out_)).tensors) {
        if (tensor.dtype == DType::F32) continue;
        const bool embedding = tensor.name == "token_embd.weight";
        EXPECT_EQ(tensor.dtype, embedding ? DType::Q8_0 : DType::Q4_0) << tensor.name;
    }
    EXPECT_EQ(plain.remarks.size(), 1U);
}

TEST_F(ConvertTest, GivesTheSameFileOnAnyNumberOfThreads) {
    const auto source = tiny();
    convert(*source, DType::Q4_0, 1);
    const std::string one = test::readBytes(out_);
    convert(*source, DType::Q4_0, 5);
    EXPECT_TRUE(one == test::readBytes(out_));
}

TEST_F(ConvertTest, GoesOnAfterAStopAnywhereWithTheSameFileInTheEnd) {
    const auto source = tiny();
    convert(*source, DType::Q8_0);
    const std::string whole = test::readBytes(out_);
    const int numTensors = 2 + 2 * 12;
    for (int at = 0; at < numTensors; ++at) {
        fs::remove(out_);
        EXPECT_EQ(stopAt(*source, DType::Q8_0, at).outcome, LoadOutcome::Stopped);
        EXPECT_FALSE(fs::exists(out_));
        EXPECT_EQ(convert(*source, DType::Q8_0).numKept, static_cast<std::size_t>(at));
        EXPECT_TRUE(whole == test::readBytes(out_)) << "stopped at " << at;
        EXPECT_FALSE(fs::exists(out_.string() + ".partial"));
    }
    EXPECT_EQ(stopAt(*source, DType::Q8_0, numTensors).outcome, LoadOutcome::Done);
}

TEST_F(ConvertTest, KeepsNothingOfAConversionOfAnotherModel) {
    const auto source = tiny();
    EXPECT_EQ(stopAt(*source, DType::F32, 5).outcome, LoadOutcome::Stopped);
    // Same sizes and names, other weights: only the bytes can tell.
    ModelConfig config = test::tinyConfig();
    config.vocabSize = 512;
    fs::remove_all(scratch_.path() / "model");
    test::writeTinyCheckpoint(scratch_.path() / "model", config, 8);
    const auto other = openModel((scratch_.path() / "model").string());
    EXPECT_EQ(convert(*other, DType::F32).numKept, 0U);
    EXPECT_EQ(floatsOf(test::readBytes(out_), kSome[0].name),
              floatsOf(*other, indexOf(*other, kSome[0])));
}

TEST_F(ConvertTest, WritesTheMetadataThatLlamaCppNeeds) {
    const auto source = tiny();
    convert(*source, DType::Q8_0);
    const GgufFile file = parsed(test::readBytes(out_));
    EXPECT_EQ(file.version, 3U);
    EXPECT_EQ(file.unusedBytes, 0U);
    const std::string bytes = test::readBytes(out_);
    for (const char* key : {"general.architecture",
                            "general.name",
                            "general.file_type",
                            "grok.context_length",
                            "grok.embedding_length",
                            "grok.block_count",
                            "grok.feed_forward_length",
                            "grok.attention.head_count",
                            "grok.attention.head_count_kv",
                            "grok.attention.key_length",
                            "grok.attention.value_length",
                            "grok.attention.layer_norm_rms_epsilon",
                            "grok.rope.freq_base",
                            "grok.rope.dimension_count",
                            "grok.expert_count",
                            "grok.expert_used_count",
                            "grok.embedding_scale",
                            "grok.logit_scale",
                            "grok.attention.output_scale",
                            "grok.attn_logit_softcapping",
                            "tokenizer.ggml.model",
                            "tokenizer.ggml.pre",
                            "tokenizer.ggml.tokens",
                            "tokenizer.ggml.scores",
                            "tokenizer.ggml.token_type",
                            "tokenizer.ggml.eos_token_id",
                            "tokenizer.ggml.add_bos_token",
                            "tokenizer.ggml.add_space_prefix"})
        EXPECT_THAT(bytes, HasSubstr(key));
}

TEST_F(ConvertTest, WritesSyntheticModelsWithoutAVocabulary) {
    const auto source = openModel("synthetic:grok-1-tiny,layers=2");
    const ConversionReport report = convert(*source, DType::Q4_K);
    EXPECT_THAT(report.remarks, testing::Contains(HasSubstr("no vocabulary")));
    const std::string bytes = test::readBytes(out_);
    EXPECT_THAT(bytes, HasSubstr("no_vocab"));
    EXPECT_EQ(parsed(bytes).tensors.size(), 2U + 2 * 12);
}

TEST_F(ConvertTest, RefusesWeightsThatTheTypeCannotHold) {
    // The largest f32 values are no halves. tensor00000_000 is the embedding, stored as f32.
    const auto model = scratch_.path() / "model";
    (void)tiny();
    std::string embedding = test::readBytes(test::tensorFile(model, 0));
    const float large = 1e6F;
    const std::size_t payload = test::readPickle(embedding).data.offset;
    std::memcpy(embedding.data() + payload + 8, &large, sizeof(large));
    test::writeBytes(test::tensorFile(model, 0), embedding);
    const auto source = openModel(model.string());
    try {
        (void)convert(*source, DType::F16);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), "TENSOR-105");
        EXPECT_THAT(error.what(), HasSubstr("token_embd.weight"));
    }
    EXPECT_FALSE(fs::exists(out_));
    EXPECT_NO_THROW((void)convert(*source, DType::BF16));
}

TEST_F(ConvertTest, RefusesTypesItDoesNotWrite) {
    const auto source = tiny();
    for (const DType type : {DType::I8, DType::Q6_K, DType::F8E4M3})
        EXPECT_THROW((void)convert(*source, type), Error);
}

}  // namespace
}  // namespace gatescope
