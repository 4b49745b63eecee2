// Files of conversations that are damaged, hostile or none.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "engine/error.h"
#include "engine/import/read_conversations.h"
#include "tests/support/test_paths.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string bigEndian(std::uint64_t value, int bytes) {
    std::string out;
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
        out += static_cast<char>(value >> static_cast<unsigned>(shift));
    return out;
}

/// A QString of ASCII.
std::string qString(const std::string& text) {
    std::string out = bigEndian(2 * text.size(), 4);
    for (const char c : text) out += std::string(1, '\0') + c;
    return out;
}

/// A chat of GPT4All 3.10 with one message.
std::string chat(const std::string& label = "Prompt: ", int version = 12) {
    std::string item = qString(label) + qString("hello") + qString("") + std::string(4, '\0');
    if (label == "Response: ") item += '\0';
    item += bigEndian(0, 8) + bigEndian(0, 8) + bigEndian(0, 8);
    return "\xF5\xD5\x53\xCC" + bigEndian(static_cast<std::uint64_t>(version), 4) +
           bigEndian(1'700'000'000, 8) + qString("id") + qString("Greeting") + qString("") +
           qString("model.gguf") + bigEndian(0, 4) + bigEndian(1, 4) + item;
}

std::string complaint(const std::string& bytes) {
    try {
        conversationsFrom(bytes, "chats/export.json");
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::BadInput);
        EXPECT_THAT(error.what(), StartsWith("chats/export.json"));
        EXPECT_THAT(error.what(), testing::Not(HasSubstr("\n")));
        return error.what();
    }
    return "was read";
}

std::string nested(int depth) {
    return R"({"mapping": )" + std::string(static_cast<std::size_t>(depth), '[') +
           std::string(static_cast<std::size_t>(depth), ']') + "}";
}

std::string llama(const std::string& messages) {
    return R"({"conv": {"id": "c", "name": "N", "currNode": "x"}, "messages": [)" + messages + "]}";
}

std::string ours(const std::string& message) {
    return R"({"format": "gatescope-export-1", "title": "T", "tree": [)" + message + "]}";
}

TEST(ImportFaultsTest, EachFaultHasItsCode) {
    const std::string whole = chat();
    ASSERT_EQ(complaint(whole), "was read");
    ASSERT_EQ(complaint(chat("Response: ")), "was read");
    std::string odd = whole;
    odd.replace(24, 4, bigEndian(3, 4));
    const std::vector<std::pair<std::string, std::string>> cases{
        {"", "[IMPORT-061]"},
        {"hello", "[IMPORT-061]"},
        {"\x7f"
         "ELF",
         "[IMPORT-061]"},
        {"{}", "[IMPORT-061]"},
        {"[]", "[IMPORT-061]"},
        {R"([{"messages": 3}])", "[IMPORT-061]"},
        {R"({"mapping": )", "[IMPORT-062]"},
        {"[1, 2", "[IMPORT-062]"},
        {R"({"mapping": {}, "n": 1e999})", "[IMPORT-062]"},
        {R"({"type": "session"})"
         "\n{",
         "[IMPORT-062]"},
        {ours(R"({"id": 1, "role": "robot", "text": "t"})"), "[IMPORT-062]"},
        {nested(63), "[IMPORT-061]"},
        {nested(64), "[IMPORT-063]"},
        {nested(1'000'000), "[IMPORT-063]"},
        {R"({"type": "session"})"
         "\n{\"message\": " +
             std::string(100, '[') + std::string(100, ']') + "}",
         "[IMPORT-063]"},
        {whole.substr(0, whole.size() - 1), "[IMPORT-064]"},
        {whole.substr(0, 6), "[IMPORT-064]"},
        {chat("Prompt: ", 13), "[IMPORT-065]"},
        {chat("Prompt: ", 0), "[IMPORT-065]"},
        {chat("Prompt: ", -1), "[IMPORT-065]"},
        {"PK\x03\x04 nothing more", "[IMPORT-066]"},
        {R"({"mapping": {}})", "[IMPORT-067]"},
        {llama(""), "[IMPORT-067]"},
        {llama(R"({"id": 1, "role": "system", "content": "be brief"})"), "[IMPORT-067]"},
        {whole + "x", "[IMPORT-068]"},
        {chat("Sprompt:"), "[IMPORT-068]"},
        {odd, "[IMPORT-068]"},
    };
    for (const auto& [bytes, code] : cases)
        EXPECT_THAT(complaint(bytes), EndsWith(code)) << bytes.substr(0, 100);
}

TEST(ImportFaultsTest, EveryPrefixOfAChatIsRefused) {
    const std::string whole = chat("Response: ");
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_THAT(complaint(whole.substr(0, size)), HasSubstr("[IMPORT-06")) << size;
}

TEST(ImportFaultsTest, ACountOfMoreThanTheFileHasIsRefusedBeforeAnythingIsMade) {
    std::string bytes = chat();
    bytes.replace(bytes.size() - 24, 8, bigEndian(0x7fffffffffffffff, 8));
    EXPECT_THAT(complaint(bytes), EndsWith("[IMPORT-064]"));
}

TEST(ImportFaultsTest, BytesThatAreNoUtf8AreShownAndCounted) {
    const auto file = conversationsFrom(
        llama("{\"id\": 1, \"role\": \"user\", \"content\": \"a\xff\xfe z\"}"), "x");
    ASSERT_EQ(file.conversations.size(), 1U);
    EXPECT_EQ(file.conversations[0].messages[0].text, "a\xEF\xBF\xBD\xEF\xBF\xBD z");
    EXPECT_THAT(file.notes, Contains("bytes that are no UTF-8 are shown as U+FFFD: 2"));
}

TEST(ImportFaultsTest, HalvesOfSurrogatePairsAreShown) {
    const auto file = conversationsFrom(
        llama(R"({"id": 1, "role": "user", "content": "\ud83d\ude00 \ud83d \\ud83d \ude00\n"})"),
        "x");
    EXPECT_EQ(file.conversations[0].messages[0].text,
              "\xF0\x9F\x98\x80 \xEF\xBF\xBD \\ud83d \xEF\xBF\xBD\n");
}

TEST(ImportFaultsTest, NamesOfFilesAndTextsInThemCannotWriteLinesOfTheirOwn) {
    try {
        conversationsFrom(ours(R"({"id": 1, "role": "ro\nbot\u202e"})"), "a\nb.json");
        FAIL();
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), testing::Not(HasSubstr("\n")));
        EXPECT_THAT(error.what(), HasSubstr("\\u202e"));
    }
}

TEST(ImportFaultsTest, AFolderAndAMissingFileAreTold) {
    const test::ScratchDir dir;
    for (const fs::path& file : {dir.path(), dir.path() / "none.json"}) try {
            readConversations(file);
            ADD_FAILURE();
        } catch (const Error& error) {
            EXPECT_THAT(error.what(), EndsWith("[IMPORT-061]"));
        }
}

TEST(ImportFaultsTest, AFileOfMoreThanTheLimitIsNotRead) {
    const test::ScratchDir dir;
    const fs::path file = dir.path() / "large.json";
    std::ofstream(file) << "[";
    fs::resize_file(file, kLargestImport + 1);  // sparse
    try {
        readConversations(file);
        FAIL();
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), EndsWith("[IMPORT-063]"));
    }
}

}  // namespace
}  // namespace gatescope
