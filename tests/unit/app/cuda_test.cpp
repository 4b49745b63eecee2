#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "app/exit_status.h"
#include "tests/support/test_paths.h"
#include "tests/unit/app/program.h"

// Whole programs on the emulated GPU.

namespace gatescope::test {
namespace {

using testing::HasSubstr;

class CudaCliTest : public testing::Test {
  protected:
    CudaCliTest() { setenv("GATESCOPE_CUDA_LIBRARY", GATESCOPE_EMULATED_CUDA, 1); }
    ~CudaCliTest() override {
        unsetenv("GATESCOPE_CUDA_LIBRARY");
        unsetenv("GATESCOPE_EMULATED_FAULT");
    }
};

TEST_F(CudaCliTest, GeneratesWhatTheReferenceDoes) {
    const auto ids = [](const char* decoder) {
        return runCli({"generate",
                       tinyA(),
                       "-p",
                       "the",
                       "-n",
                       "4",
                       "--temp",
                       "0",
                       "--decoder",
                       decoder,
                       "--json"})
            .json()["ids"];
    };
    const auto expected = ids("reference");
    EXPECT_EQ(expected.size(), 4U);
    EXPECT_EQ(ids("cuda"), expected);
}

/// Drawn on the device, from the same numbers as on the host.
TEST_F(CudaCliTest, DrawsTheTokensOfTheSameSeed) {
    const auto ids = [](const char* decoder, const char* seed) {
        return runCli({"generate",
                       tinyA(),
                       "-p",
                       "the",
                       "-n",
                       "12",
                       "--temp",
                       "1.5",
                       "--top-p",
                       "0.9",
                       "--min-p",
                       "0.01",
                       "--repetition-penalty",
                       "1.2",
                       "--seed",
                       seed,
                       "--decoder",
                       decoder,
                       "--json"})
            .json()["ids"];
    };
    const auto expected = ids("reference", "5");
    EXPECT_EQ(ids("cuda", "5"), expected);
    EXPECT_NE(ids("cuda", "6"), expected);
}

TEST_F(CudaCliTest, FollowsTheScopeOfAnIntervention) {
    const auto ids = [](const char* decoder, const std::vector<std::string>& options) {
        std::vector<std::string> words{
            "generate", tinyA(), "-p", "the", "-n", "8", "--temp", "0", "--decoder", decoder};
        words.insert(words.end(), options.begin(), options.end());
        words.emplace_back("--json");
        return runCli(words).json()["ids"];
    };
    std::vector<std::string> options{"--bias", "0:2:40", "--bias", "1:5:40", "--scale", "1:5:30"};
    const auto plain = ids("reference", {});
    options.insert(options.end(), {"--where", "index=3"});
    const auto scoped = ids("reference", options);
    ASSERT_NE(scoped, plain) << "nothing is changed, so nothing is tested";
    EXPECT_EQ(ids("cuda", options), scoped);
    EXPECT_EQ(ids("cpu", options), scoped);
    options.back() = "index>500";
    EXPECT_EQ(ids("cuda", options), ids("cuda", {})) << "of no token";
}

TEST_F(CudaCliTest, BenchSaysHowFastAReplyIsThatDrawsItself) {
    const auto bench = [](const char* decoder) {
        return runCli({"bench", tinyA(), "-p", "2", "-n", "4", "--decoder", decoder, "--json"})
            .json()["reply_tok_s"];
    };
    EXPECT_GT(bench("cuda").get<double>(), 0);
    EXPECT_TRUE(bench("cpu").is_null());
}

TEST_F(CudaCliTest, PlansForTheMemoryOfTheGpu) {
    const auto info = runCli({"info", tinyA(), "--decoder", "cuda"});
    EXPECT_EQ(info.status, 0) << info.err;
    EXPECT_THAT(info.out, HasSubstr("that are free on the Emulated GPU"));
}

TEST_F(CudaCliTest, RoundsAPromptTo8BitsWhereTheWeightsHaveNoMore) {
    const auto generate = [](const std::string& model) {
        return runCli({"generate",
                       model,
                       "-p",
                       "the quick brown fox jumps over the lazy dog",
                       "-n",
                       "1",
                       "--decoder",
                       "cuda",
                       "--precision",
                       "int8",
                       "--json"});
    };
    const auto done = generate(tinyA());
    ASSERT_EQ(done.status, 0) << done.err;
    EXPECT_EQ(done.json()["ids"].size(), 1U);
    const ScratchDir dir;
    const std::string file = (dir.path() / "tiny.gguf").string();
    ASSERT_EQ(runCli({"convert", tinyA(), file, "--type", "bf16"}).status, 0);
    expectRefusal(generate(file), exitStatus(ErrorKind::BadUsage), {"int8", "bf16", "mixed"});
}

/// The sentence tells what to do, and there is nothing to go on with.
TEST_F(CudaCliTest, AChatWhoseGpuIsLostEndsWithASentence) {
    setenv("GATESCOPE_EMULATED_FAULT", "launchGraph:2:719", 1);
    const auto chat = runCli({"chat",
                              tinyA(),
                              "--template",
                              "continuation",
                              "--temp",
                              "0",
                              "-n",
                              "20",
                              "--decoder",
                              "cuda"},
                             "a\nb\n");
    EXPECT_EQ(chat.status, exitStatus(ErrorKind::DeviceFault));
    EXPECT_THAT(chat.err, HasSubstr("GPU-002"));
    EXPECT_THAT(chat.err, HasSubstr("--decoder cpu"));
}

TEST_F(CudaCliTest, AGpuThatIsBrokenFromTheBeginningIsRefused) {
    setenv("GATESCOPE_EMULATED_FAULT", "describeDevice:0:719", 1);
    expectRefusal(runCli({"generate", tinyA(), "-p", "the", "-n", "1", "--decoder", "cuda"}),
                  exitStatus(ErrorKind::DeviceFault),
                  {"no GPU can be used", "GPU-002"});
}

}  // namespace
}  // namespace gatescope::test
