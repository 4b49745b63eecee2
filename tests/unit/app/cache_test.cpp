#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "tests/support/test_paths.h"
#include "tests/support/tiny_model.h"
#include "tests/unit/app/program.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;
using test::expectRefusal;
using test::Outcome;
using test::runCli;
using test::tinyA;

/// With a cache of its own; children inherit the environment.
class CacheCliTest : public testing::Test {
  protected:
    CacheCliTest() { ::setenv("XDG_CACHE_HOME", scratch_.path().c_str(), 1); }
    ~CacheCliTest() override { ::unsetenv("XDG_CACHE_HOME"); }

    fs::path add(const std::string& model) const {
        const auto report = runCli({"cache", "add", model, "--json"}).json();
        return report["file"].get<std::string>();
    }
    static Outcome generate(const std::string& model, std::vector<std::string> more = {}) {
        std::vector<std::string> words{
            "generate", model, "-p", "The", "-n", "6", "--temp", "0", "--ignore-eos", "--json"};
        words.insert(words.end(), more.begin(), more.end());
        return runCli(words);
    }
    test::ScratchDir scratch_;
};

TEST_F(CacheCliTest, MakesListsChecksAndRemovesCopies) {
    const auto made = runCli({"cache", "add", tinyA(), "--json"}).json();
    EXPECT_EQ(made["made"], true);
    const fs::path file = made["file"].get<std::string>();
    EXPECT_EQ(file.parent_path(), scratch_.path() / "gatescope" / "start-copies");
    EXPECT_EQ(made["bytes"], fs::file_size(file));
    EXPECT_EQ(runCli({"cache", "add", tinyA(), "--json"}).json()["made"], false);

    const auto list = runCli({"cache", "list", "--json"}).json();
    EXPECT_EQ(list["bytes"], fs::file_size(file));
    ASSERT_EQ(list["copies"].size(), 1U);
    EXPECT_EQ(list["copies"][0]["model"], fs::canonical(tinyA()).string());
    EXPECT_EQ(list["copies"][0]["usable"], true);
    EXPECT_NE(runCli({"cache", "list"}).out.find("1 start copy"), std::string::npos);
    EXPECT_NE(runCli({"info", tinyA()}).out.find("used when it starts"), std::string::npos);
    EXPECT_EQ(runCli({"info", tinyA(), "--json"}).json()["start_copy"]["usable"], true);

    EXPECT_EQ(runCli({"cache", "verify", tinyA(), "--json"}).json()["copies"][0]["whole"], true);
    EXPECT_EQ(runCli({"cache", "clear", test::demoModel(), "--json"}).json()["removed"].size(), 0U);
    EXPECT_EQ(runCli({"cache", "clear", tinyA(), "--json"}).json()["removed"].size(), 1U);
    EXPECT_FALSE(fs::exists(file));
    EXPECT_TRUE(runCli({"info", tinyA(), "--json"}).json()["start_copy"].is_null());
    expectRefusal(runCli({"cache", "verify", tinyA()}), 2, {"no start copy"});
    expectRefusal(runCli({"cache", "add", "synthetic:grok-1-tiny"}), 2, {"no file"});
    expectRefusal(runCli({"cache", "add", "/nothing"}), 3, {"/nothing"});
}

TEST_F(CacheCliTest, ACopyChangesNoNumber) {
    const auto plain = generate(tinyA()).json();
    add(tinyA());
    const auto mapped = generate(tinyA()).json();
    EXPECT_EQ(mapped["ids"], plain["ids"]);
    EXPECT_EQ(mapped["logprobs"], plain["logprobs"]);
    EXPECT_EQ(mapped["routing"], plain["routing"]);
}

TEST_F(CacheCliTest, BenchSaysWhatItStartedFrom) {
    add(tinyA());
    const std::vector<std::string> words{
        "bench", tinyA(), "-p", "1", "-n", "1", "--start", "warm", "--json"};
    const auto mapped = runCli(words).json();
    EXPECT_EQ(mapped["start_copy"], true);
    EXPECT_GT(mapped["first_token"]["warm"]["seconds"].get<double>(), 0);
    auto without = words;
    without.emplace_back("--no-cache");
    const auto read = runCli(without).json();
    EXPECT_EQ(read["start_copy"], false);
    EXPECT_EQ(read["file_bytes"], mapped["file_bytes"]);
}

TEST_F(CacheCliTest, SaysInOneSentenceWhyACopyIsNotUsed) {
    const fs::path file = add(tinyA());
    std::string bytes = test::readBytes(file);
    bytes.back() ^= 1;  // padding, which no tensor has
    bytes[bytes.size() / 2] ^= 1;
    test::writeBytes(file, bytes);
    expectRefusal(runCli({"cache", "verify"}), 3, {"COPY-057"});
    EXPECT_EQ(generate(tinyA(), {"--no-cache"}).err, "");
    const Outcome outcome = generate(tinyA());
    EXPECT_EQ(outcome.status, 0);
    EXPECT_NE(outcome.err.find("was removed"), std::string::npos) << outcome.err;
    EXPECT_EQ(std::ranges::count(outcome.err, '\n'), 1) << outcome.err;
    EXPECT_FALSE(fs::exists(file));
    EXPECT_EQ(generate(tinyA()).err, "");
}

TEST_F(CacheCliTest, QuantisesOnceAndOpensTheCopyFromThenOn) {
    const std::vector<std::string> int4{"--quantise", "int4"};
    const Outcome first = generate(test::demoModel(), int4);
    ASSERT_EQ(first.status, 0) << first.err;
    EXPECT_NE(first.err.find("quantised to int4 in"), std::string::npos) << first.err;
    EXPECT_EQ(std::ranges::count(first.err, '\n'), 1) << first.err;
    const Outcome second = generate(test::demoModel(), int4);
    EXPECT_EQ(second.err, "");
    const auto json = second.json();
    EXPECT_EQ(json["ids"], first.json()["ids"]);
    const fs::path copy = json["model"].get<std::string>();
    EXPECT_EQ(copy.filename(), "model-int4.gguf");
    EXPECT_EQ(generate(copy.string()).json()["logprobs"], json["logprobs"]);
    EXPECT_NE(generate(test::demoModel()).json()["logprobs"], json["logprobs"]);

    EXPECT_EQ(runCli({"info", copy.string(), "--json"}).status, 0);
    const auto list = runCli({"cache", "list", "--json"}).json();
    ASSERT_EQ(list["quantised"].size(), 1U);
    EXPECT_EQ(list["quantised"][0]["file"], copy.string());
    EXPECT_EQ(list["quantised"][0]["model"], fs::canonical(test::demoModel()).string());
    EXPECT_EQ(list["quantised_bytes"], fs::file_size(copy));
    EXPECT_NE(runCli({"cache", "list"}).out.find("1 quantised copy"), std::string::npos);
    EXPECT_EQ(runCli({"cache", "clear", tinyA(), "--json"}).json()["removed"].size(), 0U);
    EXPECT_EQ(runCli({"cache", "clear", test::demoModel(), "--json"}).json()["removed"].size(), 1U);
    EXPECT_FALSE(fs::exists(copy));
}

TEST_F(CacheCliTest, EveryCommandThatComputesTakesQuantise) {
    const auto text = scratch_.path() / "text.txt";
    test::writeBytes(text, "Once upon a time there was a little girl.");
    const auto perplexity = [&](const char* type) {
        const auto outcome = runCli({"perplexity",
                                     test::demoModel(),
                                     "--file",
                                     text.string(),
                                     "--json",
                                     "--quantise",
                                     type});
        EXPECT_EQ(outcome.status, 0) << outcome.err;
        return outcome.json()["nats_per_token"].get<double>();
    };
    const double plain = perplexity("off");
    EXPECT_NE(perplexity("int4"), plain);
    EXPECT_NEAR(perplexity("int4"), plain, 0.2);
    EXPECT_NEAR(perplexity("q4_k"), plain, 0.2);
    const Outcome chat = runCli({"chat", test::demoModel(), "--quantise", "int4"}, "/quit\n");
    EXPECT_EQ(chat.status, 0) << chat.err;
    EXPECT_NE(chat.out.find("model-int4.gguf"), std::string::npos) << chat.out;
    const Outcome bench =
        runCli({"bench", test::demoModel(), "-p", "1", "-n", "1", "--json", "--quantise", "int4"});
    EXPECT_NE(bench.json()["model"].get<std::string>().find("model-int4.gguf"), std::string::npos);
    expectRefusal(runCli({"generate", "synthetic:grok-1-tiny", "-p", "a", "--quantise", "int4"}),
                  2,
                  {"no file"});
    expectRefusal(runCli({"generate", tinyA(), "-p", "a", "--quantise", "int3"}), 2, {"int4"});
}

TEST_F(CacheCliTest, WhereNoQuantisedCopyCanBeKeptTheModelIsLoaded) {
    const auto plain = generate(test::demoModel()).json();
    ::setenv("XDG_CACHE_HOME", "/proc/nowhere", 1);
    const Outcome outcome = generate(test::demoModel(), {"--quantise", "int4"});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_NE(outcome.err.find("is loaded as it is"), std::string::npos) << outcome.err;
    EXPECT_EQ(std::ranges::count(outcome.err, '\n'), 1) << outcome.err;
    EXPECT_EQ(outcome.json()["logprobs"], plain["logprobs"]);
}

/// The system can only end the process then; it must not do so silently.
TEST_F(CacheCliTest, ACopyCutShortWhileInUseIsExplained) {
    const fs::path file = add(test::demoModel());
    test::RunningCli chat({"chat", test::demoModel()});
    ASSERT_TRUE(chat.waitForOutput("/help lists"));
    fs::resize_file(file, 0);
    chat.write("hello\n");
    chat.closeInput();
    const Outcome outcome = chat.finish();
    EXPECT_EQ(outcome.status, 4) << outcome.err;
    EXPECT_NE(outcome.err.find("the start copy of the model, was cut short"), std::string::npos)
        << outcome.err;
}

}  // namespace
}  // namespace gatescope
