#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "engine/io/npy.h"
#include "tests/support/test_paths.h"
#include "tests/support/tolerances.h"
#include "tests/unit/app/program.h"

namespace gatescope {
namespace {

using test::Outcome;
using test::runCli;
using test::RunningCli;
using test::tinyA;
using Ids = std::vector<std::int32_t>;

nlohmann::json readJson(const std::string& file) {
    std::ifstream in(std::filesystem::path(tinyA()) / file);
    return nlohmann::json::parse(in);
}

TEST(GenerateTest, ContinuesGreedilyAsTheDefiningCodeDoes) {
    const auto golden = readJson("greedy.json");
    for (std::size_t i = 0; i < golden["prompts"].size(); ++i) {
        const auto& expected = golden["greedy"]["f32exact"][i];
        const auto text = golden["prompts"][i]["text"].get<std::string>();
        const auto json = runCli({"generate",
                                  tinyA(),
                                  "-p",
                                  text,
                                  "-n",
                                  "32",
                                  "--temp",
                                  "0",
                                  "--ignore-eos",
                                  "--json"})
                              .json();
        EXPECT_EQ(json["prompt_ids"], golden["prompts"][i]["ids"]);
        const auto ids = json["ids"].get<Ids>();
        ASSERT_EQ(ids.size(), 32U);
        for (std::size_t step = 0; step < ids.size(); ++step) {
            if (expected["margin"][step].get<float>() < 2 * test::tolerance::kLogits) break;
            EXPECT_EQ(ids[step], expected["ids"][step]) << text << " step " << step;
        }
    }
}

TEST(GenerateTest, StreamsTheTextThatJsonHolds) {
    const std::vector<std::string> words{
        "generate", tinyA(), "-p", "The answer", "-n", "24", "--seed", "5"};
    const Outcome text = runCli(words);
    auto withJson = words;
    withJson.push_back("--json");
    const auto json = runCli(withJson).json();
    EXPECT_EQ(text.status, 0);
    EXPECT_EQ(text.out, json["text"].get<std::string>() + "\n");
    // The reply's text is its ids decoded behind the prompt's.
    auto all = json["prompt_ids"].get<Ids>();
    std::string ids;
    for (const auto id : json["ids"].get<Ids>()) all.push_back(id);
    for (const auto id : all) ids += std::to_string(id) + " ";
    EXPECT_EQ(runCli({"tokenize", tinyA(), "--decode"}, ids).out,
              "The answer" + json["text"].get<std::string>());
}

TEST(GenerateTest, SpeculationChangesNothingButIsCounted) {
    std::vector<std::string> words{"generate",
                                   tinyA(),
                                   "-p",
                                   "one two one two one",
                                   "-n",
                                   "48",
                                   "--temp",
                                   "0.3",
                                   "--seed",
                                   "3",
                                   "--ignore-eos",
                                   "--json"};
    const auto plain = runCli(words).json();
    words.emplace_back("--speculate");
    const auto drafting = runCli(words).json();
    for (const char* same : {"ids", "text", "logprobs", "finish_reason", "routing"})
        EXPECT_EQ(drafting[same], plain[same]) << same;
    EXPECT_FALSE(plain.contains("speculation"));
    const auto& counts = drafting["speculation"];
    EXPECT_GE(counts["drafted"], counts["accepted"]);
    EXPECT_EQ(counts["drafted_at"].size(), counts["accepted"].get<std::size_t>());
    EXPECT_GT(drafting["ms_per_token"].get<double>(), 0);
    EXPECT_GT(counts["ms_per_token_with_drafts"].get<double>(), 0);
}

TEST(GenerateTest, GivesTheSameTokensForTheSameSeed) {
    const auto ids = [](const std::string& seed) {
        return runCli({"generate",
                       tinyA(),
                       "-p",
                       "a",
                       "-n",
                       "16",
                       "--temp",
                       "1.2",
                       "--top-p",
                       "1",
                       "--seed",
                       seed,
                       "--json"})
            .json()["ids"]
            .get<Ids>();
    };
    EXPECT_EQ(ids("7"), ids("7"));
    EXPECT_NE(ids("7"), ids("8"));
}

TEST(GenerateTest, SumsUpTheRoutingLayerByLayer) {
    const auto json =
        runCli({"generate", tinyA(), "-p", "a", "-n", "12", "--ignore-eos", "--json"}).json();
    EXPECT_GT(json["ms_per_token"].get<double>(), 0);
    EXPECT_EQ(json["finish_reason"], "max_tokens");
    EXPECT_EQ(json["synthetic"], false);
    EXPECT_EQ(json["routing"]["tokens"], 12);
    ASSERT_EQ(json["routing"]["layers"].size(), 4U);
    for (const auto& layer : json["routing"]["layers"]) {
        double sum = 0;
        for (const double share : layer["load"].get<std::vector<double>>()) sum += share;
        EXPECT_NEAR(sum, 1, 1e-9);
        EXPECT_GT(layer["entropy_bits"].get<double>(), 0);
        EXPECT_LE(layer["entropy_bits"].get<double>(), 3);
        EXPECT_GE(layer["margin"].get<double>(), 0);
    }
}

TEST(GenerateTest, TakesIdsOfAModelWithoutATokenizer) {
    test::ScratchDir dir;
    const auto file = dir.path() / "ids.npy";
    writeNpy<std::int32_t>(file, std::vector<std::int64_t>{3}, Ids{5, 6, 7});
    const auto json = runCli({"generate",
                              "synthetic:grok-1-tiny,layers=2",
                              "--tokens",
                              file.string(),
                              "-n",
                              "4",
                              "--ignore-eos",
                              "--json"})
                          .json();
    EXPECT_EQ(json["ids"].size(), 4U);
    EXPECT_EQ(json["prompt_ids"], (Ids{5, 6, 7}));
    EXPECT_EQ(json["synthetic"], true);
    EXPECT_EQ(json["routing"]["layers"].size(), 2U);
}

TEST(GenerateTest, EndsBeforeAStopString) {
    const auto whole =
        runCli(
            {"generate", tinyA(), "-p", "The", "-n", "24", "--temp", "0", "--ignore-eos", "--json"})
            .json()["text"]
            .get<std::string>();
    const auto stop = whole.substr(whole.size() / 2, 1);
    const auto json = runCli({"generate",
                              tinyA(),
                              "-p",
                              "The",
                              "-n",
                              "24",
                              "--temp",
                              "0",
                              "--ignore-eos",
                              "--stop",
                              stop,
                              "--json"})
                          .json();
    EXPECT_EQ(json["finish_reason"], "stop_string");
    EXPECT_EQ(json["text"], whole.substr(0, whole.find(stop)));
}

/// A recording holds what `forward` computes for the same ids, within f16.
TEST(GenerateTest, RecordsWhatForwardComputes) {
    test::ScratchDir dir;
    const auto recording = (dir.path() / "talk.gscope").string();
    const auto json = runCli({"generate",
                              tinyA(),
                              "-p",
                              "The answer to life",
                              "-n",
                              "10",
                              "--ignore-eos",
                              "--ablate",
                              "1:2",
                              "--record",
                              recording,
                              "--json"})
                          .json();
    const auto info = runCli({"record", "info", recording, "--json"}).json();
    EXPECT_EQ(info["generated_tokens"], 10);
    EXPECT_EQ(info["interventions"], (std::vector<std::string>{"ablate 1:2"}));
    EXPECT_EQ(runCli({"record", "verify", recording}).status, 0);
    EXPECT_EQ(runCli({"record", "verify", recording, "--json"}).json()["tokens"], info["tokens"]);

    const auto arrays = dir.path() / "arrays";
    ASSERT_EQ(runCli({"record", "export", recording, "--out", arrays.string()}).status, 0);
    ASSERT_TRUE(std::filesystem::exists(arrays / "talk.npz"));
    const auto recordedIds = readNpy<std::int32_t>(arrays / "tokens.npy");
    auto ids = json["prompt_ids"].get<Ids>();
    for (const auto id : json["ids"].get<Ids>()) ids.push_back(id);
    EXPECT_EQ(recordedIds.data, ids);

    const auto out = dir.path() / "out";
    ASSERT_EQ(runCli({"forward",
                      tinyA(),
                      "--tokens",
                      (arrays / "tokens.npy").string(),
                      "--out",
                      out.string(),
                      "--ablate",
                      "1:2"})
                  .status,
              0);
    const auto recorded = readNpy<float>(arrays / "router_probs.npy");
    const auto computed = readNpy<float>(out / "router_probs.npy");
    ASSERT_EQ(recorded.shape, computed.shape);
    for (std::size_t i = 0; i < computed.data.size(); ++i)
        ASSERT_NEAR(recorded.data[i], computed.data[i], computed.data[i] * 0x1p-11 + 2e-5) << i;
    EXPECT_EQ(readNpy<std::int32_t>(arrays / "selected.npy").data,
              readNpy<std::int32_t>(out / "selected.npy").data);
    const auto recordedLse = readNpy<float>(arrays / "router_lse.npy");
    const auto computedLse = readNpy<float>(out / "router_lse.npy");
    ASSERT_EQ(recordedLse.shape, computedLse.shape);
    for (std::size_t i = 0; i < computedLse.data.size(); ++i)
        ASSERT_NEAR(recordedLse.data[i], computedLse.data[i], 1e-4F) << i;
    // What was predicted in a token's place is the best of the logits at the one before.
    const auto logits = readNpy<float>(out / "logits.npy");
    const auto predicted = readNpy<std::int32_t>(arrays / "predicted.npy").data;
    const auto generated = readNpy<std::int32_t>(arrays / "generated.npy").data;
    const auto vocab = static_cast<std::ptrdiff_t>(logits.shape[1]);
    for (std::size_t t = 0; t < predicted.size(); ++t) {
        if (generated[t] == 0) {
            EXPECT_EQ(predicted[t], -1);
            continue;
        }
        const auto row = logits.data.begin() + (static_cast<std::ptrdiff_t>(t) - 1) * vocab;
        EXPECT_NEAR(row[predicted[t]], *std::max_element(row, row + vocab), 1e-4F) << t;
    }

    for (const char* format : {"csv", "json", "html"}) {
        EXPECT_EQ(
            runCli({"record", "export", recording, "--out", arrays.string(), "--format", format})
                .status,
            0);
        EXPECT_TRUE(std::filesystem::exists(arrays / (std::string("talk.") + format)));
    }
    test::expectRefusal(
        runCli({"record", "export", recording, "--out", arrays.string(), "--format", "parquet"}),
        2,
        {"parquet", "npz"});
}

TEST(GenerateTest, EndsWith130OnCtrlC) {
    test::ScratchDir dir;
    const auto file = dir.path() / "ids.npy";
    writeNpy<std::int32_t>(file, std::vector<std::int64_t>{1}, Ids{5});
    RunningCli program({"generate",
                        "synthetic:grok-1-tiny",
                        "--tokens",
                        file.string(),
                        "-n",
                        "8000",
                        "--ignore-eos",
                        "--json"});
    const Outcome outcome = program.interrupt();
    EXPECT_EQ(outcome.status, 130) << outcome.err;
    if (!outcome.out.empty()) {  // else it was still loading
        EXPECT_EQ(outcome.json()["finish_reason"], "stopped");
    }
}

TEST(TokenizeTest, GivesTheGoldenIdsAndTexts) {
    int checked = 0;
    for (const auto& item : readJson("tokenizer_cases.json")) {
        if (++checked > 25) break;  // a process each; the tokenizer's own test has them all
        const auto text = item["text"].get<std::string>();
        const auto json = runCli({"tokenize", tinyA(), "--json"}, text).json();
        EXPECT_EQ(json["ids"], item["ids"]) << text;
        EXPECT_EQ(json["count"], item["ids"].size());
        const std::string plain = runCli({"tokenize", tinyA()}, text).out;
        EXPECT_EQ(runCli({"tokenize", tinyA(), "--decode"}, plain).out, item["decoded"]);
        EXPECT_EQ(
            runCli({"tokenize", tinyA(), "--decode", "--json"}, item["ids"].dump()).json()["text"],
            item["decoded"]);
    }
}

TEST(TokenizeTest, HearsCtrlCWhileItWaitsForText) {
    RunningCli program({"tokenize", tinyA()});
    program.write("some text, but no end");
    EXPECT_EQ(program.interrupt().status, 130);
}

TEST(InfoTest, DescribesTheModel) {
    const auto json = runCli({"info", tinyA(), "--json"}).json();
    EXPECT_EQ(json["format"], "xai-checkpoint");
    EXPECT_EQ(json["architecture"], "grok");
    EXPECT_EQ(json["synthetic"], false);
    EXPECT_EQ(json["sizes"]["layers"], 4);
    EXPECT_EQ(json["sizes"]["experts_selected"], 2);
    EXPECT_EQ(json["tensors"], 50);
    EXPECT_EQ(json["tokenizer"]["pieces"], 512);
    // Written out: embedding, final norm, and per layer 4 norms, 4 attention matrices of 128 x 128,
    // the router, and 3 matrices of 128 x 688 an expert.
    const std::uint64_t layer = 4 * 128 + 4 * 128 * 128 + 128 * 8 + 8 * 3 * 128 * 688;
    const std::uint64_t active = layer - 6 * 3 * 128 * 688;
    EXPECT_EQ(json["parameters"]["total"], 512 * 128 + 128 + 4 * layer);
    EXPECT_EQ(json["parameters"]["active"], 512 * 128 + 128 + 4 * active);
    EXPECT_EQ(json["plan"]["fits"], true);
    std::uint64_t sum = 0;
    for (const auto& [type, bytes] : json["bytes"].items()) sum += bytes.get<std::uint64_t>();
    EXPECT_EQ(json["bytes_total"], sum);
    EXPECT_NE(runCli({"info", tinyA()}).out.find("512 pieces"), std::string::npos);
}

TEST(InfoTest, DescribesGrok1WithoutMakingIt) {
    const auto json = runCli({"info", "synthetic:grok-1", "--json"}).json();
    EXPECT_EQ(json["synthetic"], true);
    EXPECT_TRUE(json["tokenizer"].is_null());
    EXPECT_NEAR(json["parameters"]["total"].get<double>(), 316e9, 3e9);
    EXPECT_EQ(runCli({"info", "synthetic:grok-1"}).out.substr(0, 9), "SYNTHETIC");
}

/// Against the definition: -log softmax of the logits that `forward` writes.
TEST(PerplexityTest, IsTheMeanSurpriseOfTheTextsTokens) {
    test::ScratchDir dir;
    const std::string text = "The answer to life\n the universe, and caf\xC3\xA9 42";
    std::ofstream(dir.path() / "text.txt") << text;
    const auto ids = runCli({"tokenize", tinyA(), "--json"}, text).json()["ids"].get<Ids>();
    const auto window = static_cast<int>(ids.size() / 2);
    double nats = 0;
    std::size_t bytes = 0;
    int predicted = 0;
    for (std::size_t first = 0; first < ids.size(); first += static_cast<std::size_t>(window)) {
        const Ids part(ids.begin() + static_cast<long>(first),
                       ids.begin() + static_cast<long>(std::min(
                                         ids.size(), first + static_cast<std::size_t>(window))));
        writeNpy<std::int32_t>(dir.path() / "ids.npy",
                               std::vector<std::int64_t>{static_cast<std::int64_t>(part.size())},
                               part);
        ASSERT_EQ(runCli({"forward",
                          tinyA(),
                          "--tokens",
                          (dir.path() / "ids.npy").string(),
                          "--out",
                          dir.path().string()})
                      .status,
                  0);
        const auto logits = readNpy<float>(dir.path() / "logits.npy").data;
        for (std::size_t t = 0; t + 1 < part.size(); ++t) {
            double sum = 0;
            for (std::size_t v = 0; v < 512; ++v) sum += std::exp(logits[t * 512 + v]);
            nats += std::log(sum) - logits[t * 512 + static_cast<std::size_t>(part[t + 1])];
            ++predicted;
            // What this token adds to the text, behind the space (441) that is dropped; a byte of a
            // split character is shown as U+FFFD.
            const auto piece =
                runCli({"tokenize", tinyA(), "--decode"}, "441 " + std::to_string(part[t + 1])).out;
            bytes += piece == "\xEF\xBF\xBD" ? 1 : piece.size();
        }
    }
    const auto json = runCli({"perplexity",
                              tinyA(),
                              "--file",
                              (dir.path() / "text.txt").string(),
                              "--ctx",
                              std::to_string(window),
                              "--json"})
                          .json();
    EXPECT_EQ(json["tokens"], ids.size());
    EXPECT_EQ(json["predicted_tokens"], predicted);
    EXPECT_NEAR(json["nats_per_token"].get<double>(), nats / predicted, 1e-3);
    EXPECT_NEAR(json["perplexity"].get<double>(),
                std::exp(json["nats_per_token"].get<double>()),
                1e-6 * json["perplexity"].get<double>());
    EXPECT_NEAR(json["bits_per_byte"].get<double>(),
                nats / std::log(2.0) / static_cast<double>(bytes),
                1e-3);
}

}  // namespace
}  // namespace gatescope
