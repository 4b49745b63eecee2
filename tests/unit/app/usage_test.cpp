#include <gtest/gtest.h>

#include <sys/wait.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "engine/io/npy.h"
#include "tests/support/test_paths.h"
#include "tests/unit/app/program.h"

namespace gatescope {
namespace {

using test::expectRefusal;
using test::Outcome;
using test::runCli;
using test::tinyA;
using Words = std::vector<std::string>;

std::string writeIds(const test::ScratchDir& dir, const std::vector<std::int32_t>& ids) {
    const auto file = dir.path() / "ids.npy";
    writeNpy<std::int32_t>(
        file, std::vector<std::int64_t>{static_cast<std::int64_t>(ids.size())}, ids);
    return file.string();
}

TEST(CliUsageTest, ExplainsEverySubcommandWithAnExample) {
    for (const char* command : {"info",
                                "plan",
                                "tokenize",
                                "forward",
                                "generate",
                                "chat",
                                "bench",
                                "perplexity",
                                "record",
                                "analyse",
                                "compare",
                                "score",
                                "seeds",
                                "simulate-offload",
                                "heat",
                                "import",
                                "convert"}) {
        const Outcome outcome = runCli({command, "--help"});
        EXPECT_EQ(outcome.status, 0) << command;
        EXPECT_NE(outcome.out.find("Example: "), std::string::npos) << command;
        EXPECT_EQ(outcome.err, "");
    }
    EXPECT_NE(runCli({"library", "rescue", "--help"}).out.find("Example: "), std::string::npos);
    EXPECT_EQ(runCli({"--help"}).status, 0);
    EXPECT_EQ(runCli({"--version"}).out.substr(0, 14), "gatescope-cli ");
}

TEST(CliUsageTest, RefusesWhatItCannotReadWithStatus2) {
    const std::vector<std::pair<Words, Words>> cases{
        {{}, {}},
        {{"nonsense"}, {}},
        {{"convert", tinyA(), "out.gguf"}, {}},
        {{"info"}, {"MODEL"}},
        {{"info", tinyA(), "--nonsense"}, {"--nonsense"}},
        {{"bench", tinyA(), "-p", "many"}, {"many"}},
        {{"bench", tinyA(), "-p", "-1"}, {"-p"}},
        {{"bench", tinyA(), "--numa", "maybe"}, {"--numa"}},
        {{"bench", tinyA(), "--gpu", "-1"}, {"--gpu -1"}},
        {{"bench", tinyA(), "-p", "0", "-n", "0"}, {"-n"}},
        {{"bench", tinyA(), "-p", "100000"}, {"256"}},
        {{"bench", tinyA(), "-p", "2147483647", "-n", "2147483647"}, {"256"}},
        {{"bench", tinyA(), "-t", "-3"}, {"-3"}},
        {{"bench", tinyA(), "-t", "100000"}, {"100000", "1024"}},
        {{"bench", tinyA(), "--decoder", "abacus"}, {"abacus", "reference"}},
        {{"bench", tinyA(), "--ranks", "0"}, {"--ranks 0", "64"}},
        {{"bench", "synthetic:grok-9"}, {"grok-9"}},
        {{"simulate-offload"}, {"RECORDING", "--library"}},
        {{"simulate-offload", "a.gscope", "--policy", "mru"}, {"mru", "least-stale"}},
        {{"simulate-offload", "a.gscope", "--policy", "static"}, {"--heat"}},
        {{"simulate-offload", "a.gscope", "--pcie", "0"}, {"--pcie 0"}},
        {{"simulate-offload", "a.gscope", "--prefetch", "-1"}, {"--prefetch -1"}},
        {{"heat"}, {}},
        {{"heat", "learn"}, {"RECORDING", "--library"}},
        {{"generate", tinyA()}, {"-p TEXT", "--tokens"}},
        {{"generate", tinyA(), "-p", "a", "--tokens", "ids.npy"}, {"-p TEXT", "--tokens"}},
        {{"generate", tinyA(), "-p", "a", "--temp", "-1"}, {"temperature -1"}},
        {{"generate", tinyA(), "-p", "a", "--top-p", "0"}, {"top-p"}},
        {{"generate", tinyA(), "-p", "a", "--top-k-tokens", "-1"}, {"top-k"}},
        {{"generate", tinyA(), "-p", "a", "-n", "0"}, {"-n 0"}},
        {{"generate", tinyA(), "-p", "a", "--seed", "x"}, {"x"}},
        {{"generate", tinyA(), "-p", "a", "--seed", "-1"}, {"--seed", "-1"}},
        {{"generate", tinyA(), "-p", "a", "--seed", "18446744073709551616"}, {"--seed"}},
        {{"chat", tinyA(), "--seed", "-1"}, {"--seed", "-1"}},
        {{"generate", tinyA(), "-p", "a", "--ablate", "4:0"}, {"4:0", "0 to 3"}},
        {{"generate", tinyA(), "-p", "a", "--pin-gates"}, {"--pin FILE.gscope"}},
        {{"generate", tinyA(), "-p", ""}, {}},
        {{"generate", "synthetic:grok-1-tiny", "-p", "a"}, {"tokenizer"}},
        {{"chat", "synthetic:grok-1-tiny"}, {"tokenizer"}},
        {{"tokenize", "synthetic:grok-1-tiny"}, {"tokenizer"}},
        {{"chat", tinyA(), "--template", "haiku"}, {"haiku", "transcript"}},
        {{"perplexity", tinyA()}, {"--file"}},
        {{"perplexity", tinyA(), "--file", "x", "--ctx", "1"}, {"--ctx 1"}},
        {{"record", "info"}, {"FILE"}},
        {{"library"}, {}},
        {{"library", "rescue", "a.sqlite"}, {"TO"}},
        {{"record", "play", "x.gscope"}, {}},
        {{"record", "filter", "x.gscope"}, {"EXPR"}},
        {{"record", "filter", "x.gscope", "layer="},
         {"\"layer=\"", "column 7: expected a number, found the end"}},
    };
    for (const auto& [arguments, parts] : cases) {
        SCOPED_TRACE(::testing::PrintToString(arguments));
        expectRefusal(runCli(arguments), 2, parts);
    }
}

TEST(CliUsageTest, RefusesInterventionsOutsideTheModel) {
    test::ScratchDir dir;
    const std::string ids = writeIds(dir, {5, 6});
    const auto out = (dir.path() / "out").string();
    for (const auto& [option, value, part] :
         std::vector<std::array<std::string, 3>>{{"--ablate", "4:0", "layers 0 to 3"},
                                                 {"--ablate", "0:8", "experts 0 to 7"},
                                                 {"--ablate", "0", "LAYER:EXPERT"},
                                                 {"--force", "x:y", "LAYER:EXPERT"},
                                                 {"--bias", "0:1", "AMOUNT"},
                                                 {"--bias", "0:1:nan", "AMOUNT"},
                                                 {"--exclude", "0:8", "exclude 0:8"},
                                                 {"--scale", "0:1:-1", "FACTOR"},
                                                 {"--scale", "4:1:2", "scale 4:1"},
                                                 {"--swap", "0:1", "LAYER:EXPERT:EXPERT"},
                                                 {"--swap", "0:1:1", "two different"},
                                                 {"--swap", "0:1:9", "swap 0:9"},
                                                 {"--top-k", "9", "top-k 9"}}) {
        SCOPED_TRACE(option + " " + value);
        expectRefusal(
            runCli({"forward", tinyA(), "--tokens", ids, "--out", out, option, value}), 2, {part});
        EXPECT_FALSE(std::filesystem::exists(out));
    }
}

TEST(CliUsageTest, RefusesBadIdsWithStatus3) {
    test::ScratchDir dir;
    const auto forward = [&](const std::string& ids) {
        return runCli(
            {"forward", tinyA(), "--tokens", ids, "--out", (dir.path() / "out").string()});
    };
    expectRefusal(forward(writeIds(dir, {4, 5, 512, 6})), 3, {"ids.npy", "token 2", "512", "511"});
    expectRefusal(forward(writeIds(dir, {-1})), 3, {"ids.npy", "token 0", "-1"});
    expectRefusal(forward(writeIds(dir, {})), 3, {"ids.npy"});
    expectRefusal(forward(writeIds(dir, std::vector<std::int32_t>(257, 5))), 3, {"257", "256"});
    const auto file = dir.path() / "ids.npy";
    writeNpy<std::int32_t>(file, std::vector<std::int64_t>{1, 2}, std::vector<std::int32_t>{4, 5});
    expectRefusal(forward(file.string()), 3, {"ids.npy", "2 dimensions"});
    expectRefusal(runCli({"generate", tinyA(), "--tokens", file.string()}), 3, {"2 dimensions"});
    writeNpy<float>(file, std::vector<std::int64_t>{1}, std::vector<float>{4});
    expectRefusal(forward(file.string()), 3, {"ids.npy", "<f4"});
    std::ofstream(file) << "4 5 6\n";
    expectRefusal(forward(file.string()), 3, {"ids.npy"});
    expectRefusal(forward((dir.path() / "absent.npy").string()), 3, {"absent.npy"});
    expectRefusal(runCli({"generate", tinyA(), "--tokens", writeIds(dir, {600})}),
                  3,
                  {"ids.npy", "token 0", "600"});
    expectRefusal(runCli({"tokenize", tinyA(), "--decode"}, "4 five"), 3, {"byte 2", "'f'"});
    expectRefusal(runCli({"tokenize", tinyA(), "--decode"}, "4 512"), 3, {"512", "511"});
    expectRefusal(runCli({"tokenize", tinyA(), "--decode"}, "4 \x1b[2J"), 3, {"byte 2", "\\x1b"});
    expectRefusal(runCli({"info", "/absent\x1b[2J\n"}), 3, {"/absent\\x1b[2J"});
    expectRefusal(runCli({"perplexity", tinyA(), "--file", "\x07"}), 3, {"\\x07"});
}

TEST(CliUsageTest, RefusesTextsAndRecordingsThatAreNone) {
    test::ScratchDir dir;
    const auto perplexity = [](const std::filesystem::path& file) {
        return runCli({"perplexity", tinyA(), "--file", file.string()});
    };
    expectRefusal(perplexity("/absent.txt"), 3, {"absent.txt"});
    expectRefusal(perplexity(dir.path()), 3, {"text file"});
    std::ofstream(dir.path() / "empty.txt");
    expectRefusal(perplexity(dir.path() / "empty.txt"), 3, {"empty.txt"});
    std::ofstream(dir.path() / "text.gscope") << "not a recording";
    for (const char* action : {"info", "verify", "export"}) {
        expectRefusal(runCli({"record", action, "/absent.gscope"}), 3, {"absent.gscope"});
        expectRefusal(
            runCli({"record", action, (dir.path() / "text.gscope").string()}), 3, {"text.gscope"});
    }
}

TEST(CliUsageTest, TellsWhenItCannotWrite) {
    test::ScratchDir dir;
    const auto file = dir.path() / "taken";
    std::ofstream(file) << "x";
    const std::string ids = writeIds(dir, {5});
    expectRefusal(runCli({"forward", tinyA(), "--tokens", ids, "--out", (file / "out").string()}),
                  4,
                  {"taken"});
}

TEST(CliUsageTest, TellsWhenStandardOutputCannotBeWritten) {
    test::ScratchDir dir;
    const auto said = dir.path() / "err";
    for (const std::string command :
         {"info", "generate -p a -n 40", "generate -p a -n 2 --json", "chat -n 3", "tokenize"}) {
        SCOPED_TRACE(command);
        const auto space = command.find(' ');
        const std::string line = "printf 'Hello\\n' | " GATESCOPE_BINARY_DIR "/bin/gatescope-cli " +
                                 command.substr(0, space) + " '" + tinyA() + "'" +
                                 (space == std::string::npos ? "" : command.substr(space)) +
                                 " > /dev/full 2> '" + said.string() + "'";
        EXPECT_EQ(WEXITSTATUS(std::system(line.c_str())), 4);
        std::ifstream err(said);
        const std::string text(std::istreambuf_iterator<char>(err), {});
        EXPECT_NE(text.find("error: standard output could not be written"), std::string::npos)
            << text;
    }
}

// --- damaged models

class DamagedModelTest : public ::testing::Test {
  protected:
    DamagedModelTest() : model_(dir_.path() / "model") {
        std::filesystem::create_directories(model_ / "ckpt-0");
        for (const auto& entry : std::filesystem::directory_iterator(tinyA() + "/ckpt-0"))
            std::filesystem::copy(entry.path(), model_ / "ckpt-0");
        for (const char* name : {"config.json", "tokenizer.model"})
            std::filesystem::copy(std::filesystem::path(tinyA()) / name, model_ / name);
    }

    static void replace(const std::filesystem::path& file, const std::string& bytes) {
        std::filesystem::remove(file);
        std::ofstream(file, std::ios::binary) << bytes;
    }

    /// Every subcommand that reads the weights refuses them with status 3 and the file's name.
    void expectAllRefuse(const std::string& file) {
        const std::string model = model_.string();
        const std::string ids = writeIds(dir_, {5, 6, 7});
        for (const auto& arguments : std::vector<Words>{
                 {"forward", model, "--tokens", ids, "--out", (dir_.path() / "out").string()},
                 {"generate", model, "-p", "a", "-n", "2"},
                 {"bench", model, "-p", "2", "-n", "2"},
                 {"chat", model}}) {
            SCOPED_TRACE(arguments.front());
            expectRefusal(runCli(arguments), 3, {file});
        }
    }

    test::ScratchDir dir_;
    std::filesystem::path model_;
};

TEST_F(DamagedModelTest, IsTakenWhenWhole) {
    EXPECT_EQ(runCli({"generate", model_.string(), "-p", "a", "-n", "2"}).status, 0);
}

TEST_F(DamagedModelTest, RefusesATruncatedTensor) {
    const auto file = model_ / "ckpt-0/tensor00007_000";
    std::filesystem::resize_file(file, std::filesystem::file_size(file) / 2);
    expectAllRefuse("tensor00007_000");
    expectRefusal(runCli({"info", model_.string()}), 3, {"tensor00007_000"});
}

TEST_F(DamagedModelTest, RefusesTextInATensorsPlace) {
    replace(model_ / "ckpt-0/tensor00003_000", "<html>404</html>\n");
    expectAllRefuse("tensor00003_000");
}

TEST_F(DamagedModelTest, RefusesAForbiddenPickleAndStartsNothing) {
    const auto witness = dir_.path() / "witness";
    const std::string command = "touch " + witness.string();
    // os.system(command), as `pickle` would run it.
    const std::string pickle = std::string("\x80\x04\x8c\x02os\x8c\x06system\x93\x8c") +
                               static_cast<char>(command.size()) + command + "\x85R.";
    replace(model_ / "ckpt-0/tensor00000_000", pickle);
    expectAllRefuse("tensor00000_000");
    expectRefusal(runCli({"info", model_.string()}), 3, {"os", "system"});
    EXPECT_FALSE(std::filesystem::exists(witness));
}

TEST_F(DamagedModelTest, RefusesAWeightThatIsNotANumber) {
    const auto file = model_ / "ckpt-0/tensor00001_000";  // the final norm, [128] f32
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    const std::string header("B\x00\x02\x00\x00", 5);  // BINBYTES of 512 bytes
    std::string all(std::istreambuf_iterator<char>(bytes), {});
    ASSERT_NE(all.find(header), std::string::npos);
    bytes.seekp(static_cast<std::streamoff>(all.find(header) + header.size() + 40));
    bytes.write("\xff\xff\xff\xff", 4);
    bytes.close();
    expectAllRefuse("tensor00001_000");
}

TEST_F(DamagedModelTest, RefusesAMissingTensor) {
    std::filesystem::remove(model_ / "ckpt-0/tensor00020_000");
    expectAllRefuse("tensor00020_000");
}

TEST_F(DamagedModelTest, RefusesABrokenTokenizerWhateverTheModelIsUsedFor) {
    const auto file = model_ / "tokenizer.model";
    std::filesystem::resize_file(file, std::filesystem::file_size(file) / 2);
    expectAllRefuse("tokenizer.model");
    for (const auto& arguments : std::vector<Words>{{"info", model_.string()},
                                                    {"tokenize", model_.string()},
                                                    {"generate", model_.string(), "-p", "a"},
                                                    {"chat", model_.string()}}) {
        SCOPED_TRACE(arguments.front());
        expectRefusal(runCli(arguments, "text"), 3, {"tokenizer.model", "byte "});
    }
    replace(file, "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n");
    expectRefusal(runCli({"tokenize", model_.string()}, "text"), 3, {"git-lfs", "FILE-005"});
}

TEST_F(DamagedModelTest, RefusesWhatIsNoModel) {
    expectRefusal(runCli({"info", (dir_.path() / "absent").string()}), 3, {"absent"});
    expectRefusal(runCli({"info", (model_ / "config.json").string()}), 3, {"config.json"});
    expectRefusal(runCli({"info", dir_.path().string()}), 3, {"ckpt-0"});
    replace(model_ / "config.json", "{\"vocab_size\": -3}");
    expectRefusal(runCli({"info", model_.string()}), 3, {"config.json", "vocab_size"});
}

}  // namespace
}  // namespace gatescope
