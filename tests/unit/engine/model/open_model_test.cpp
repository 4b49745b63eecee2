#include "engine/model/open_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "engine/error.h"
#include "engine/model/weights_assembly.h"
#include "tests/support/hf_writer.h"
#include "tests/support/test_paths.h"
#include "tests/support/tiny_model.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

std::string refusal(const fs::path& model) {
    try {
        (void)openModel(model.string());
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::BadInput) << model;
        return error.what();
    }
    ADD_FAILURE() << model << " was opened";
    return {};
}

std::string safetensorsBytes() {
    const std::string header = R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
    return std::string(1, static_cast<char>(header.size())) + std::string(7, '\0') + header +
           "abcd";
}

TEST(ModelSourceTest, OpensACheckpointByItsContentWhateverItIsCalled) {
    const test::ScratchDir dir;
    test::writeTinyCheckpoint(dir.path() / "model.gguf", test::tinyConfig(), 1);
    const auto source = openModel((dir.path() / "model.gguf").string());
    EXPECT_EQ(source->format(), "xai-checkpoint");
    EXPECT_EQ(source->name(), "model.gguf");
    EXPECT_FALSE(source->isSynthetic());
    EXPECT_EQ(source->config(), test::tinyConfig());
}

TEST(ModelSourceTest, OpensAPathWithASlashBehindItAndOneThroughALink) {
    const test::ScratchDir dir;
    test::writeTinyCheckpoint(dir.path() / "model", test::tinyConfig(), 1);
    EXPECT_EQ(openModel((dir.path() / "model/").string())->name(), "model");
    EXPECT_EQ(openModel((dir.path() / "model/ckpt-0/").string())->name(), "model");
    fs::create_directory_symlink(dir.path() / "model", dir.path() / "link");
    EXPECT_EQ(openModel((dir.path() / "link").string())->config(), test::tinyConfig());
}

TEST(ModelSourceTest, TakesAFileForGgufByItsNameOrItsFirstBytes) {
    const test::ScratchDir dir;
    test::writeBytes(dir.path() / "weights", std::string("GGUF\x03\0\0\0\0\0\0\0", 12));
    EXPECT_THAT(refusal(dir.path() / "weights"), HasSubstr("[GGUF-501]"));
    EXPECT_THAT(refusal(dir.path()), AllOf(HasSubstr("weights"), HasSubstr("[GGUF-501]")));
    test::writeBytes(dir.path() / "weights.gguf", "<html>");
    EXPECT_THAT(refusal(dir.path() / "weights.gguf"), HasSubstr("[FILE-004]"));
}

TEST(ModelSourceTest, SaysWhatASafetensorsFileNeedsBesideIt) {
    const test::ScratchDir dir;
    test::writeBytes(dir.path() / "model.safetensors", safetensorsBytes());
    EXPECT_THAT(refusal(dir.path()),
                AllOf(HasSubstr("config.json is missing"), HasSubstr("FILE-001")));
    EXPECT_THAT(refusal(dir.path() / "model.safetensors"), HasSubstr("without a config.json"));
}

TEST(ModelSourceTest, OpensADirectoryOfHuggingFaceByItselfOrByAFileOfIt) {
    const test::ScratchDir dir;
    const fs::path checkpoint = dir.path() / "checkpoint";
    test::writeTinyCheckpoint(checkpoint, test::tinyConfig(), 1);
    const auto weights = openModel(checkpoint.string())->load({}, {});
    const fs::path model = dir.path() / "grok-hf";
    test::writeHfDirectory(model, *weights, {.files = 2});
    for (const fs::path& path :
         {model, model / "", model / "model-00002-of-00002.safetensors", model / "."}) {
        const auto source = openModel(path.string());
        EXPECT_EQ(source->format(), "safetensors") << path;
        EXPECT_EQ(source->config(), test::tinyConfig()) << path;
    }
    EXPECT_EQ(openModel(model.string())->name(), "grok-hf");
    // A checkpoint of xAI's stays one, whatever lies beside it.
    fs::copy(model / "model-00001-of-00002.safetensors", checkpoint);
    EXPECT_EQ(openModel(checkpoint.string())->format(), "xai-checkpoint");
}

TEST(ModelSourceTest, SaysWhatIsThereInsteadOfACheckpoint) {
    const test::ScratchDir dir;
    EXPECT_THAT(refusal(dir.path() / "nowhere"), HasSubstr("no such path"));
    EXPECT_THAT(refusal(""), HasSubstr("no such path"));
    EXPECT_THAT(refusal(dir.path()), HasSubstr("holds no ckpt-0"));
    ASSERT_EQ(mkfifo((dir.path() / "pipe").c_str(), 0600), 0);
    EXPECT_THAT(refusal(dir.path() / "pipe"), HasSubstr("neither a file nor a directory"));
    test::writeBytes(dir.path() / "notes.txt", "hello");
    EXPECT_THAT(refusal(dir.path() / "notes.txt"), HasSubstr("is text (\"hello\")"));
    test::writeBytes(dir.path() / "page.gguf", "<!DOCTYPE html><html>404</html>");
    EXPECT_THAT(refusal(dir.path() / "page.gguf"), HasSubstr("a web page"));
    test::writeBytes(dir.path() / "lfs.gguf", "version https://git-lfs.github.com/spec/v1\n");
    EXPECT_THAT(refusal(dir.path() / "lfs.gguf"), HasSubstr("run git lfs pull"));
    EXPECT_THAT(refusal(test::dataDir() / "tiny-a/ckpt-0/tensor00000_000"),
                HasSubstr("single pickle"));
}

TEST(ModelSourceTest, KnowsHowMuchMemoryTheMachineHasLeft) {
    EXPECT_GT(availableMemory(), std::uint64_t{64} << 20);
    EXPECT_LT(availableMemory(), std::uint64_t{1} << 50);
}

}  // namespace
}  // namespace gatescope
