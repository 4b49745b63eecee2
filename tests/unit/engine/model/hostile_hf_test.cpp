// Hugging Face directories that are damaged, half downloaded, contradictory or made to do harm.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <functional>

#include "engine/error.h"
#include "engine/model/open_model.h"
#include "engine/model/safetensors/hf_directory.h"
#include "engine/model/xai/xai_checkpoint.h"
#include "tests/support/hf_writer.h"
#include "tests/support/malformed_safetensors.h"
#include "tests/support/test_paths.h"
#include "tests/support/tiny_model.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

constexpr const char* kIndex = "model.safetensors.index.json";
constexpr const char* kFirst = "model-00001-of-00002.safetensors";
constexpr const char* kSecond = "model-00002-of-00002.safetensors";
constexpr const char* kQuery = "model.layers.0.attn.q_proj.weight";

struct Refusal {
    std::string code = "none";
    std::string text;
};

class HostileHfTest : public testing::Test {
  protected:
    HostileHfTest() {
        test::writeTinyCheckpoint(scratch_.path() / "xai", test::tinyConfig(), 3);
        weights_ = XaiCheckpoint(scratch_.path() / "xai").load({}, {});
    }

    fs::path model() const { return scratch_.path() / "model"; }
    void write(const test::HfForm& form) const {
        fs::remove_all(model());
        test::writeHfDirectory(model(), *weights_, form);
    }
    /// Writes one file, changed.
    void writeChanged(const test::HfForm& form,
                      const std::function<void(std::vector<test::StoredTensor>&)>& change) const {
        write(form);
        auto files = test::hfFiles(*weights_, form);
        change(files[0].tensors);
        test::writeBytes(model() / files[0].name, test::safetensorsOf(files[0].tensors));
    }
    static test::StoredTensor& named(std::vector<test::StoredTensor>& tensors,
                                     const std::string& name) {
        for (auto& tensor : tensors)
            if (tensor.name == name) return tensor;
        throw std::runtime_error("no tensor " + name);
    }
    void replaceInIndex(const std::string& from, const std::string& to) const {
        write({.files = 2});
        std::string index = test::readBytes(model() / kIndex);
        const auto at = index.find(from);
        if (at == std::string::npos) throw std::runtime_error("the index has no " + from);
        test::writeBytes(model() / kIndex, index.replace(at, from.size(), to));
    }

    Refusal refusal() const {
        try {
            (void)openModel(model().string())->load({}, {});
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::BadInput) << error.what();
            return {error.code(), error.what()};
        }
        return {};
    }

    test::ScratchDir scratch_;
    std::shared_ptr<const ModelWeights> weights_;
};

TEST_F(HostileHfTest, TheModelsThemselvesAreGood) {
    for (const test::HfForm& form : {test::HfForm{},
                                     test::HfForm{.files = 2},
                                     test::HfForm{.naming = HfNaming::Sglang, .ranks = 8}}) {
        write(form);
        EXPECT_EQ(refusal().text, "");
    }
}

TEST_F(HostileHfTest, EveryMalformedFileIsRefusedByItsCodeInADirectoryToo) {
    write({});
    for (const auto& [what, bytes, code] : test::malformedSafetensors()) {
        test::writeBytes(model() / "model.safetensors", bytes);
        EXPECT_EQ(refusal().code, code) << what;
    }
}

TEST_F(HostileHfTest, RefusesAnIndexThatLeadsOutOfTheDirectory) {
    test::writeBytes(scratch_.path() / "outside.safetensors", test::safetensorsOf({}));
    for (const char* name : {"../outside.safetensors",
                             "/etc/passwd",
                             "/tmp/x.safetensors",
                             "sub/model.safetensors",
                             "./model.safetensors",
                             "..",
                             ".",
                             "",
                             "a\\\\b.safetensors",
                             "\\u0000.safetensors",
                             "x\\n.safetensors",
                             "config.json",
                             "model.gguf",
                             "http://127.0.0.1/model.safetensors"}) {
        replaceInIndex(fmt::format("\"{}\"", kFirst), fmt::format("\"{}\"", name));
        EXPECT_EQ(refusal().code, "HF-702") << name << ": " << refusal().text;
    }
    replaceInIndex(fmt::format("\"{}\"", kFirst), "\"" + std::string(256, 'x') + ".safetensors\"");
    EXPECT_EQ(refusal().code, "HF-702");
}

TEST_F(HostileHfTest, RefusesAnIndexThatIsNoIndex) {
    const std::pair<std::string, const char*> texts[] = {
        {"", "FILE-006"},
        {"<html>", "FILE-004"},
        {"version https://git-lfs.github.com/spec/v1", "FILE-005"},
        {"Entry not found", "FILE-007"},
        {"[]", "FILE-007"},
        {std::string(20 << 20, ' '), "FILE-011"},
        {"{", "HF-701"},
        {"{}", "HF-701"},
        {R"({"weight_map": []})", "HF-701"},
        {R"({"weight_map": "a"})", "HF-701"},
        {R"({"weight_map": {"a": 1}})", "HF-701"},
        {R"({"weight_map": {"a": null}})", "HF-701"},
        {R"({"weight_map": {"a": ["b.safetensors"]}})", "HF-701"},
        {R"({"weight_map": {"a": {"b": "c"}}})", "HF-701"},
        {R"({"weight_map": {}, "weight_map": {}})", "HF-701"},
        {R"({"metadata": {}, "metadata": {}, "weight_map": {}})", "HF-701"},
        {R"({"weight_map": {"a": "a.safetensors", "a": "a.safetensors"}})", "HF-701"},
        {R"({"weight_map": {"\u0061": "a.safetensors", "a": "a.safetensors"}})", "HF-701"},
        {R"({"weight_map": {}} x)", "HF-701"},
        {std::string("{\"weight_map\": {}}\0", 19), "HF-701"},
        {R"({"metadata": )" + std::string(20, '[') + std::string(20, ']') + "}", "HF-701"},
        {R"({"metadata": )" + std::string(200'000, '['), "HF-701"},
        {R"({"weight_map": {}})", "TENSOR-101"},
        {R"({"weight_map": {"a": "pytorch_model-00001-of-00019.bin"}})", "HF-704"},
    };
    for (const auto& [text, code] : texts) {
        write({.files = 2});
        test::writeBytes(model() / kIndex, text);
        EXPECT_EQ(refusal().code, code) << text.substr(0, 60) << ": " << refusal().text;
    }
}

TEST_F(HostileHfTest, RefusesAnIndexAndFilesThatDisagree) {
    write({.files = 2});
    fs::remove(model() / kSecond);
    EXPECT_EQ(refusal().code, "FILE-001");
    EXPECT_THAT(refusal().text, HasSubstr(kSecond));

    replaceInIndex(kQuery, "model.layers.0.attn.q_proj.weigth");
    EXPECT_EQ(refusal().code, "HF-703");
    replaceInIndex(fmt::format("\"{}\": \"{}\"", kQuery, kFirst),
                   fmt::format("\"{}\": \"{}\"", kQuery, kSecond));
    EXPECT_EQ(refusal().code, "HF-703");
    EXPECT_THAT(refusal().text, AllOf(HasSubstr(kQuery), HasSubstr("it lies in")));
    replaceInIndex(kFirst, "model-00003-of-00002.safetensors");
    EXPECT_EQ(refusal().code, "FILE-001");

    write({.files = 2});
    fs::rename(model() / kIndex, model() / "a.safetensors.index.json");
    EXPECT_EQ(refusal().code, "none");  // any one index will do
    fs::copy(model() / "a.safetensors.index.json", model() / "b.safetensors.index.json");
    EXPECT_EQ(refusal().code, "HF-703");
}

TEST_F(HostileHfTest, NamesTheRankWhoseShareIsMissing) {
    const test::HfForm form{.naming = HfNaming::Sglang, .ranks = 8};
    for (const char* rank : {"000", "003", "007"}) {
        write(form);
        fs::remove(model() / fmt::format("pytorch_model-00000-TP-{}.safetensors", rank));
        EXPECT_EQ(refusal().code, "FILE-001");
        EXPECT_THAT(refusal().text,
                    AllOf(HasSubstr(fmt::format("-{}.safetensors", rank)),
                          HasSubstr("one of 8 shares"),
                          HasSubstr("7 are there")));
    }
    write(form);
    fs::remove(model() / "pytorch_model-00000-TP-common.safetensors");
    EXPECT_EQ(refusal().code, "TENSOR-101");
    write(form);
    fs::rename(model() / "pytorch_model-00000-TP-007.safetensors",
               model() / "pytorch_model-00000-TP-008.safetensors");
    EXPECT_EQ(refusal().code, "TENSOR-104");
    write(form);
    fs::copy(model() / "pytorch_model-00000-TP-007.safetensors",
             model() / "pytorch_model-00001-TP-007.safetensors");
    EXPECT_EQ(refusal().code, "TENSOR-102");
    write(form);
    fs::rename(model() / "pytorch_model-00000-TP-007.safetensors",
               model() / "pytorch_model-00000-seven.safetensors");
    EXPECT_EQ(refusal().code, "TENSOR-102");
}

TEST_F(HostileHfTest, CountsNoMoreRanksThanFilesCanBeNamedFor) {
    // A vocabulary of 16 million rows in shares of one: the number of shares is the file's claim.
    write({});
    fs::remove(model() / "model.safetensors");
    std::string config = test::readBytes(model() / "config.json");
    const std::string size = "\"vocab_size\": 64";
    config.replace(config.find(size), size.size(), "\"vocab_size\": 16777216");
    test::writeBytes(model() / "config.json", config);
    auto tensors = test::hfFiles(*weights_, {})[0].tensors;
    named(tensors, "model.embed_tokens.weight").shape = {1, 32};
    named(tensors, "model.embed_tokens.weight").bytes.assign(128, '\0');
    test::writeBytes(model() / "model-TP-000.safetensors", test::safetensorsOf(tensors));
    EXPECT_EQ(refusal().code, "TENSOR-104");
}

TEST_F(HostileHfTest, RefusesATensorThatIsNotAsTheSizesDemand) {
    const auto code = [&](const std::string& name, const auto& change) {
        writeChanged({}, [&](auto& tensors) { change(named(tensors, name)); });
        return refusal().code;
    };
    const auto reshape = [](std::vector<std::int64_t> shape) {
        return [shape](test::StoredTensor& tensor) {
            tensor.shape = shape;
            std::size_t bytes = 4;
            for (const auto size : shape) bytes *= static_cast<std::size_t>(size);
            tensor.bytes.assign(bytes, '\0');
        };
    };
    for (const std::vector<std::int64_t>& shape :
         {std::vector<std::int64_t>{16, 32}, {32, 16}, {64, 32}, {1024}, {1, 32, 32}, {}, {0, 32}})
        EXPECT_EQ(code(kQuery, reshape(shape)), "TENSOR-104") << testing::PrintToString(shape);
    EXPECT_EQ(code("model.norm.scale", reshape({1, 32})), "TENSOR-104");
    EXPECT_EQ(code("model.layers.0.moe_block.gate.weight", reshape({32, 8})), "TENSOR-104");
    EXPECT_EQ(code("model.layers.1.moe_block.experts.7.linear.weight", reshape({32, 64})),
              "TENSOR-104");
    EXPECT_EQ(code("model.embed_tokens.weight", reshape({65, 32})), "TENSOR-104");

    for (const auto& [type, bytes] : {std::pair{"F64", 8},
                                      {"I64", 8},
                                      {"I32", 4},
                                      {"U8", 1},
                                      {"I8", 1},
                                      {"F8_E5M2", 1},
                                      {"BOOL", 1}})
        EXPECT_EQ(code(kQuery,
                       [&, type = type, bytes = bytes](test::StoredTensor& tensor) {
                           tensor.type = type;
                           tensor.bytes.assign(static_cast<std::size_t>(32 * 32 * bytes), '\1');
                       }),
                  "TENSOR-105")
            << type;
    EXPECT_THAT(refusal().text, HasSubstr("expected F32, BF16, F16 or F8_E4M3"));
    EXPECT_EQ(code(kQuery,
                   [](test::StoredTensor& tensor) {
                       tensor.bytes.replace(400, 4, std::string("\0\0\xc0\x7f", 4));
                   }),
              "FILE-010");
}

TEST_F(HostileHfTest, RefusesFp8WithoutItsScales) {
    const test::HfForm form{.matrices = DType::F8E4M3};
    const std::string scale = std::string(kQuery) + "_scale";
    const auto code = [&](const auto& change) {
        writeChanged(form, change);
        return refusal().code;
    };
    using Tensors = std::vector<test::StoredTensor>;
    EXPECT_EQ(code([](Tensors&) {}), "none");
    EXPECT_EQ(code([&](Tensors& t) { named(t, scale).name = std::string(kQuery) + "_scale_inv"; }),
              "none");
    EXPECT_EQ(code([&](Tensors& t) {
                  std::erase_if(t, [&](const auto& tensor) { return tensor.name == scale; });
              }),
              "TENSOR-101");
    EXPECT_EQ(code([&](Tensors& t) {
                  t.push_back(named(t, scale));
                  t.back().name += "_inv";
              }),
              "TENSOR-102");
    EXPECT_EQ(code([&](Tensors& t) {
                  named(t, scale).shape = {2, 2};
                  named(t, scale).bytes.assign(16, '\0');
              }),
              "TENSOR-104");
    EXPECT_EQ(code([&](Tensors& t) { named(t, scale).type = "I32"; }), "TENSOR-105");
    EXPECT_EQ(code([&](Tensors& t) { named(t, scale).bytes = std::string("\0\0\x80\x7f", 4); }),
              "FILE-010");
    EXPECT_EQ(code([&](Tensors& t) { named(t, kQuery).bytes[7] = '\x7f'; }), "FILE-010");
    EXPECT_EQ(code([&](Tensors& t) {
                  named(t, "model.norm.scale").type = "F8_E4M3";
                  named(t, "model.norm.scale").bytes.assign(32, '\x38');
              }),
              "TENSOR-105");
    // Some experts fp8, some not.
    EXPECT_EQ(code([&](Tensors& t) {
                  auto& expert = named(t, "model.layers.0.moe_block.experts.3.linear.weight");
                  expert.type = "BF16";
                  expert.bytes.assign(expert.bytes.size() * 2, '\0');
              }),
              "TENSOR-105");
}

TEST_F(HostileHfTest, RefusesTensorsMissingTwiceOrUnknown) {
    const auto code = [&](const auto& change) {
        writeChanged({}, change);
        return refusal().code;
    };
    using Tensors = std::vector<test::StoredTensor>;
    EXPECT_EQ(code([](Tensors& t) { t.pop_back(); }), "TENSOR-101");
    EXPECT_EQ(code([](Tensors& t) { t.clear(); }), "TENSOR-101");
    EXPECT_EQ(code([](Tensors& t) {
                  t.push_back({"model.layers.0.mlp.up_proj.weight", "F32", {1}, "xxxx"});
              }),
              "TENSOR-103");
    EXPECT_EQ(code([](Tensors& t) {
                  t.push_back({"model.layers.2.pre_moe_norm.scale", "F32", {1}, "xxxx"});
              }),
              "TENSOR-103");
    EXPECT_EQ(code([](Tensors& t) {
                  t.push_back(named(t, "model.norm.scale"));
                  t.back().name = "model.norm.weight";
              }),
              "TENSOR-102");
    write({});
    std::string config = test::readBytes(model() / "config.json");
    test::writeBytes(model() / "config.json",
                     config.replace(0, 1, "{\"tie_word_embeddings\": false, "));
    EXPECT_EQ(refusal().code, "TENSOR-101");
    EXPECT_THAT(refusal().text, HasSubstr("lm_head.weight"));
}

TEST_F(HostileHfTest, OpensNoPickle) {
    for (const char* name : {"pytorch_model.bin",
                             "pytorch_model-00001-of-00019.bin",
                             "consolidated.pth",
                             "model.pt"}) {
        write({});
        fs::rename(model() / "model.safetensors", model() / name);
        EXPECT_EQ(refusal().code, "HF-704") << name;
        EXPECT_THAT(refusal().text, AllOf(HasSubstr(name), HasSubstr("can run any code")));
    }
    write({});  // beside safetensors they do not matter
    test::writeBytes(model() / "training_args.bin", "x");
    EXPECT_EQ(refusal().code, "none");
}

TEST_F(HostileHfTest, FollowsNoLink) {
    for (const char* name : {"config.json", "model.safetensors", "tokenizer.model"}) {
        write({});
        test::writeBytes(model() / "tokenizer.model", "x");
        fs::rename(model() / name, scratch_.path() / "elsewhere");
        fs::create_symlink(scratch_.path() / "elsewhere", model() / name);
        EXPECT_EQ(refusal().code, "FILE-002") << name;
        EXPECT_THAT(refusal().text, HasSubstr(name));
    }
    write({.files = 2});
    fs::rename(model() / kIndex, scratch_.path() / "elsewhere");
    fs::create_symlink(scratch_.path() / "elsewhere", model() / kIndex);
    EXPECT_EQ(refusal().code, "FILE-002");
    write({});
    fs::remove(model() / "model.safetensors");
    ASSERT_EQ(mkfifo((model() / "model.safetensors").c_str(), 0600), 0);  // must not wait
    EXPECT_EQ(refusal().code, "FILE-003");
}

TEST_F(HostileHfTest, RefusesAFileThatChangedSinceItWasOpened) {
    write({});
    const auto source = openModel(model().string());
    test::writeBytes(model() / "model.safetensors",
                     test::readBytes(model() / "model.safetensors") + "x");
    try {
        (void)source->load({}, {});
        FAIL() << "a changed file was loaded";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), "FILE-008");
    }
}

// The rows of the table of codes that are this reader's own, by the smallest fault that earns each.
TEST_F(HostileHfTest, EachFaultHasItsCode) {
    writeChanged({}, [](auto& tensors) { tensors.pop_back(); });
    EXPECT_EQ(refusal().code, "TENSOR-101");
    write({});
    fs::copy(model() / "model.safetensors", model() / "copy.safetensors");
    EXPECT_EQ(refusal().code, "TENSOR-102");
    write({.files = 2});
    test::writeBytes(model() / kIndex, "{}");
    EXPECT_EQ(refusal().code, "HF-701");
    replaceInIndex(kFirst, "../x");
    EXPECT_EQ(refusal().code, "HF-702");
    replaceInIndex(kQuery, "model.layers.0.x");
    EXPECT_EQ(refusal().code, "HF-703");
    write({});
    fs::rename(model() / "model.safetensors", model() / "pytorch_model.bin");
    EXPECT_EQ(refusal().code, "HF-704");
    const test::HfForm ranks{.naming = HfNaming::Sglang, .ranks = 2};
    auto files = test::hfFiles(*weights_, ranks);
    write(ranks);
    test::StoredTensor norm = files[2].tensors.back();
    for (const std::size_t rank : {0U, 1U}) {
        norm.bytes[0] = static_cast<char>(rank);
        files[rank].tensors.push_back(norm);
        test::writeBytes(model() / files[rank].name, test::safetensorsOf(files[rank].tensors));
    }
    files[2].tensors.pop_back();
    test::writeBytes(model() / files[2].name, test::safetensorsOf(files[2].tensors));
    EXPECT_EQ(refusal().code, "HF-705") << refusal().text;
    write({});
    test::writeBytes(model() / "config.json", R"({"model_type": "llama"})");
    EXPECT_EQ(refusal().code, "HF-706");
}

}  // namespace
}  // namespace gatescope
