// Checkpoint directories that are damaged, half downloaded or made to do harm.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "engine/error.h"
#include "engine/model/xai/xai_checkpoint.h"
#include "tests/support/pickle_cases.h"
#include "tests/support/test_paths.h"
#include "tests/support/tiny_model.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

constexpr int kQueryFile = 2 + 5;  // of layer 0

class HostileCheckpointTest : public testing::Test {
  protected:
    HostileCheckpointTest() { test::writeTinyCheckpoint(model(), test::tinyConfig(), 11); }

    fs::path model() const { return scratch_.path() / "model"; }
    fs::path file(int index) const { return test::tensorFile(model(), index); }
    void swapQueryFor(const std::string& bytes) { test::writeBytes(file(kQueryFile), bytes); }

    /// What opening (and loading, if it opens) says; "" if all went well.
    std::string refusal() const {
        try {
            (void)XaiCheckpoint(model()).load({}, {});
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::BadInput) << error.what();
            return error.what();
        }
        return {};
    }
    void expectQueryRefused(const std::string& reason) const {
        EXPECT_THAT(refusal(),
                    AllOf(HasSubstr("ckpt-0/tensor00007_000"),
                          HasSubstr("transformer/decoder_layer_0/multi_head_attention/query/w"),
                          HasSubstr(reason)));
    }

    test::ScratchDir scratch_;
};

TEST_F(HostileCheckpointTest, TheModelItselfIsGood) {
    EXPECT_EQ(refusal(), "");
}

TEST_F(HostileCheckpointTest, NamesWhatLiesInPlaceOfATensor) {
    const std::pair<std::string, const char*> cases[] = {
        {"", "empty"},
        {"version https://git-lfs.github.com/spec/v1\noid "
         "sha256:4d7a214614ab2935c943f9e0ff69d22eadb"
         "b8f32b1258daaa5e2ca24d17e2393\nsize 12345\n",
         "git-lfs pointer"},
        {"<!DOCTYPE html>\n<html><body>404</body></html>", "web page"},
        {"\n  <html lang=\"en\">", "web page"},
        {"Entry not found", "text (\"Entry not found\")"},
        {std::string(4096, '\0'), "zeros"},
        {std::string("GGUF\x03\0\0\0", 8), "GGUF"},
        {"PK\x03\x04 archive", "zip archive"},
        {"\x93NUMPY\x01", ".npy"},
        {"\x1f\x8b\x08", "gzip"},
        {"\x01\x02\x03", "not a pickle"},
    };
    for (const auto& [bytes, reason] : cases) {
        swapQueryFor(bytes);
        expectQueryRefused(reason);
    }
}

TEST_F(HostileCheckpointTest, NamesTheForbiddenNameOfAPickle) {
    swapQueryFor(test::Assembler().name("os", "system").text("touch canary").op("\x85R").finish());
    expectQueryRefused("\"os.system\"");
}

TEST_F(HostileCheckpointTest, RefusesATensorOfAnotherShape) {
    swapQueryFor(test::pickleOf({DType::F32, {32, 16}, std::string(32 * 16 * 4, '\0')}));
    expectQueryRefused("shape [32, 16], expected [32, 32] (from config.json)");
    swapQueryFor(test::pickleOf({DType::F32, {1024}, std::string(1024 * 4, '\0')}));
    expectQueryRefused("shape [1024], expected [32, 32]");
}

TEST_F(HostileCheckpointTest, RefusesATensorOfAnotherType) {
    swapQueryFor(test::pickleOf({DType::I8, {32, 32}, std::string(1024, '\x01')}));
    expectQueryRefused("i8 elements without scales");
    swapQueryFor(test::pickleOf({DType::F16, {32, 32}, std::string(2048, '\x01')}));
    expectQueryRefused("f16 elements");
    swapQueryFor(test::pickleOf({DType::F32, {32, 32}, std::string(4096, '\x01')},
                                {DType::BF16, {1, 32}, std::string(64, '\x01')}));
    expectQueryRefused("QuantizedWeight8bit of f32");
}

TEST_F(HostileCheckpointTest, RefusesScalesThatDoNotBelongToTheWeight) {
    const test::ArrayToPickle weight{DType::I8, {32, 32}, std::string(1024, '\x01')};
    const auto scales = [](std::vector<std::int64_t> shape, DType dtype = DType::BF16) {
        std::size_t bytes = itemSize(dtype);
        for (const auto size : shape) bytes *= static_cast<std::size_t>(size);
        return test::ArrayToPickle{dtype, std::move(shape), std::string(bytes, '\x01')};
    };
    for (const auto& bad : {scales({1, 16}),
                            scales({3, 32}),
                            scales({64, 32}),
                            scales({32}),
                            scales({1, 1, 32}),
                            scales({1, 32}, DType::F32)}) {
        swapQueryFor(test::pickleOf(weight, bad));
        expectQueryRefused("expected bf16 [1, 32]");
    }
    swapQueryFor(test::pickleOf(weight, scales({16, 32})));
    EXPECT_EQ(refusal(), "");  // 16 groups of 2 rows are unusual, but well defined
}

TEST_F(HostileCheckpointTest, RefusesAQuantizedNorm) {
    test::writeBytes(file(1),
                     test::pickleOf({DType::I8, {32}, std::string(32, '\x01')},
                                    {DType::BF16, {32}, std::string(64, '\x01')}));
    EXPECT_THAT(refusal(), AllOf(HasSubstr("language_model/rms_norm/scale"), HasSubstr("plain")));
}

TEST_F(HostileCheckpointTest, RefusesTwoFilesThatChangedPlaces) {
    const std::string first = test::readBytes(file(2));
    test::writeBytes(file(2), test::readBytes(file(kQueryFile)));
    swapQueryFor(first);
    EXPECT_THAT(refusal(), AllOf(HasSubstr("tensor00002_000"), HasSubstr("another tensor's")));
}

TEST_F(HostileCheckpointTest, RefusesEveryTruncationOfEveryKindOfFile) {
    for (const int index : {1, kQueryFile}) {
        const std::string whole = test::readBytes(file(index));
        for (std::size_t length = 0; length < whole.size(); length += length < 400 ? 1 : 37) {
            test::writeBytes(file(index), whole.substr(0, length));
            EXPECT_THAT(refusal(), HasSubstr(file(index).filename().string())) << length;
        }
        test::writeBytes(file(index), whole);
    }
}

TEST_F(HostileCheckpointTest, SaysHowManyBytesOfATruncatedFileAreMissing) {
    const std::string whole = test::readBytes(file(2));  // 8 x 32 x 64 weights in one payload
    test::writeBytes(file(2), whole.substr(0, 1000));
    EXPECT_THAT(refusal(), AllOf(HasSubstr("ends at byte 1000"), HasSubstr("missing")));
}

TEST_F(HostileCheckpointTest, RefusesBytesBehindThePickle) {
    swapQueryFor(test::readBytes(file(kQueryFile)) + "more");
    expectQueryRefused("4 bytes before the file");
}

TEST_F(HostileCheckpointTest, RefusesNumbersThatAreNotFinite) {
    const std::string infinite = {'\0', '\0', '\x80', '\x7f'};
    const std::string good = test::readBytes(file(1));
    const std::size_t at = good.size() - 4 - 5;  // the last element; five bytes of pickle follow
    std::string bad = good;
    test::writeBytes(file(1), bad.replace(at, 4, infinite));
    EXPECT_THAT(refusal(), AllOf(HasSubstr("tensor00001_000"), HasSubstr("NaN or infinite")));
    test::writeBytes(file(1), good);

    std::string scales(64, '\x01');
    scales.replace(10, 2, "\xff\x7f");
    swapQueryFor(test::pickleOf({DType::I8, {32, 32}, std::string(1024, '\x01')},
                                {DType::BF16, {1, 32}, scales}));
    expectQueryRefused("a bf16 element is NaN");
}

TEST_F(HostileCheckpointTest, NamesTheFirstMissingFile) {
    fs::remove(file(20));
    fs::remove(file(25));
    EXPECT_THAT(refusal(),
                AllOf(HasSubstr("ckpt-0/tensor00020_000 is missing"),
                      HasSubstr("24 tensor files are there, expected 26")));
}

TEST_F(HostileCheckpointTest, RefusesAFileTooMany) {
    fs::copy(file(25), file(26));
    EXPECT_THAT(refusal(), HasSubstr("ckpt-0/tensor00026_000 does not belong"));
    fs::remove(file(26));
    fs::copy(file(25), model() / "ckpt-0/tensor00000_001");
    EXPECT_THAT(refusal(), HasSubstr("tensor00000_001 does not belong"));
}

TEST_F(HostileCheckpointTest, LeavesOtherFilesInTheFolderAlone) {
    test::writeBytes(model() / "ckpt-0/README", "x");
    test::writeBytes(model() / "ckpt-0/tensor00000_000.part", "x");
    test::writeBytes(model() / "ckpt-0/.gitattributes", "x");
    EXPECT_EQ(refusal(), "");
}

TEST_F(HostileCheckpointTest, ExpectsGrok1WithoutAConfig) {
    fs::remove(model() / "config.json");
    EXPECT_THAT(
        refusal(),
        AllOf(HasSubstr("expected 770"), HasSubstr("Grok-1's, as no config.json lies beside")));
}

TEST_F(HostileCheckpointTest, FollowsNoLink) {
    const fs::path outside = scratch_.path() / "outside";
    fs::rename(file(kQueryFile), outside);
    fs::create_symlink(outside, file(kQueryFile));
    EXPECT_THAT(refusal(), AllOf(HasSubstr("tensor00007_000"), HasSubstr("symbolic link")));
    fs::remove(file(kQueryFile));
    fs::rename(outside, file(kQueryFile));
    EXPECT_EQ(refusal(), "");

    for (const char* name : {"config.json", "tokenizer.model"}) {
        test::writeBytes(outside, "x");
        fs::remove(model() / name);
        fs::create_symlink(outside, model() / name);
        EXPECT_THAT(refusal(), AllOf(HasSubstr(name), HasSubstr("symbolic link")));
        fs::remove(model() / name);
        test::writeTinyCheckpoint(model(), test::tinyConfig(), 11);
    }

    fs::rename(model() / "ckpt-0", scratch_.path() / "elsewhere");
    fs::create_directory_symlink(scratch_.path() / "elsewhere", model() / "ckpt-0");
    EXPECT_THAT(refusal(), AllOf(HasSubstr("ckpt-0"), HasSubstr("symbolic link")));
}

TEST_F(HostileCheckpointTest, RefusesWhatIsNoFile) {
    fs::remove(file(kQueryFile));
    fs::create_directory(file(kQueryFile));
    EXPECT_THAT(refusal(), HasSubstr("ckpt-0/tensor00007_000 is not a regular file"));
    fs::remove(file(kQueryFile));
    ASSERT_EQ(mkfifo(file(kQueryFile).c_str(), 0600), 0);  // must not wait for a writer
    EXPECT_THAT(refusal(), HasSubstr("ckpt-0/tensor00007_000 is not a regular file"));
    fs::remove_all(model() / "ckpt-0");
    test::writeBytes(model() / "ckpt-0", "x");
    EXPECT_THAT(refusal(), HasSubstr("ckpt-0 is not a directory"));
}

// Each row of the table of codes, by the smallest fault that earns it.
TEST_F(HostileCheckpointTest, EachFaultHasItsCode) {
    const auto code = [&] {
        try {
            (void)XaiCheckpoint(model()).load({}, {});
        } catch (const Error& error) {
            EXPECT_THAT(error.what(), HasSubstr("[" + error.code() + "]"));
            return error.code();
        }
        return std::string("none");
    };
    const std::string query = test::readBytes(file(kQueryFile));
    const std::string zeros(4096, '\0');
    using test::Assembler;
    const std::pair<std::string, std::string> files[] = {
        {"<html>", "FILE-004"},
        {"version https://git-lfs.github.com/spec/v1", "FILE-005"},
        {"", "FILE-006"},
        {"Entry not found", "FILE-007"},
        {zeros, "FILE-009"},
        {test::pickleOf({DType::F32, {1, 1}, "aaaa"}), "TENSOR-104"},
        {test::pickleOf({DType::I8, {32, 32}, std::string(1024, '\1')}), "TENSOR-105"},
        {query.substr(0, 300), "XAI-201"},
        {Assembler().integer(1).finish(), "XAI-202"},
        {Assembler().name("os", "system").finish(), "XAI-203"},
        {Assembler().op("\xff").finish(), "XAI-204"},
        {Assembler().op(std::string(100, '(')).finish(), "XAI-205"},
        {"\x80\x09.", "XAI-206"},
        {Assembler().rawArray().op("(").integer(1).integer(2).op("\x85").dtype("f8", "<").finish(),
         "XAI-207"},
        {Assembler().rawArray().op("(").integer(1).integer(2).op("\x85").dtype("f4", ">").finish(),
         "XAI-208"},
        {Assembler()
             .rawArray()
             .op("(")
             .integer(1)
             .integer(2)
             .op("\x85")
             .dtype("f4", "<")
             .op("\x89")
             .bytes("abc")
             .op("tb")
             .finish(),
         "XAI-209"},
        {query + "more", "XAI-210"},
    };
    for (const auto& [bytes, expected] : files) {
        swapQueryFor(bytes);
        EXPECT_EQ(code(), expected) << refusal();
    }
    swapQueryFor(query);
    const std::string config = test::readBytes(model() / "config.json");
    const std::pair<std::string, std::string> configs[] = {
        {"{", "CONFIG-301"},
        {"{}", "CONFIG-302"},
        {R"({"vocab_size": 64, "emb_size": -3, "num_layers": 2})", "CONFIG-303"},
        {std::string(2 << 20, ' '), "FILE-011"},
    };
    for (const auto& [text, expected] : configs) {
        test::writeBytes(model() / "config.json", text);
        EXPECT_EQ(code(), expected) << refusal();
    }
    test::writeBytes(model() / "config.json", config);

    const std::string norm = test::readBytes(file(1));
    std::string bad = norm;
    bad.replace(bad.size() - 9, 4, std::string("\0\0\x80\x7f", 4));
    test::writeBytes(file(1), bad);
    EXPECT_EQ(code(), "FILE-010") << refusal();
    test::writeBytes(file(1), norm);

    fs::copy(file(25), file(26));
    EXPECT_EQ(code(), "TENSOR-103") << refusal();
    fs::remove(file(26));

    const XaiCheckpoint opened(model());
    test::writeBytes(file(1), norm + "x");
    try {
        (void)opened.load({}, {});
        ADD_FAILURE() << "a changed file was loaded";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), "FILE-008") << error.what();
    }
    test::writeBytes(file(1), norm);

    fs::remove(file(kQueryFile));
    EXPECT_EQ(code(), "FILE-001") << refusal();
    fs::create_symlink("elsewhere", file(kQueryFile));
    EXPECT_EQ(code(), "FILE-002") << refusal();
    fs::remove(file(kQueryFile));
    fs::create_directory(file(kQueryFile));
    EXPECT_EQ(code(), "FILE-003") << refusal();
}

}  // namespace
}  // namespace gatescope
