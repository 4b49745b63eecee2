#include "engine/store/recording.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zip.h>

#include <cmath>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>

#include "engine/error.h"
#include "engine/io/npy.h"
#include "engine/store/recording_arrays.h"
#include "tests/support/likely_tokens.h"
#include "tests/support/test_paths.h"
#include "tests/unit/engine/store/store_samples.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;
using Mode = ConversationStore::Mode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

constexpr int kLayers = 4;
constexpr int kExperts = 8;

std::string bytesOf(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> namesIn(const fs::path& dir) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(dir))
        names.push_back(entry.path().filename().string());
    return names;
}

/// A question, a reply, and the reply that took its place with other interventions.
class RecordingTest : public ::testing::Test {
  protected:
    RecordingTest() {
        ConversationStore store(library(), Mode::ReadWrite);
        ConversationSummary other;
        other.title = "another one";
        store.addMessage(store.createConversation(other), says("private words", 0));
        ConversationSummary sky;
        sky.title = "Sky";
        sky.templateName = "transcript";
        sky.model = "demo";
        sky.facts = {
            .name = "Demo", .numLayers = kLayers, .numExperts = kExperts, .numSelected = 2};
        id_ = store.createConversation(sky);
        auto question = says("why blue", 0);
        prompt_ = test::tokensOf("User: why blue", random_);
        for (auto& token : prompt_) token.generated = false;
        prompt_[1].routing = nullptr;
        question.tokens = prompt_;
        question_ = store.addMessage(id_, question);
        first_ = store.addMessage(id_, reply("because", 2, false));
        second_ = store.addMessage(id_, reply("just so it is", 3, true));
        store.saveRecording(id_, recording());
    }

    Message says(const std::string& text, MessageId parent) {
        Message m;
        m.text = text;
        m.parent = parent;
        return m;
    }

    Message reply(const std::string& text, int selected, bool intervened) {
        Message m = says(text, question_);
        m.role = Role::Assistant;
        m.finishReason = FinishReason::EndOfText;
        m.sampler.seed = 42;
        m.tokens = test::tokensOf(text, random_, kLayers, kExperts, selected);
        for (auto& token : m.tokens) token.generated = true;
        if (intervened) {
            m.tokens[2].drafted = true;
            m.tokens[2].alternatives = test::alternativesLike(m.tokens[2].token, 3);
            m.tokens[3].chosen = true;
            m.interventions.ablate = {{LayerId{1}, ExpertId{2}}};
            m.interventions.swap = {{LayerId{0}, ExpertId{3}, ExpertId{4}}};
            m.interventions.topK = 3;
            reply_ = m.tokens;
        }
        return m;
    }

    fs::path library() const { return dir_.path() / "library.db"; }
    fs::path recording() const { return dir_.path() / "media" / "sky.gscope"; }

    struct MediaFolder {
        explicit MediaFolder(const fs::path& dir) { fs::create_directories(dir / "media"); }
    };

    test::ScratchDir dir_;
    MediaFolder media_{dir_.path()};
    std::mt19937 random_{23};
    ConversationId id_ = 0;
    MessageId question_ = 0, first_ = 0, second_ = 0;
    std::vector<TokenRecord> prompt_, reply_;
};

TEST_F(RecordingTest, HoldsTheConversationAndNothingElse) {
    const auto copy = readRecording(recording());
    EXPECT_EQ(copy.conversation.title, "Sky");
    EXPECT_EQ(copy.conversation.facts.numExperts, kExperts);
    EXPECT_THAT(copy.origin.application, HasSubstr("Gatescope"));
    const auto original = ConversationStore(library(), Mode::ReadOnly).messages(id_);
    ASSERT_EQ(copy.messages.size(), original.size());
    for (std::size_t m = 0; m < original.size(); ++m) {
        EXPECT_EQ(copy.messages[m].text, original[m].text);
        EXPECT_EQ(copy.messages[m].interventions, original[m].interventions);
        ASSERT_EQ(copy.messages[m].tokens.size(), original[m].tokens.size());
        for (std::size_t t = 0; t < original[m].tokens.size(); ++t)
            if (original[m].tokens[t].routing) {
                EXPECT_EQ(*copy.messages[m].tokens[t].routing, *original[m].tokens[t].routing);
            }
    }
    EXPECT_THAT(bytesOf(recording()), testing::Not(HasSubstr("private")));
    EXPECT_EQ(ConversationStore(recording(), Mode::ReadOnly).search("just so").size(), 1U);
}

TEST_F(RecordingTest, GivesTheRoutesOfABranchByPosition) {
    const Recording copy = readRecording(recording());
    const RoutePin pin = routesOf(copy, recording());
    EXPECT_EQ(pin.name, "sky.gscope");
    EXPECT_FALSE(pin.gates);
    ASSERT_EQ(pin.records.size(), prompt_.size() + reply_.size());
    EXPECT_EQ(pin.at(1), nullptr) << "was not computed";
    EXPECT_EQ(pin.at(1000), nullptr);
    for (std::size_t t = 0; t < reply_.size(); ++t)
        EXPECT_EQ(pin.records[prompt_.size() + t]->selected, reply_[t].routing->selected);
    EXPECT_EQ(routesOf(copy, recording(), copy.messages[1].id).records.size(),
              prompt_.size() + copy.messages[1].tokens.size());
}

TEST_F(RecordingTest, OpensWithoutWritingAnywhere) {
    const auto before = bytesOf(recording());
    const auto changed = fs::last_write_time(recording());
    fs::permissions(recording(), fs::perms::owner_read);
    fs::permissions(recording().parent_path(), fs::perms::owner_read | fs::perms::owner_exec);
    {
        const ConversationStore store(recording(), Mode::ReadOnly);
        EXPECT_EQ(store.messages(id_).size(), 3U);
        EXPECT_THAT(namesIn(recording().parent_path()), ElementsAre("sky.gscope"));
        verifyRecording(recording());
    }
    EXPECT_THAT(namesIn(recording().parent_path()), ElementsAre("sky.gscope"));
    fs::permissions(recording().parent_path(), fs::perms::owner_all);
    EXPECT_EQ(bytesOf(recording()), before);
    EXPECT_EQ(fs::last_write_time(recording()), changed);
}

TEST_F(RecordingTest, SavedAgainReplacesTheOldOneWholeAndLeavesNothingBeside) {
    {
        ConversationStore store(library(), Mode::ReadWrite);
        auto streaming = reply("half", 2, false);
        streaming.state = MessageState::Streaming;
        store.addMessage(id_, streaming);
        store.saveRecording(id_, recording());
        EXPECT_EQ(store.messages(id_)[3].state, MessageState::Streaming);
    }
    EXPECT_THAT(namesIn(recording().parent_path()), ElementsAre("sky.gscope"));
    const auto copy = readRecording(recording());
    ASSERT_EQ(copy.messages.size(), 4U);
    EXPECT_EQ(copy.messages[3].state, MessageState::Interrupted);
}

TEST_F(RecordingTest, ARecordingThatCannotBeWrittenLeavesTheOldOne) {
    const auto before = bytesOf(recording());
    const ConversationStore store(library(), Mode::ReadOnly);
    EXPECT_THROW(store.saveRecording(id_ + 5, recording()), Error);
    EXPECT_THROW(store.saveRecording(id_, dir_.path() / "no such folder" / "x.gscope"), Error);
    EXPECT_EQ(bytesOf(recording()), before);
    EXPECT_THAT(namesIn(recording().parent_path()), ElementsAre("sky.gscope"));
    EXPECT_NO_THROW(store.saveRecording(id_, dir_.path() / "from-read-only.gscope"));
}

TEST_F(RecordingTest, AConversationInMemoryCanBeRecorded) {
    auto memory = ConversationStore::inMemory();
    ConversationSummary c;
    c.title = "volatile";
    const auto id = memory.createConversation(c);
    memory.addMessage(id, says("kept after all", 0));
    memory.saveRecording(id, dir_.path() / "kept.gscope");
    EXPECT_EQ(verifyRecording(dir_.path() / "kept.gscope").messages, 1);
}

TEST_F(RecordingTest, TellsWhatIsInIt) {
    const auto info = verifyRecording(recording());
    EXPECT_EQ(info.title, "Sky");
    EXPECT_EQ(info.model, "demo");
    EXPECT_EQ(info.messages, 3);
    EXPECT_EQ(info.branchMessages, 2);
    EXPECT_EQ(info.tokens, 3 + 1 + 4);
    EXPECT_EQ(info.branchTokens, 3 + 4);
    EXPECT_EQ(info.generatedTokens, 5);
    EXPECT_EQ(info.draftedTokens, 1);
    EXPECT_EQ(info.routedTokens, 7);
    EXPECT_EQ(info.numLayers, kLayers);
    EXPECT_EQ(info.numExperts, kExperts);
    EXPECT_EQ(info.numSelected, 3);
    EXPECT_EQ(info.fileBytes, fs::file_size(recording()));
    EXPECT_THAT(info.interventions, ElementsAre("ablate 1:2", "swap 0:3:4", "top-k 3"));
}

TEST_F(RecordingTest, ALibraryIsNotARecording) {
    try {
        verifyRecording(library());
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::BadInput);
        EXPECT_THAT(error.what(), HasSubstr("found 2"));
    }
}

TEST_F(RecordingTest, AnSqliteFormatOfTheFutureIsABadFile) {
    constexpr std::streamoff kSchemaFormat = 47;  // last byte; 1 to 4 exist
    std::fstream(recording(), std::ios::in | std::ios::out | std::ios::binary)
        .seekp(kSchemaFormat)
        .put('\x09');
    try {
        readRecording(recording());
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::BadInput);
        EXPECT_THAT(error.what(), HasSubstr("sky.gscope is damaged"));
    }
}

// ---------------------------------------------------------------- export

std::vector<std::string> membersOf(const fs::path& npz) {
    int code = 0;
    zip_t* archive = zip_open(npz.c_str(), ZIP_RDONLY | ZIP_CHECKCONS, &code);
    std::vector<std::string> names;
    if (archive == nullptr) return names;
    for (zip_int64_t i = 0; i < zip_get_num_entries(archive, 0); ++i)
        names.emplace_back(zip_get_name(archive, static_cast<zip_uint64_t>(i), 0));
    zip_close(archive);
    return names;
}

std::string memberOf(const fs::path& npz, const char* name) {
    int code = 0;
    zip_t* archive = zip_open(npz.c_str(), ZIP_RDONLY, &code);
    zip_stat_t stat;
    zip_stat(archive, name, 0, &stat);
    std::string bytes(stat.size, '\0');
    zip_file_t* file = zip_fopen(archive, name, 0);
    zip_fread(file, bytes.data(), stat.size);
    zip_fclose(file);
    zip_close(archive);
    return bytes;
}

TEST_F(RecordingTest, ExportsTheNewestBranchAsNumPyArrays) {
    const auto out = dir_.path() / "new" / "out";
    const auto files = exportRecording(recording(), out, ExportFormat::Npz);
    EXPECT_EQ(files.front(), out / "sky.npz");
    const auto names = {"router_probs.npy",
                        "router_lse.npy",
                        "selected.npy",
                        "gates.npy",
                        "tokens.npy",
                        "logprobs.npy",
                        "predicted.npy",
                        "generated.npy",
                        "drafted.npy",
                        "chosen.npy",
                        "alternatives.npy",
                        "alternative_logprobs.npy",
                        "entropy_bits.npy",
                        "rank.npy",
                        "message.npy",
                        "text_offsets.npy",
                        "text.txt",
                        "manifest.json"};
    EXPECT_THAT(membersOf(out / "sky.npz"), testing::ElementsAreArray(names));
    for (const auto* name : names)
        EXPECT_EQ(memberOf(out / "sky.npz", name), bytesOf(out / name)) << name;

    auto branch = prompt_;
    branch.insert(branch.end(), reply_.begin(), reply_.end());
    const auto T = static_cast<std::int64_t>(branch.size());
    const auto probs = readNpy<float>(out / "router_probs.npy");
    const auto selected = readNpy<std::int32_t>(out / "selected.npy");
    const auto gates = readNpy<float>(out / "gates.npy");
    EXPECT_THAT(probs.shape, ElementsAre(kLayers, T, kExperts));
    const auto lse = readNpy<float>(out / "router_lse.npy");
    EXPECT_THAT(lse.shape, ElementsAre(kLayers, T));
    EXPECT_THAT(selected.shape, ElementsAre(kLayers, T, 3));
    EXPECT_THAT(gates.shape, ElementsAre(kLayers, T, 3));
    for (std::int64_t layer = 0; layer < kLayers; ++layer)
        for (std::int64_t t = 0; t < T; ++t) {
            const auto& token = branch[static_cast<std::size_t>(t)];
            const auto row = static_cast<std::size_t>(layer * T + t);
            if (!token.routing) {
                EXPECT_TRUE(std::isnan(probs.data[row * kExperts]));
                EXPECT_TRUE(std::isnan(lse.data[row]));
                EXPECT_EQ(selected.data[row * 3], -1);
                continue;
            }
            const auto want = test::roundedToHalf(*token.routing);
            for (std::size_t e = 0; e < kExperts; ++e)
                EXPECT_EQ(probs.data[row * kExperts + e],
                          want.layerProbs(static_cast<int>(layer))[e]);
            for (std::size_t k = 0; k < 3; ++k) {
                const bool given = k < static_cast<std::size_t>(want.numSelected);
                const auto chosen = want.layerSelected(static_cast<int>(layer));
                EXPECT_EQ(selected.data[row * 3 + k], given ? chosen[k] : -1);
                EXPECT_EQ(gates.data[row * 3 + k],
                          given ? want.layerGates(static_cast<int>(layer))[k] : 0.0F);
            }
        }
}

TEST_F(RecordingTest, ExportsTokensAndTheirTexts) {
    const auto out = dir_.path() / "out";
    exportRecording(recording(), out, ExportFormat::Npz);
    const auto tokens = readNpy<std::int32_t>(out / "tokens.npy").data;
    const auto offsets = readNpy<std::int32_t>(out / "text_offsets.npy").data;
    const auto text = bytesOf(out / "text.txt");
    EXPECT_EQ(text, "User: why bluejust so it is");
    ASSERT_EQ(tokens.size(), 7U);
    ASSERT_EQ(offsets.size(), 8U);
    for (std::size_t t = 0; t < 7; ++t) {
        const auto& want = t < 3 ? prompt_[t] : reply_[t - 3];
        EXPECT_EQ(tokens[t], want.token);
        const auto from = static_cast<std::size_t>(offsets[t]);
        EXPECT_EQ(text.substr(from, static_cast<std::size_t>(offsets[t + 1]) - from), want.text);
    }
    EXPECT_THAT(readNpy<std::int32_t>(out / "generated.npy").data,
                ElementsAre(0, 0, 0, 1, 1, 1, 1));
    EXPECT_THAT(readNpy<std::int32_t>(out / "drafted.npy").data, ElementsAre(0, 0, 0, 0, 0, 1, 0));
    EXPECT_THAT(readNpy<std::int32_t>(out / "chosen.npy").data, ElementsAre(0, 0, 0, 0, 0, 0, 1));
    EXPECT_THAT(readNpy<std::int32_t>(out / "rank.npy").data, ElementsAre(0, 0, 0, 0, 0, 5, 0));
    const auto alternatives = readNpy<std::int32_t>(out / "alternatives.npy");
    EXPECT_THAT(alternatives.shape, ElementsAre(7, TokenAlternatives::kMost));
    const auto of5 = alternatives.data.begin() + 5 * TokenAlternatives::kMost;
    EXPECT_THAT(std::vector(of5 - 1, of5 + 5),
                ElementsAre(-1,
                            reply_[2].token,
                            reply_[2].token + 1,
                            reply_[2].token + 2,
                            reply_[2].token + 3,
                            -1));
    EXPECT_THAT(readNpy<std::int32_t>(out / "message.npy").data, ElementsAre(0, 0, 0, 1, 1, 1, 1));
    const auto logProbs = readNpy<float>(out / "logprobs.npy").data;
    EXPECT_TRUE(std::isnan(logProbs[2]));
    EXPECT_EQ(logProbs[3], reply_[0].logProb);
}

TEST_F(RecordingTest, TheManifestSaysHowItWasMade) {
    const auto out = dir_.path() / "out";
    exportRecording(recording(), out, ExportFormat::Npz);
    const auto manifest = nlohmann::json::parse(bytesOf(out / "manifest.json"));
    EXPECT_EQ(manifest["model"], "demo");
    EXPECT_EQ(manifest["model_facts"]["name"], "Demo");
    EXPECT_EQ(manifest["template"], "transcript");
    EXPECT_EQ(manifest["seed"], 42);
    EXPECT_EQ(manifest["interventions"]["ablate"][0], "1:2");
    EXPECT_EQ(manifest["messages"].size(), 2U);
    EXPECT_EQ(manifest["messages"][1]["first_token"], 3);
    EXPECT_EQ(manifest["messages"][1]["finish_reason"], "eos");
    EXPECT_EQ(manifest["messages_on_other_branches"], 1);
    EXPECT_EQ(manifest["arrays"]["router_probs"]["shape"][1], 7);
}

TEST_F(RecordingTest, ExportsAnotherBranchWhenAskedFor) {
    const auto out = dir_.path() / "out";
    exportRecording(recording(), out, ExportFormat::Npz, first_);
    EXPECT_EQ(bytesOf(out / "text.txt"), "User: why bluebecause");
    EXPECT_THROW(exportRecording(recording(), out, ExportFormat::Npz, 999), Error);
}

TEST_F(RecordingTest, ExportsTheSameBytesEveryTime) {
    exportRecording(recording(), dir_.path() / "a", ExportFormat::Npz);
    exportRecording(recording(), dir_.path() / "b", ExportFormat::Npz);
    const auto archive = bytesOf(dir_.path() / "a" / "sky.npz");
    EXPECT_EQ(archive, bytesOf(dir_.path() / "b" / "sky.npz"));
    // The first member's time, bytes 10 to 13 of its header: not the time of the export.
    EXPECT_EQ(archive.substr(10, 4), std::string("\0\0\x21\0", 4));
}

TEST_F(RecordingTest, ExportsTablesForASpreadsheet) {
    const auto out = dir_.path() / "out";
    exportRecording(recording(), out, ExportFormat::Csv);
    EXPECT_THAT(namesIn(out),
                UnorderedElementsAre("sky.csv", "sky-tokens.csv", "sky-manifest.json"));
    std::istringstream rows(bytesOf(out / "sky.csv"));
    std::string row;
    std::getline(rows, row);
    EXPECT_EQ(row,
              "token,layer,p0,p1,p2,p3,p4,p5,p6,p7,selected0,gate0,selected1,gate1,selected2,gate2,"
              "log_sum_exp\r");
    std::getline(rows, row);
    const auto want = test::roundedToHalf(*prompt_[0].routing);
    EXPECT_THAT(row, testing::StartsWith(fmt::format("0,0,{},", want.probs[0])));
    EXPECT_THAT(row,
                testing::EndsWith(fmt::format("{},,,{}\r", want.gates[1], want.logSumExps[0])));
    for (int skipped = 0; skipped < kLayers; ++skipped) std::getline(rows, row);
    EXPECT_EQ(row, "1,0" + std::string(kExperts + 2 * 3 + 1, ',') + '\r') << "not computed";
    const auto tokens = bytesOf(out / "sky-tokens.csv");
    EXPECT_THAT(tokens,
                testing::StartsWith("token,message,id,generated,drafted,chosen,logprob,predicted,"
                                    "rank,entropy_bits,text\r\n"));
    EXPECT_THAT(tokens, HasSubstr(fmt::format("0,0,{},0,0,0,,,,,\"User:\"\r\n", prompt_[0].token)));
    EXPECT_THAT(tokens, HasSubstr(fmt::format("\r\n5,1,{},1,1,0,", reply_[2].token)));
    EXPECT_THAT(tokens, HasSubstr(fmt::format(",{},5,1.5,\" it\"\r\n", reply_[2].token)));
    EXPECT_THAT(tokens, HasSubstr(fmt::format("\r\n6,1,{},1,0,1,", reply_[3].token)));
}

TEST_F(RecordingTest, ExportsOneJsonDocument) {
    const auto out = dir_.path() / "out";
    exportRecording(recording(), out, ExportFormat::Json);
    const auto document = nlohmann::json::parse(bytesOf(out / "sky.json"));
    ASSERT_EQ(document["tokens"].size(), 7U);
    EXPECT_EQ(document["tokens"][3]["text"], "just");
    EXPECT_TRUE(document["tokens"][1]["layers"][0].is_null());
    EXPECT_EQ(document["tokens"][0]["layers"][0]["selected"].size(), 2U);
    EXPECT_EQ(document["tokens"][3]["layers"][2]["router_probs"][5].get<float>(),
              test::roundedToHalf(*reply_[0].routing).layerProbs(2)[5]);
    EXPECT_TRUE(document["tokens"][0]["logprob"].is_null());
    EXPECT_EQ(document["tokens"][4]["drafted"], false);
    EXPECT_EQ(document["tokens"][5]["drafted"], true);
    EXPECT_TRUE(document["tokens"][4]["alternatives"].is_null());
    const auto& alternatives = document["tokens"][5]["alternatives"];
    EXPECT_EQ(alternatives["rank"], 5);
    EXPECT_EQ(alternatives["likeliest"].size(), 4U);
    EXPECT_EQ(alternatives["likeliest"][1]["id"], reply_[2].token + 1);
    EXPECT_EQ(alternatives["likeliest"][1]["logprob"], -0.5);
}

TEST_F(RecordingTest, ExportsAConversationWithoutTokens) {
    auto memory = ConversationStore::inMemory();
    ConversationSummary c;
    c.facts = {.name = "", .numLayers = kLayers, .numExperts = kExperts, .numSelected = 2};
    memory.saveRecording(memory.createConversation(c), dir_.path() / "empty.gscope");
    const auto out = dir_.path() / "out";
    exportRecording(dir_.path() / "empty.gscope", out, ExportFormat::Npz);
    EXPECT_THAT(readNpy<float>(out / "router_probs.npy").shape, ElementsAre(kLayers, 0, kExperts));
    EXPECT_EQ(verifyRecording(dir_.path() / "empty.gscope").tokens, 0);
}

/// As a program of before wrote it: what it keeps is read to the bit, what it lacks is absent.
TEST(OldRecordingTest, IsReadAsItWas) {
    const auto file = test::dataDir() / "recordings" / "codec-1.gscope";
    const auto expected = [&](const char* array) {
        return file.parent_path() / fmt::format("codec-1.{}.npy", array);
    };
    EXPECT_GT(verifyRecording(file).routedTokens, 8);
    const auto recording = readRecording(file);
    EXPECT_THAT(infoOf(recording, file).interventions, ElementsAre("ablate 0:1", "top-k 3"));
    const auto arrays = arraysOf(recording, file, recording.messages.back().id);
    EXPECT_EQ(arrays.tokens, readNpy<std::int32_t>(expected("tokens")).data);
    EXPECT_EQ(arrays.selected, readNpy<std::int32_t>(expected("selected")).data);
    const auto sameNumbers = [&](const std::vector<float>& got, const char* array) {
        EXPECT_THAT(got,
                    testing::Pointwise(testing::NanSensitiveFloatEq(),
                                       readNpy<float>(expected(array)).data))
            << array;
    };
    sameNumbers(arrays.routerProbs, "router_probs");
    sameNumbers(arrays.gates, "gates");
    sameNumbers(arrays.logProbs, "logprobs");
    EXPECT_THAT(arrays.routerLse, testing::Each(testing::IsNan()));
    EXPECT_THAT(arrays.predicted, testing::Each(-1));
}

TEST(ExportFormatTest, NamesTheFormatsThereAre) {
    EXPECT_EQ(exportFormat("npz"), ExportFormat::Npz);
    EXPECT_EQ(exportFormat("csv"), ExportFormat::Csv);
    EXPECT_EQ(exportFormat("json"), ExportFormat::Json);
    EXPECT_EQ(exportFormat("html"), ExportFormat::Html);
    try {
        exportFormat("xlsx");
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::BadUsage);
        EXPECT_THAT(error.what(), HasSubstr("npz, csv, json, html, md or chat-html"));
    }
}

}  // namespace
}  // namespace gatescope
