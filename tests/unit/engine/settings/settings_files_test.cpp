// Presets and templates as files: what is written is read, what is wrong is named.
#include "engine/settings/settings_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "engine/error.h"
#include "tests/support/test_paths.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

template <class Work>
std::string sentenceOf(const Work& work) {
    try {
        work();
    } catch (const Error& error) {
        return error.what();
    }
    return "nothing was refused";
}

ReplyPreset unusual() {
    return {.name = "Un üblich",
            .description = "All of it \"other\" than by default.\nTwice.",
            .options = {.sampler = {.temperature = 0.1F,
                                    .topK = 40,
                                    .topP = 0.9F,
                                    .minP = 0.025F,
                                    .repetitionPenalty = 1.15F,
                                    .repetitionWindow = 128,
                                    .seed = 18446744073709551615ULL},
                        .maxTokens = 77,
                        .stopStrings = {"\n\n", "User:", "\"", "▁end"},
                        .speculation = true}};
}

class SettingsFilesTest : public ::testing::Test {
  protected:
    void write(const std::string& name, const std::string& text) {
        fs::create_directories(folder_);
        std::ofstream(folder_ / name, std::ios::binary) << text;
    }
    test::ScratchDir directory_;
    fs::path folder_ = directory_.path() / "presets";
};

TEST_F(SettingsFilesTest, APresetIsReadAsItWasWritten) {
    writePreset(folder_, unusual());
    for (const ReplyPreset& preset : builtInPresets()) writePreset(folder_, preset);
    const auto read = readPresets(folder_);
    EXPECT_THAT(read.problems, ::testing::IsEmpty());
    EXPECT_THAT(
        read.found,
        ElementsAre(builtInPresets()[0], builtInPresets()[1], unusual(), builtInPresets()[2]));
    removeSettings(folder_, "Greedy");
    EXPECT_EQ(readPresets(folder_).found.size(), 3U);
}

TEST_F(SettingsFilesTest, IsTextThatAPersonReadsAndDiffs) {
    const std::string text = presetText(builtInPresets().front());
    EXPECT_THAT(text, HasSubstr("\n  \"temperature\": 0.7,\n"));
    EXPECT_THAT(text, HasSubstr("\n  \"top_p\": 0.95,\n"));
    EXPECT_TRUE(text.ends_with("}\n"));
    // One value apart is one line apart.
    ReplyPreset other = builtInPresets().front();
    other.options.sampler.temperature = 0.3F;
    const std::string changed = presetText(other);
    EXPECT_EQ(std::ranges::count(text, '\n'), std::ranges::count(changed, '\n'));
    EXPECT_EQ(text.substr(text.find("\"top_k\"")), changed.substr(changed.find("\"top_k\"")));
    // And another program's JSON reader finds the same numbers.
    EXPECT_FLOAT_EQ(nlohmann::json::parse(changed).at("temperature").get<float>(), 0.3F);
}

TEST_F(SettingsFilesTest, OptionsAloneAreReadAsTheyWereWritten) {
    EXPECT_EQ(optionsFromText(optionsText(unusual().options), "x"), unusual().options);
    EXPECT_THAT(sentenceOf([] { optionsFromText(R"({"description": ""})", "chat 3"); }),
                HasSubstr("chat 3: unknown setting \"description\""));
}

TEST_F(SettingsFilesTest, ATemplateIsReadAsItWasWritten) {
    PromptTemplate t = PromptTemplates().at("few-shot");
    t.name = "my-few-shot";
    t.preamble += "\tmit Ümlaut \\ and \"quotes\"";
    writeTemplate(folder_, t);
    EXPECT_THAT(readTemplates(folder_).found, ElementsAre(t));
}

TEST_F(SettingsFilesTest, WhatIsMissingHasItsDefault) {
    EXPECT_EQ(presetFromText("{}", "x", "x.json"), (ReplyPreset{.name = "x"}));
    EXPECT_EQ(templateFromText(R"({"user_prefix": "> "})", "quote", "quote.json"),
              (PromptTemplate{.name = "quote", .title = "quote", .userPrefix = "> "}));
}

TEST_F(SettingsFilesTest, SaysWhatIsWrongAndWhere) {
    const auto preset = [](const char* text) {
        return sentenceOf([&] { presetFromText(text, "x", "x.json"); });
    };
    EXPECT_EQ(preset("{\n  \"top_p\": 0.9,\n  \"seed\" 3\n}"),
              "x.json: line 3, column 10: not JSON");
    EXPECT_THAT(preset(R"({"topp": 0.9})"),
                HasSubstr("x.json: unknown setting \"topp\"; there are "
                          "description, temperature, top_k, top_p"));
    EXPECT_THAT(preset(R"({"temperature": "hot"})"),
                HasSubstr("x.json: \"temperature\" is \"hot\", expected a number"));
    EXPECT_THAT(preset(R"({"temperature": 1e300})"), HasSubstr("expected a number"));
    EXPECT_THAT(preset(R"({"seed": -1})"),
                HasSubstr("\"seed\" is -1, expected a whole number from"));
    EXPECT_THAT(preset(R"({"max_tokens": 2147483648})"), HasSubstr("expected a whole number"));
    EXPECT_THAT(preset(R"({"max_tokens": 0})"), HasSubstr("max tokens 0: expected 1 to"));
    EXPECT_THAT(preset(R"({"top_p": 2})"), HasSubstr("x.json: "));
    EXPECT_THAT(preset(R"({"stop": [3]})"),
                HasSubstr("\"stop\" is [3], which is of the wrong kind"));
    EXPECT_THAT(preset(R"({"stop": [""]})"), HasSubstr("a stop string is empty"));
    EXPECT_THAT(preset("[]"), HasSubstr("expected a JSON object"));
    EXPECT_THAT(preset(std::string(kLargestSettingsFile + 1, ' ').c_str()),
                HasSubstr("expected at most"));
    EXPECT_THAT(sentenceOf([] { templateFromText(R"({"stop": [""]})", "t", "t.json"); }),
                HasSubstr("would end every reply at once"));
}

TEST_F(SettingsFilesTest, ABadFileLeavesTheOthers) {
    write("a.json", "{");
    write("b.json", R"({"temperature": 0.5})");
    write("c.txt", "no setting");
    fs::create_directories(folder_ / "d.json");
    const auto read = readPresets(folder_);
    ASSERT_EQ(read.found.size(), 1U);
    EXPECT_EQ(read.found.front().name, "b");
    ASSERT_EQ(read.problems.size(), 1U);
    EXPECT_THAT(read.problems.front(), HasSubstr("a.json: line 1, column 2: not JSON"));
    EXPECT_TRUE(readPresets(directory_.path() / "nowhere").found.empty());
}

TEST_F(SettingsFilesTest, ATemplateMayNotTakeTheNameOfAnother) {
    write("transcript.json", "{}");
    EXPECT_THAT(readTemplates(folder_).problems, ElementsAre(HasSubstr("has this name")));
}

TEST_F(SettingsFilesTest, ANameIsOneOfAFile) {
    for (const char* good : {"a", "Careful 2", "été", "温度", "x.y"})
        EXPECT_TRUE(isSettingsName(good)) << good;
    const std::string longest(61, 'x');
    for (const char* bad : {"",
                            ".",
                            "..",
                            ".hidden",
                            "a/b",
                            "../up",
                            " a",
                            "a ",
                            "a\nb",
                            "\xff",
                            "a\u202e",
                            longest.c_str()})
        EXPECT_FALSE(isSettingsName(bad)) << bad;
    ReplyPreset preset;
    preset.name = "../up";
    EXPECT_THROW(writePreset(folder_, preset), Error);
    EXPECT_FALSE(fs::exists(directory_.path() / "up.json"));
}

TEST_F(SettingsFilesTest, AFolderThatCannotBeWrittenToIsNamed) {
    fs::create_directories(directory_.path());
    std::ofstream(folder_) << "a file in the folder's place";
    EXPECT_THAT(sentenceOf([&] { writePreset(folder_, unusual()); }), HasSubstr(folder_.string()));
}

}  // namespace
}  // namespace gatescope
