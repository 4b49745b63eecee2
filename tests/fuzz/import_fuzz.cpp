// Fuzz target: files of conversations that other programs exported. See docs/fuzzing.md.
#include <array>
#include <string>

#include "engine/error.h"
#include "engine/import/read_conversations.h"
#include "engine/io/utf8.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/mutators.h"

namespace gatescope::test {
namespace {

constexpr char kOurs[] =
    R"({"format": "gatescope-export-1", "title": "T", "template": "transcript", "system": "", "tree": [
    {"id": 1, "parent": null, "role": "user", "text": "a", "state": "complete", "created_ms": 5},
    {"id": 2, "parent": 1, "role": "assistant", "text": "b", "state": "interrupted", "finish_reason": "eos",
     "sampler": {"temperature": 0.5, "seed": 7}, "interventions": {"ablate": ["1:2"], "top_k": 2}}]})";
constexpr char kLlama[] =
    R"([{"conv": {"id": "c", "name": "N", "currNode": "b", "lastModified": 1.7e12}, "messages": [
    {"id": "r", "type": "root", "role": "system", "content": "", "parent": null, "children": ["a"]},
    {"id": "a", "role": "user", "content": "x\ud83d\ude00", "parent": "r", "timestamp": 1, "extra": [{}]},
    {"id": "b", "role": "assistant", "content": "y", "parent": "a", "model": "m", "toolCalls": ""}]}])";
constexpr char kSessions[] =
    "{\"type\": \"session\", \"id\": \"c\", \"name\": \"N\", \"currNode\": \"a\"}\n"
    "{\"type\": \"message\", \"message\": {\"id\": \"a\", \"role\": \"user\", \"content\": \"x\", "
    "\"parent\": null}}\n";
constexpr char kChatGpt[] =
    R"([{"title": "T", "current_node": "b", "update_time": 1.7e9, "mapping": {
    "r": {"message": null, "parent": null, "children": ["a"]},
    "a": {"message": {"author": {"role": "user"}, "create_time": 1.5, "recipient": "all", "content":
      {"content_type": "text", "parts": ["q", {"x": 1}]}, "metadata": {}}, "parent": "r", "children": ["b"]},
    "b": {"message": {"author": {"role": "assistant"}, "content": {"content_type": "text", "parts": ["w"]},
      "metadata": {"model_slug": "m"}}, "parent": "a", "children": []}}}])";

std::string qString(const std::string& text) {
    std::string out(3, '\0');
    out += static_cast<char>(2 * text.size());
    for (const char c : text) out += std::string(1, '\0') + c;
    return out;
}

/// A chat of GPT4All 3.10: a question, and a reply with a part.
std::string chat() {
    const std::string none(8, '\0');
    const std::string one = std::string(7, '\0') + '\x01';
    const std::string part = qString("Text: ") + qString("t") + none;
    return "\xF5\xD5\x53\xCC" + std::string("\0\0\0\x0c", 4) + one + qString("id") + qString("T") +
           qString("") + qString("m") + std::string(4, '\0') + std::string("\0\0\0\x02", 4) +
           qString("Prompt: ") + qString("q") + qString("") + std::string(4, '\0') + none + none +
           none + qString("Response: ") + qString("w") + qString("") + std::string(5, '\0') + none +
           none + one + part;
}

/// Of a chat a byte or a count; of all else a token of JSON.
std::string mutatedExport(const std::string& bytes, FuzzRandom& random) {
    if (bytes.empty() || bytes.front() == '{' || bytes.front() == '[')
        return mutatedJson(bytes, random);
    std::string out = bytes;
    const std::size_t at = random.below(out.size());
    std::uint64_t value = extremeNumber(random);
    for (std::size_t i = std::min(at + (random.oneIn(2) ? 8 : 4), out.size()); i > at; --i) {
        out[i - 1] = static_cast<char>(value);
        value >>= 8U;
    }
    return out;
}

/// What must hold of any conversation that is taken.
void checkInvariants(const ImportedFile& file) {
    GS_CHECK(!file.conversations.empty());
    for (const ImportedConversation& conversation : file.conversations) {
        GS_CHECK(!conversation.messages.empty());
        MessageId number = 0;
        for (const Message& message : conversation.messages) {
            GS_CHECK_EQ(message.id, ++number);
            GS_CHECK(message.parent >= 0 && message.parent < message.id);
            GS_CHECK(message.state != MessageState::Streaming);
            GS_CHECK(isUtf8(message.text));
        }
        GS_CHECK(!branchOf(conversation.messages).empty());
    }
}

}  // namespace

std::vector<std::string> fuzzSeeds() {
    return {kOurs, kLlama, kSessions, kChatGpt, chat()};
}

}  // namespace gatescope::test

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data,
                                               std::size_t size,
                                               std::size_t maxSize,
                                               unsigned seed) {
    return gatescope::test::mutateInPlace(
        data, size, maxSize, seed, gatescope::test::mutatedExport);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    try {
        gatescope::test::checkInvariants(gatescope::conversationsFrom(bytes, "export"));
        ++gatescope::test::acceptedInputs;
    } catch (const gatescope::Error& error) {  // a refusal is a good answer
        gatescope::test::checkRefusal(error);
    }
    return 0;
}
