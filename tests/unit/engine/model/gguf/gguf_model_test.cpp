#include "engine/model/gguf/gguf_model.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sentencepiece_processor.h>
#include <sys/stat.h>

#include <cstring>
#include <random>

#include "engine/error.h"
#include "engine/model/gguf/gguf_file.h"
#include "engine/model/open_model.h"
#include "tests/support/gguf_model.h"
#include "tests/support/gguf_vocabulary.h"
#include "tests/support/test_paths.h"
#include "tests/support/tiny_model.h"
#include "tests/support/tokenizer_file.h"
#include "tests/unit/engine/tokenizer/random_text.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;
using test::GgufWriter;
using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// 2 layers, 512 pieces of tiny-a's vocabulary.
std::shared_ptr<const ModelWeights> tinyWeights() {
    static const auto weights = [] {
        ModelConfig config = test::tinyConfig();
        config.vocabSize = 512;
        const test::ScratchDir dir;
        test::writeTinyCheckpoint(dir.path() / "m", config, 4, {.matrices = DType::F32});
        return openModel((dir.path() / "m").string())->load({}, {});
    }();
    return weights;
}

GgufVocabulary tinyVocabulary() {
    return test::convertedVocabulary(
        test::loadSentencePieceModel(test::dataDir() / "tiny-a/tokenizer.model", 512));
}

GgufWriter tinyGguf(const test::GgufForm& form = {}) {
    GgufWriter writer = test::ggufOf(*tinyWeights(), form);
    test::addVocabulary(writer, tinyVocabulary());
    return writer;
}

class GgufModelTest : public testing::Test {
  protected:
    fs::path path() const { return scratch_.path() / "model.gguf"; }
    GgufModel open(const GgufWriter& writer) const {
        test::writeBytes(path(), writer.finish());
        return GgufModel(path());
    }

    struct Refusal {
        std::string code = "none";
        std::string sentence;
    };
    /// What opening (and reading the vocabulary, if it opens) says.
    static Refusal refusalOf(const fs::path& model) {
        try {
            (void)GgufModel(model).tokenizer();
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::BadInput) << error.what();
            EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
            return {error.code(), error.what()};
        }
        return {};
    }
    Refusal refusalOf(const GgufWriter& writer) const {
        test::writeBytes(path(), writer.finish());
        return refusalOf(path());
    }

    test::ScratchDir scratch_;
};

bool sameWeights(const ModelWeights& a, const ModelWeights& b) {
    if (a.blocks.size() != b.blocks.size()) return false;
    for (std::size_t i = 0; i < a.blocks.size(); ++i)
        if (a.blocks[i].size() != b.blocks[i].size() ||
            std::memcmp(a.blocks[i].data(), b.blocks[i].data(), a.blocks[i].size()) != 0)
            return false;
    return true;
}

// --- what a good file gives

TEST_F(GgufModelTest, DescribesTheModelBeforeItIsLoaded) {
    const GgufModel model = open(tinyGguf());
    EXPECT_EQ(model.config(), tinyWeights()->config);
    EXPECT_EQ(model.format(), "gguf");
    EXPECT_EQ(model.name(), "model.gguf");
    EXPECT_EQ(model.tokenizerOrigin(), "model.gguf");
    ASSERT_EQ(model.tensors().size(), 2U + 2 * 12);
    const TensorInfo& experts = model.tensors().at(2);
    EXPECT_EQ(experts.name, "blk.0.ffn_gate_exps.weight");
    EXPECT_EQ(experts.file, "model.gguf");
    EXPECT_EQ(experts.shape, (std::vector<std::int64_t>{8, 64, 32}));
    EXPECT_EQ(experts.bytes, 8U * 64 * 32 * 4);
    EXPECT_THAT(model.remarks(), Each(HasSubstr("router_logit_softcapping")));
}

TEST_F(GgufModelTest, TheFirstSizesAndNumbersAreTheFilesOwn) {
    const auto config = [&](const std::function<void(GgufWriter&)>& bend) {
        GgufWriter writer = tinyGguf();
        bend(writer);
        return open(writer).config();
    };
    EXPECT_EQ(config([](auto& w) { w.u32("grok.expert_used_count", 3); }).numSelected, 3);
    EXPECT_EQ(config([](auto& w) { w.u32("grok.context_length", 77); }).contextLength, 77);
    EXPECT_EQ(config([](auto& w) { w.f32("grok.embedding_scale", 2.5F); }).embeddingScale, 2.5F);
    EXPECT_EQ(config([](auto& w) { w.f32("grok.logit_scale", 3.5F); }).logitScale, 3.5F);
    EXPECT_EQ(config([](auto& w) { w.f32("grok.attention.output_scale", 0.7F); }).attentionScale,
              0.7F);
    EXPECT_EQ(config([](auto& w) { w.f32("grok.attn_logit_softcapping", 20); }).attentionCap, 20);
    EXPECT_EQ(config([](auto& w) { w.f32("grok.rope.freq_base", 5e5F); }).ropeBase, 5e5F);
    EXPECT_EQ(config([](auto& w) { w.remove("grok.rope.freq_base"); }).ropeBase, 1e4F);
    EXPECT_EQ(config([](auto& w) { w.f32("grok.attention.layer_norm_rms_epsilon", 1e-6F); }).rmsEps,
              1e-6F);
    EXPECT_EQ(config([](auto& w) { w.u32("tokenizer.ggml.eos_token_id", 9); }).eosToken, 9);
    EXPECT_EQ(config([](auto& w) { w.u32("tokenizer.ggml.padding_token_id", 7); }).padToken, 7);
    EXPECT_EQ(config([](auto& w) { w.remove("tokenizer.ggml.padding_token_id"); }).padToken, 0);
    // The experts' width has a key of its own; without it the common one counts.
    EXPECT_EQ(config([](auto& w) {
                  w.u32("grok.expert_feed_forward_length", 64).u32("grok.feed_forward_length", 9);
              }).ffnSize,
              64);
    EXPECT_EQ(config([](auto& w) {
                  w.u32("grok.attention.key_length", 8).u32("grok.attention.value_length", 8);
              }).headSize,
              8);
}

TEST_F(GgufModelTest, TakesGrok1sNumbersForFilesFromBeforeTheKeysExisted) {
    const GgufModel model = open(tinyGguf({.scaleKeys = false}));
    const ModelConfig grok1;
    EXPECT_EQ(model.config().embeddingScale, grok1.embeddingScale);
    EXPECT_EQ(model.config().logitScale, grok1.logitScale);
    EXPECT_EQ(model.config().attentionScale, grok1.attentionScale);
    EXPECT_EQ(model.config().attentionCap, 30);
    EXPECT_THAT(model.remarks(),
                testing::ElementsAre(AllOf(HasSubstr("embedding_scale 78.38367"),
                                           HasSubstr("logit_scale 0.57735"),
                                           HasSubstr("attention.output_scale 0.088388"),
                                           HasSubstr("attn_logit_softcapping 30"),
                                           HasSubstr("though the model is of another size"))));
}

TEST_F(GgufModelTest, RemarksOnWhatIsOddButReadable) {
    const auto remarks = [&](const std::function<void(GgufWriter&)>& bend,
                             const test::GgufForm& form = {}) {
        GgufWriter writer = tinyGguf(form);
        bend(writer);
        return open(writer).remarks();
    };
    EXPECT_THAT(remarks([](auto& w) { w.remove("grok.router_logit_softcapping"); }), IsEmpty());
    EXPECT_THAT(remarks([](auto&) {}, {.storedOutput = true}),
                Contains(HasSubstr("(output.weight); in Grok-1 it is the embedding")));
    EXPECT_THAT(remarks([](auto& w) { w.u32("grok.new_key", 3).u32("grok.other", 4); }),
                Contains("Its keys are not known and not used: grok.new_key, grok.other."));
    EXPECT_THAT(remarks([](auto& w) { w.boolean("tokenizer.ggml.add_bos_token", true); }),
                Contains(HasSubstr("BOS")));
    EXPECT_THAT(
        remarks([](auto& w) { w.remove("tokenizer.ggml.model").remove("tokenizer.ggml.tokens"); }),
        Contains(HasSubstr("no vocabulary")));
    EXPECT_THAT(remarks([](auto& w) { w.tensors.back().bytes += std::string(4000, '\0'); }),
                Contains("model.gguf holds 4000 bytes that belong to no tensor."));
}

TEST_F(GgufModelTest, LoadsTheSameBytesFromEveryNamingAndSplit) {
    const auto expected = open(tinyGguf()).load({}, {});
    for (const test::GgufForm& form : {test::GgufForm{.fusedQkv = true},
                                       test::GgufForm{.separateExperts = true},
                                       test::GgufForm{.postFfwNorm = true}})
        EXPECT_TRUE(sameWeights(*open(tinyGguf(form)).load({}, {}), *expected));
    for (const bool emptyFirst : {false, true})
        for (const int parts : {2, 5, 9}) {
            const test::ScratchDir dir;
            const auto first =
                test::writeSplit(dir.path(), "grok-1-Q-split", tinyGguf(), parts, emptyFirst);
            EXPECT_TRUE(sameWeights(*GgufModel(first).load({}, {}), *expected));
        }
    GgufWriter writer = tinyGguf();
    writer.version = 2;
    EXPECT_TRUE(sameWeights(*open(writer).load({}, {}), *expected));
    for (const std::uint32_t alignment : {1U, 64U, 65536U})
        EXPECT_TRUE(sameWeights(*open(writer.alignTo(alignment)).load({}, {}), *expected));
    std::reverse(writer.tensors.begin(), writer.tensors.end());
    EXPECT_TRUE(sameWeights(*open(writer).load({}, {}), *expected));
}

TEST_F(GgufModelTest, KeepsMatricesAsStoredAndWidensNormsAndRouters) {
    const auto f16 = open(tinyGguf({.matrices = DType::F16, .router = DType::F16})).load({}, {});
    EXPECT_EQ(f16->layers[1].expertDown.dtype, DType::F16);
    EXPECT_EQ(f16->layers[1].expertDown.order, MatrixOrder::OutputsFirst);
    EXPECT_EQ(f16->layers[1].expertDown.numIn, 64);
    EXPECT_EQ(f16->layers[1].router.size(), 32U * 8);
    EXPECT_NEAR(f16->layers[1].router[9], tinyWeights()->layers[1].router[9], 1e-3);
    const auto quantised = open(tinyGguf({.matrices = DType::Q8_0})).load({}, {});
    EXPECT_EQ(quantised->layers[0].query.dtype, DType::Q8_0);
}

TEST_F(GgufModelTest, AnOutputMatrixOfItsOwnIsUsed) {
    GgufWriter writer = tinyGguf({.storedOutput = true});
    EXPECT_FALSE(open(writer).config().tiedOutput);
    writer.tensorNamed("output.weight").bytes.assign(512 * 32 * 4, '\0');
    const auto weights = open(writer).load({}, {});
    EXPECT_EQ(*reinterpret_cast<const float*>(weights->output.data), 0);
    EXPECT_NE(weights->embedding.data, weights->output.data);
    EXPECT_NE(*reinterpret_cast<const float*>(weights->embedding.data), 0);
    EXPECT_EQ(countParameters(open(writer).config()).total,
              countParameters(open(tinyGguf()).config()).total + 512 * 32);
}

TEST_F(GgufModelTest, ExpertsStoredInSeveralTypesBecomeF32) {
    GgufWriter writer = tinyGguf({.separateExperts = true});
    const GgufWriter halves = tinyGguf({.matrices = DType::F16, .separateExperts = true});
    const std::string name = "blk.0.ffn_up.3.weight";
    writer.tensorNamed(name) = *std::ranges::find(halves.tensors, name, &GgufWriter::Tensor::name);
    const GgufModel model = open(writer);
    EXPECT_THAT(model.remarks(),
                Contains(HasSubstr("blk.0.ffn_up.0.weight are stored in several")));
    const auto weights = model.load({}, {});
    EXPECT_EQ(weights->layers[0].expertUp.dtype, DType::F32);
    const auto* up = reinterpret_cast<const float*>(weights->layers[0].expertUp.matrix(3));
    EXPECT_NEAR(up[5],
                reinterpret_cast<const float*>(tinyWeights()->layers[0].expertUp.matrix(3))[5 * 64],
                1e-3);
}

TEST_F(GgufModelTest, ReadsOneTensorAsLoadingDoes) {
    const GgufModel model = open(tinyGguf({.fusedQkv = true}));
    const auto weights = model.load({}, {});
    for (std::size_t i = 0; i < model.layouts().size(); ++i) {
        std::vector<std::byte> bytes(model.layouts()[i].dataBytes());
        ASSERT_EQ(model.readTensor(i, {.data = bytes.data()}, {}), LoadOutcome::Done);
        EXPECT_EQ(std::memcmp(bytes.data(), weights->blocks[i].data(), bytes.size()), 0);
    }
}

// --- the vocabulary

/// Ids and texts through a GGUF file are those of the library on the model it was made from.
void checkParity(const fs::path& gguf, const fs::path& sentencePiece, int rounds) {
    const auto tokenizer = GgufModel(gguf).tokenizer();
    ASSERT_NE(tokenizer, nullptr);
    sentencepiece::SentencePieceProcessor library;
    ASSERT_TRUE(library.Load(sentencePiece.string()).ok());
    std::mt19937 random(11);
    for (int round = 0; round < rounds; ++round) {
        const std::string text = test::randomText(random);
        const auto ids = tokenizer->encode(text);
        ASSERT_EQ(ids, library.EncodeAsIds(text)) << text;
        ASSERT_EQ(tokenizer->decode(ids), library.DecodeIds(ids)) << text;
    }
}

TEST_F(GgufModelTest, ItsVocabularyGivesTheIdsOfSentencePiece) {
    (void)open(tinyGguf());
    checkParity(path(), test::dataDir() / "tiny-a/tokenizer.model", 5'000);
}

TEST_F(GgufModelTest, Grok1sVocabularyGivesTheIdsOfSentencePiece) {
    GS_REQUIRE_SHARED(shared);
    const fs::path original = shared / "tokenizer/tokenizer.model";
    ModelConfig config = test::tinyConfig();
    config.vocabSize = 131072;
    config.dModel = 8;
    config.headSize = 2;
    config.numLayers = 1;
    config.ffnSize = 8;
    test::writeTinyCheckpoint(
        scratch_.path() / "m", config, 4, {.matrices = DType::F32, .tokenizer = false});
    GgufWriter writer = test::ggufOf(*openModel((scratch_.path() / "m").string())->load({}, {}));
    test::addVocabulary(writer,
                        test::convertedVocabulary(test::loadSentencePieceModel(original, 131072)));
    test::writeBytes(path(), writer.finish());
    checkParity(path(), original, 20'000);
}

TEST_F(GgufModelTest, AFileWithoutAVocabularyHasNoTokenizer) {
    GgufWriter writer = tinyGguf();
    writer.text("tokenizer.ggml.model", "no_vocab").remove("tokenizer.ggml.tokens");
    EXPECT_EQ(open(writer).tokenizer(), nullptr);
    EXPECT_EQ(open(writer).tokenizerOrigin(), "");
}

// --- where a model lies

TEST_F(GgufModelTest, OpensADirectoryThatHoldsOneModel) {
    test::writeSplit(scratch_.path(), "grok", tinyGguf(), 3);
    test::writeBytes(scratch_.path() / "README.md", "GGUF files of Grok-1");
    const auto source = openModel(scratch_.path().string());
    EXPECT_EQ(source->format(), "gguf");
    EXPECT_EQ(source->name(), scratch_.path().filename().string());
    EXPECT_EQ(source->tensors().back().file, "grok-00003-of-00003.gguf");
    EXPECT_NE(source->load({}, {}), nullptr);
    EXPECT_EQ(openModel((scratch_.path() / "grok-00001-of-00003.gguf").string())->name(),
              "grok-00001-of-00003.gguf");
}

TEST_F(GgufModelTest, OpensAFileByItsContentWhateverItIsCalled) {
    test::writeBytes(scratch_.path() / "weights", tinyGguf().finish());
    EXPECT_EQ(openModel((scratch_.path() / "weights").string())->format(), "gguf");
    EXPECT_EQ(openModel(scratch_.path().string())->format(), "gguf");
}

TEST_F(GgufModelTest, FollowsTheLinkThatTheUserNamedAndNoOther) {
    const fs::path cache = scratch_.path() / "cache";
    const fs::path links = scratch_.path() / "links";
    fs::create_directories(cache);
    fs::create_directories(links);
    test::writeBytes(cache / "3f2a", tinyGguf().finish());
    fs::create_symlink(cache / "3f2a", links / "model.gguf");
    EXPECT_NE(GgufModel(links / "model.gguf").load({}, {}), nullptr);
    EXPECT_EQ(GgufModel(links / "model.gguf").name(), "model.gguf");

    // A part is no link, not even beside a link.
    const fs::path first = test::writeSplit(cache, "grok", tinyGguf(), 2);
    fs::remove(links / "model.gguf");
    fs::create_symlink(first, links / "any.gguf");
    EXPECT_NE(GgufModel(links / "any.gguf").load({}, {}), nullptr);
    fs::remove(links / "any.gguf");
    for (const char* part : {"grok-00001-of-00002.gguf", "grok-00002-of-00002.gguf"}) {
        fs::rename(cache / part, cache / fmt::format("blob-{}", part[9]));
        fs::create_symlink(cache / fmt::format("blob-{}", part[9]), links / part);
    }
    const Refusal refusal = refusalOf(links / "grok-00001-of-00002.gguf");
    EXPECT_EQ(refusal.code, "FILE-002");
    EXPECT_THAT(refusal.sentence, HasSubstr("grok-00002-of-00002.gguf is a symbolic link"));
    EXPECT_EQ(refusalOf(links).code, "FILE-002");  // in a directory nothing was named
}

TEST_F(GgufModelTest, ReadsTheFilesItOpenedOrNone) {
    const auto first = test::writeSplit(scratch_.path(), "grok", tinyGguf(), 2);
    const GgufModel model(first);
    const fs::path second = scratch_.path() / "grok-00002-of-00002.gguf";
    const std::string bytes = test::readBytes(second);
    fs::remove(second);
    test::writeBytes(second, bytes);  // the same content, another file
    try {
        (void)model.load({}, {});
        FAIL() << "another file was read";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), "FILE-008");
        EXPECT_THAT(error.what(), HasSubstr("grok-00002-of-00002.gguf"));
    }
}

// --- what is refused

TEST_F(GgufModelTest, NamesTheArchitecture) {
    GgufWriter writer = tinyGguf();
    EXPECT_EQ(
        refusalOf(writer.text("general.architecture", "llama")).sentence,
        "model.gguf is a model of architecture \"llama\"; expected \"grok\", the only one that "
        "is read from GGUF files; open a Grok-1 model [GGUF-511]");
}

TEST_F(GgufModelTest, SaysWhyAGrok2FileIsNotRead) {
    GgufWriter writer = tinyGguf();
    writer.tensor("blk.0.ffn_up.weight", {32, 64}, DType::F32, std::string(8192, '\0'));
    EXPECT_EQ(refusalOf(writer).sentence,
              "model.gguf is a Grok-2 model (it has a dense feed-forward branch, tensor "
              "blk.0.ffn_up.weight), of which more than Grok-1's arithmetic would have to be "
              "computed; open a Grok-1 model [GGUF-512]");
}

TEST_F(GgufModelTest, NamesPart1WhenALaterPartIsOpened) {
    test::writeSplit(scratch_.path(), "grok", tinyGguf(), 3);
    EXPECT_EQ(refusalOf(scratch_.path() / "grok-00002-of-00003.gguf").sentence,
              "grok-00002-of-00003.gguf is part 2 of 3; only part 1 (grok-00001-of-00003.gguf) "
              "describes the model; open part 1 [GGUF-514]");
}

TEST_F(GgufModelTest, NamesThePartsThatAreMissing) {
    const auto first = test::writeSplit(scratch_.path(), "grok", tinyGguf(), 5);
    fs::remove(scratch_.path() / "grok-00002-of-00005.gguf");
    fs::remove(scratch_.path() / "grok-00004-of-00005.gguf");
    EXPECT_EQ(
        refusalOf(first).sentence,
        "grok-00002-of-00005.gguf is missing: the model has 5 parts, of which 2 (number 2, 4) "
        "are not there; finish the download [FILE-001]");
    EXPECT_EQ(refusalOf(scratch_.path()).code, "FILE-001");
    fs::remove(first);
    EXPECT_THAT(refusalOf(scratch_.path()).sentence,
                HasSubstr("grok-00001-of-00005.gguf is missing"));
}

TEST_F(GgufModelTest, NamesTheModelsOfADirectoryThatHoldsSeveral) {
    test::writeBytes(scratch_.path() / "a.gguf", tinyGguf().finish());
    test::writeSplit(scratch_.path(), "b", tinyGguf(), 2);
    EXPECT_THAT(refusalOf(scratch_.path()).sentence,
                HasSubstr("holds 2 GGUF models: a.gguf, b-00001-of-00002.gguf; name the file of "
                          "one of them [GGUF-515]"));
}

TEST_F(GgufModelTest, RefusesPartsOfAnotherModel) {
    const auto first = test::writeSplit(scratch_.path(), "grok", tinyGguf(), 3);
    const fs::path second = scratch_.path() / "grok-00002-of-00003.gguf";
    const fs::path third = scratch_.path() / "grok-00003-of-00003.gguf";
    const std::string good = test::readBytes(second);
    test::writeBytes(second, test::readBytes(third));
    EXPECT_THAT(refusalOf(first).sentence,
                HasSubstr("part 2 of 3: expected split.no 1 and split.count 3, found 2 and 3"));
    test::writeBytes(second, tinyGguf().finish());
    EXPECT_THAT(refusalOf(first).sentence, HasSubstr("found none and none"));
    // Part 2 of the same model in another number of tensors.
    GgufWriter less = tinyGguf();
    less.tensors.pop_back();
    const test::ScratchDir other;
    test::writeSplit(other.path(), "grok", less, 3);
    test::writeBytes(second, test::readBytes(other.path() / second.filename()));
    EXPECT_THAT(refusalOf(first).code, testing::AnyOf("GGUF-513", "GGUF-505"));
    test::writeBytes(second, good.substr(0, good.size() - 64));
    EXPECT_EQ(refusalOf(first).code, "GGUF-509");
    test::writeBytes(second, good);
    EXPECT_EQ(refusalOf(first).code, "none");
    fs::rename(first, scratch_.path() / "renamed.gguf");
    EXPECT_THAT(refusalOf(scratch_.path() / "renamed.gguf").sentence,
                HasSubstr("expected a name that ends in -00001-of-00003.gguf"));
}

TEST_F(GgufModelTest, EachFaultHasItsCode) {
    using Bend = std::function<void(GgufWriter&)>;
    const auto without = [](const char* key) { return [=](GgufWriter& w) { w.remove(key); }; };
    const auto number = [](const char* key, std::uint32_t value) {
        return [=](GgufWriter& w) { w.u32(key, value); };
    };
    const auto real = [](const char* key, float value) {
        return [=](GgufWriter& w) { w.f32(key, value); };
    };
    const auto lost = [](const char* name) { return [=](GgufWriter& w) { w.removeTensor(name); }; };
    const auto extra = [](const char* name) {
        return [=](GgufWriter& w) { w.tensor(name, {32}, DType::F32, std::string(128, '\0')); };
    };
    const auto sizes = [](const char* name, std::vector<std::uint64_t> value) {
        return [=](GgufWriter& w) { w.tensorNamed(name).sizes = value; };
    };
    const auto typed = [](const char* name, DType type) {
        return [=](GgufWriter& w) {
            GgufWriter::Tensor& tensor = w.tensorNamed(name);
            tensor.type = *ggmlOfDType(type);
            std::uint64_t count = 1;
            for (const auto size : tensor.sizes) count *= size;
            tensor.bytes.assign(storedBytes(type, count), '\0');
        };
    };
    const float infinity = std::numeric_limits<float>::infinity();
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const std::vector<std::pair<Bend, std::string>> table{
        {[](auto&) {}, "none"},
        {without("general.architecture"), "GGUF-510"},
        {without("grok.context_length"), "GGUF-510"},
        {without("grok.embedding_length"), "GGUF-510"},
        {without("grok.block_count"), "GGUF-510"},
        {without("grok.attention.head_count"), "GGUF-510"},
        {without("grok.attention.layer_norm_rms_epsilon"), "GGUF-510"},
        {without("grok.expert_count"), "GGUF-510"},
        {without("grok.expert_used_count"), "GGUF-510"},
        {without("grok.feed_forward_length"), "GGUF-510"},
        {number("grok.attention.head_count", 3), "GGUF-510"},  // and no key_length
        {[](auto& w) { w.text("general.architecture", "qwen3moe"); }, "GGUF-511"},
        {[](auto& w) { w.text("general.architecture", ""); }, "GGUF-511"},
        {[](auto& w) { w.text("general.architecture", "GROK"); }, "GGUF-511"},
        {[](auto& w) { w.text("general.architecture", std::string(5000, 'g')); }, "GGUF-506"},
        {number("general.architecture", 3), "GGUF-506"},
        {real("grok.block_count", 2), "GGUF-506"},
        {[](auto& w) { w.i32("grok.expert_count", 8); }, "GGUF-506"},
        {[](auto& w) {
             w.integers("grok.attention.head_count", {4, 4});
         },
         "GGUF-506"},
        {number("grok.embedding_scale", 1), "GGUF-506"},
        {[](auto& w) { w.text("tokenizer.ggml.add_bos_token", "yes"); }, "GGUF-506"},
        {number("grok.block_count", 0), "CONFIG-303"},
        {number("grok.block_count", 0x80000000U), "CONFIG-303"},
        {number("grok.block_count", 5000), "CONFIG-303"},
        {number("grok.expert_count", 0), "CONFIG-303"},
        {number("grok.expert_used_count", 9), "CONFIG-303"},
        {number("grok.attention.head_count", 0), "CONFIG-303"},
        {number("grok.attention.head_count_kv", 3), "CONFIG-303"},
        {number("grok.vocab_size", 513), "CONFIG-303"},
        {number("grok.embedding_length", 0xffffffffU), "CONFIG-303"},
        {number("grok.context_length", 1U << 30), "CONFIG-303"},
        {real("grok.embedding_scale", 0), "CONFIG-303"},
        {real("grok.logit_scale", -1), "CONFIG-303"},
        {real("grok.attention.output_scale", infinity), "CONFIG-303"},
        {real("grok.attn_logit_softcapping", 0), "CONFIG-303"},
        {real("grok.attention.layer_norm_rms_epsilon", nan), "CONFIG-303"},
        {real("grok.rope.freq_base", 0), "CONFIG-303"},
        {real("grok.final_logit_softcapping", 50), "GGUF-512"},
        {real("grok.final_logit_softcapping", 0), "none"},
        {number("grok.attention.temperature_length", 1024), "GGUF-512"},
        {[](auto& w) { w.text("grok.rope.scaling.type", "yarn"); }, "GGUF-512"},
        {[](auto& w) { w.text("grok.rope.scaling.type", "none"); }, "none"},
        {real("grok.rope.scaling.factor", 16), "GGUF-512"},
        {number("grok.attention.value_length", 16), "GGUF-512"},
        {number("grok.rope.dimension_count", 4), "GGUF-512"},
        {extra("blk.1.ffn_up.weight"), "GGUF-512"},
        {lost("token_embd.weight"), "TENSOR-101"},
        {lost("output_norm.weight"), "TENSOR-101"},
        {lost("blk.1.attn_q.weight"), "TENSOR-101"},
        {lost("blk.1.attn_output.weight"), "TENSOR-101"},
        {lost("blk.0.layer_output_norm.weight"), "TENSOR-101"},
        {lost("blk.0.ffn_gate_inp.weight"), "TENSOR-101"},
        {lost("blk.0.ffn_down_exps.weight"), "TENSOR-101"},
        {number("grok.block_count", 3), "TENSOR-101"},
        {number("grok.block_count", 1), "TENSOR-103"},
        {extra("blk.0.attn_q.bias"), "TENSOR-103"},
        {extra("rope_freqs.weight"), "TENSOR-103"},
        {extra("blk.0.post_ffw_norm.weight"), "TENSOR-103"},
        {extra("blk.7.attn_norm.weight"), "TENSOR-103"},
        {sizes("blk.0.attn_q.weight", {32, 16, 2}), "TENSOR-104"},
        {sizes("blk.0.attn_k.weight", {16, 32}), "TENSOR-104"},
        {sizes("blk.0.attn_norm.weight", {16, 2}), "TENSOR-104"},
        {sizes("blk.0.ffn_up_exps.weight", {64, 32, 8}), "TENSOR-104"},
        {sizes("blk.0.ffn_gate_inp.weight", {8, 32}), "TENSOR-104"},
        {sizes("token_embd.weight", {512, 32}), "TENSOR-104"},
        {sizes("output_norm.weight", {32, 1, 1, 1}), "none"},
        {number("grok.attention.key_length", 16), "GGUF-512"},  // not rope.dimension_count
        {number("grok.feed_forward_length", 32), "TENSOR-104"},
        {number("grok.expert_count", 4), "TENSOR-104"},
        {typed("blk.0.attn_norm.weight", DType::Q8_0), "TENSOR-105"},
        {typed("blk.0.attn_norm.weight", DType::BF16), "none"},
        {typed("blk.0.ffn_gate_inp.weight", DType::Q8_0), "none"},
        {number("tokenizer.ggml.eos_token_id", 512), "VOCAB-403"},
        {number("tokenizer.ggml.padding_token_id", 0xffffffffU), "VOCAB-403"},
        {number("tokenizer.ggml.bos_token_id", 512), "VOCAB-403"},
        {[](auto& w) { w.text("tokenizer.ggml.model", "gpt2"); }, "VOCAB-401"},
        {without("tokenizer.ggml.tokens"), "VOCAB-402"},
        {without("tokenizer.ggml.scores"), "VOCAB-402"},
        {[](auto& w) { w.texts("tokenizer.ggml.tokens", {"a"}); }, "VOCAB-402"},
        {[](auto& w) {
             w.floats("tokenizer.ggml.scores", {0, 1});
         },
         "VOCAB-402"},
        {[](auto& w) { w.integers("tokenizer.ggml.scores", std::vector<int>(512)); }, "GGUF-506"},
        {[](auto& w) {
             w.raw("tokenizer.ggml.scores",
                   GgufValueType::Array,
                   GgufWriter::packed(std::uint32_t{0}) + GgufWriter::packed(std::uint64_t{512}) +
                       std::string(512, '\1'));
         },
         "GGUF-506"},
        {[](auto& w) { w.integers("tokenizer.ggml.token_type", std::vector<int>(512, 9)); },
         "VOCAB-404"},
        {[](auto& w) { w.integers("tokenizer.ggml.token_type", {1}); }, "VOCAB-402"},
        {[](auto& w) { w.floats("tokenizer.ggml.scores", std::vector<float>(512, -1)); },
         "VOCAB-405"},
        {[](auto& w) { w.u16("split.count", 2); }, "GGUF-513"},  // its name has no number
        {[](auto& w) { w.u16("split.count", 1).u16("split.no", 0); }, "none"},
        {[](auto& w) { w.u16("split.no", 3).u16("split.count", 4); }, "GGUF-514"},
        {[](auto& w) { w.u16("split.count", 65535); }, "GGUF-513"},
        {number("split.count", 2), "GGUF-506"},
    };
    for (std::size_t row = 0; row < table.size(); ++row) {
        GgufWriter writer = tinyGguf();
        table[row].first(writer);
        const Refusal refusal = refusalOf(writer);
        EXPECT_EQ(refusal.code, table[row].second) << "row " << row << ": " << refusal.sentence;
    }
    EXPECT_GE(table.size(), 90U);
    const fs::path several = scratch_.path() / "several";
    fs::create_directory(several);
    test::writeBytes(several / "a.gguf", "x");
    test::writeBytes(several / "b.gguf", "x");
    EXPECT_EQ(refusalOf(several).code, "GGUF-515");
}

TEST_F(GgufModelTest, NamesWhatLiesInPlaceOfAFile) {
    const std::pair<std::string, const char*> files[] = {
        {"", "FILE-006"},
        {"<!DOCTYPE html><html>", "FILE-004"},
        {"version https://git-lfs.github.com/spec/v1\n", "FILE-005"},
    };
    for (const auto& [bytes, code] : files) {
        test::writeBytes(path(), bytes);
        EXPECT_EQ(refusalOf(path()).code, code);
        const auto first = test::writeSplit(scratch_.path(), "grok", tinyGguf(), 2);
        test::writeBytes(scratch_.path() / "grok-00002-of-00002.gguf", bytes);
        EXPECT_EQ(refusalOf(first).code, code);
    }
    fs::remove(path());
    ASSERT_EQ(mkfifo(path().c_str(), 0600), 0);  // must not wait for a writer
    EXPECT_EQ(refusalOf(path()).code, "FILE-003");
}

TEST_F(GgufModelTest, RefusesNumbersThatAreNotFinite) {
    GgufWriter writer = tinyGguf();
    writer.tensorNamed("blk.1.attn_v.weight").bytes.replace(8, 4, GgufWriter::packed(NAN));
    const GgufModel model = open(writer);
    try {
        (void)model.load({}, {});
        FAIL() << "a NaN was loaded";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), "FILE-010");
        EXPECT_THAT(error.what(), HasSubstr("model.gguf: tensor blk.1.attn_v.weight: byte"));
    }
}

}  // namespace
}  // namespace gatescope
