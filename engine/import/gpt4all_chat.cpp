#include <fmt/format.h>

#include <utility>

#include "engine/error_codes.h"
#include "engine/import/formats.h"
#include "engine/import/untrusted_json.h"
#include "engine/io/shown_text.h"
#include "engine/io/utf8.h"

namespace gatescope {
namespace {

constexpr std::int32_t kNewestVersion = 12;
/// A reply, what it thought of in it, a tool's call in that.
constexpr int kDeepestItem = 8;

void appendUtf8(std::string& out, char32_t c) {
    if (c < 0x80) {
        out += static_cast<char>(c);
        return;
    }
    const int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    const unsigned lead = more == 1 ? 0xC0U : more == 2 ? 0xE0U : 0xF0U;
    out += static_cast<char>(lead | (c >> static_cast<unsigned>(6 * more)));
    for (int i = more - 1; i >= 0; --i)
        out += static_cast<char>(0x80U | ((c >> static_cast<unsigned>(6 * i)) & 0x3FU));
}

/// What Qt's QDataStream writes: big-endian numbers, texts as UTF-16BE behind their size in bytes.
class QtStream {
  public:
    QtStream(std::string_view bytes, const std::string& where) : bytes_(bytes), where_(where) {}

    template <class T>
    T number() {
        const std::string_view part = take(sizeof(T));
        std::uint64_t value = 0;
        for (const char byte : part) value = value << 8U | static_cast<unsigned char>(byte);
        return static_cast<T>(value);
    }

    bool flag() { return number<std::uint8_t>() != 0; }

    /// A QByteArray; a null one is empty.
    std::string_view byteArray() {
        const auto size = number<std::uint32_t>();
        if (size == kNull) return {};
        return take(size);
    }

    /// A QString; halves of surrogate pairs become U+FFFD.
    std::string text() {
        const std::string_view units = byteArray();
        if (units.size() % 2 != 0) refuseHere("a text of an odd number of bytes");
        std::string out;
        for (std::size_t i = 0; i < units.size(); i += 2) {
            const char32_t unit = unitAt(units, i);
            const bool first = unit >= 0xd800 && unit < 0xdc00;
            const char32_t next = first && i + 2 < units.size() ? unitAt(units, i + 2) : 0;
            if (first && next >= 0xdc00 && next < 0xe000) {
                appendUtf8(out, 0x10000 + ((unit - 0xd800) << 10U) + (next - 0xdc00));
                i += 2;
            } else if (unit >= 0xd800 && unit < 0xe000) {
                out += kReplacementCharacter;
            } else {
                appendUtf8(out, unit);
            }
        }
        return out;
    }

    void skipTexts(int count) {
        for (int i = 0; i < count; ++i) byteArray();
    }

    /// A number of things of at least `smallest` bytes each.
    std::uint64_t count(std::uint64_t smallest) {
        const auto value = number<std::uint64_t>();
        checkCount(value, smallest);
        return value;
    }
    /// The same as QList writes it.
    std::uint64_t listCount(std::uint64_t smallest) {
        const auto value = number<std::uint32_t>();
        checkCount(value, smallest);
        return value;
    }

    void skip(std::uint64_t values, std::uint64_t bytesEach) {
        checkCount(values, bytesEach);
        take(values * bytesEach);
    }

    void expectEnd() const {
        if (at_ != bytes_.size()) refuseHere("more bytes than the chat has");
    }

    [[noreturn]] void refuseHere(const std::string& problem) const {
        refuse(ErrorCode::ImportRecord, fmt::format("{}: byte {}", where_, at_), problem);
    }

  private:
    static constexpr std::uint32_t kNull = 0xffffffff;

    static char32_t unitAt(std::string_view units, std::size_t i) {
        return static_cast<char32_t>(static_cast<unsigned char>(units[i])) << 8U |
               static_cast<unsigned char>(units[i + 1]);
    }

    void checkCount(std::uint64_t value, std::uint64_t smallest) const {
        if (value > (bytes_.size() - at_) / smallest)
            refuse(
                ErrorCode::ImportTruncated,
                fmt::format("{}: byte {}", where_, at_),
                fmt::format("{} entries should follow, {} bytes do", value, bytes_.size() - at_));
    }

    std::string_view take(std::uint64_t size) {
        if (size > bytes_.size() - at_)
            refuse(ErrorCode::ImportTruncated,
                   fmt::format("{}: byte {}", where_, at_),
                   fmt::format("{} bytes should follow, {} do", size, bytes_.size() - at_));
        const std::string_view part = bytes_.substr(at_, size);
        at_ += part.size();
        return part;
    }

    std::string_view bytes_;
    const std::string& where_;
    std::size_t at_ = 0;
};

/// Reads the entries of a chat, in the order in which GPT4All 3.10 writes and reads them.
class ChatReader {
  public:
    ChatReader(std::string_view bytes, const std::string& where, LeftOut& leftOut)
        : in_(bytes, where), leftOut_(leftOut) {
        in_.number<std::uint32_t>();  // the magic number
        version_ = in_.number<std::int32_t>();
        if (version_ < 1 || version_ > kNewestVersion)
            refuse(
                ErrorCode::ImportVersion,
                where,
                fmt::format(
                    "version {} of GPT4All's chats, expected 1 to {}", version_, kNewestVersion));
    }

    ImportedConversation read() {
        constexpr std::int64_t kLastSecond = 253'402'300'799;
        const auto created = in_.number<std::int64_t>();
        if (created > 0 && created < kLastSecond) out_.summary.updatedMs = created * 1000;
        in_.byteArray();  // id
        out_.summary.title = titleFrom(in_.text());
        in_.byteArray();  // the user's name
        out_.summary.facts.name = titleFrom(in_.text());
        if (version_ >= 3) skipTextList();  // collections of documents
        if (version_ < 11) skipModelState();
        const auto items = in_.number<std::int32_t>();
        for (std::int32_t i = 0; i < items; ++i) readItem();
        in_.expectEnd();
        return std::move(out_);
    }

  private:
    void skipTextList() {
        const auto count = in_.listCount(4);
        for (std::uint64_t i = 0; i < count; ++i) in_.byteArray();
    }

    /// Up to version 10 a chat holds the state of the model's cache.
    void skipModelState() {
        const bool hasState = version_ < 6 || in_.flag();
        if (version_ >= 2) {
            in_.number<std::int32_t>();  // kind of model
            if (in_.number<std::int32_t>() != 0) in_.refuseHere("an unknown version of its state");
        }
        in_.skipTexts(2);             // the last reply, the generated name
        in_.number<std::uint32_t>();  // tokens of prompt and reply
        if (!hasState) return;
        if (version_ < 4) in_.number<std::uint32_t>();               // logits of the reply
        in_.number<std::uint32_t>();                                 // position
        if (version_ >= 7) in_.number<std::uint32_t>();              // length of the context
        if (version_ < 9) in_.skip(in_.number<std::uint64_t>(), 4);  // logits
        in_.skip(in_.number<std::uint64_t>(), 4);                    // tokens
        in_.byteArray();                                             // the cache
    }

    void readItem() {
        if (version_ < 12) in_.number<std::int32_t>();  // id
        const std::string label = in_.text();
        std::string text = in_.text();
        if (version_ < 10) in_.byteArray();  // the prompt once more
        in_.byteArray();                     // a better reply, as the user would have it
        in_.flag();                          // is the reply that is being written
        const bool stopped = in_.flag();
        in_.flag();  // thumbs up
        in_.flag();  // thumbs down
        const bool isReply = label == "Response: ";
        const bool failed = version_ >= 11 && isReply && in_.flag();
        skipSources();
        if (version_ >= 10) skipAttachments();
        if (version_ >= 12) text = readParts(0) + text;
        place(label, std::move(text), stopped, failed);
    }

    void skipSources() {
        if (version_ >= 8) {
            const auto count = in_.count(40);
            for (std::uint64_t i = 0; i < count; ++i) {
                in_.skipTexts(7);  // collection, path, file, title, author, date, text
                in_.skip(3, 4);    // page, from, to
            }
        } else if (version_ >= 3) {
            in_.skipTexts(1);
            skipTextList();
        }
    }

    void skipAttachments() {
        const auto count = in_.count(8);
        for (std::uint64_t i = 0; i < count; ++i) in_.skipTexts(2);  // place, content
        leftOut_.attachments += static_cast<int>(count);
    }

    /// What a reply said before its last part: the texts among its parts, joined.
    std::string readParts(int depth) {
        if (depth == kDeepestItem) in_.refuseHere("parts of a reply within each other");
        std::string said;
        const auto count = in_.count(12);
        for (std::uint64_t i = 0; i < count; ++i) {
            const std::string label = in_.text();
            std::string text = in_.text();
            if (label == "Think: ")
                in_.number<std::int32_t>();  // milliseconds
            else if (label == "ToolCall: ")
                skipToolCall();
            else if (label != "Response: " && label != "Text: " && label != "ToolResponse: ")
                in_.refuseHere(fmt::format("a part of the kind {}", quotedText(label)));
            const std::string inner = readParts(depth + 1);
            if (label == "Text: " || label == "Response: ")
                said += inner + text;
            else
                ++(label == "Think: " ? leftOut_.reasoning : leftOut_.tools);
        }
        return said;
    }

    void skipToolCall() {
        in_.skipTexts(1);  // name
        const auto count = in_.count(13);
        for (std::uint64_t i = 0; i < count; ++i) {
            in_.skipTexts(1);
            in_.number<std::int32_t>();  // type
            skipVariant();
        }
        in_.skipTexts(1);            // result
        in_.number<std::int32_t>();  // error
        in_.skipTexts(1);            // its words
    }

    /// The kinds of QVariant that a value in JSON becomes.
    void skipVariant() {
        const auto type = in_.number<std::uint32_t>();
        in_.flag();  // is null
        switch (type) {
            case 0:  // invalid
                return;
            case 1:  // bool
                in_.flag();
                return;
            case 2:  // int, unsigned
            case 3:
                in_.skip(1, 4);
                return;
            case 4:  // 64 bits, double
            case 5:
            case 6:
                in_.skip(1, 8);
                return;
            case 10:  // text
                in_.byteArray();
                return;
            default:
                in_.refuseHere(fmt::format("an argument of the kind {}", type));
        }
    }

    void place(const std::string& label, std::string text, bool stopped, bool failed) {
        if (label == "System: ") {
            if (out_.summary.systemText.empty())
                out_.summary.systemText = std::move(text);
            else
                ++leftOut_.system;
            return;
        }
        if (label != "Prompt: " && label != "Response: ")
            in_.refuseHere(fmt::format("a message of the kind {}", quotedText(label)));
        if (text.empty()) {
            ++leftOut_.empty;
            return;
        }
        Message message;
        message.id = static_cast<MessageId>(out_.messages.size()) + 1;
        message.parent = message.id - 1;
        message.role = label == "Prompt: " ? Role::User : Role::Assistant;
        message.text = std::move(text);
        message.createdMs = out_.summary.updatedMs;  // the only time that a chat has
        if (stopped) message.finishReason = FinishReason::Stopped;
        if (failed) message.finishReason = FinishReason::Failed;
        out_.messages.push_back(std::move(message));
    }

    QtStream in_;
    LeftOut& leftOut_;
    std::int32_t version_ = 0;
    ImportedConversation out_;
};

}  // namespace

bool isGpt4AllChat(std::string_view bytes) {
    return bytes.starts_with("\xF5\xD5\x53\xCC");
}

Conversations readGpt4AllChat(std::string_view bytes, const std::string& where, LeftOut& leftOut) {
    Conversations all;
    keep(ChatReader(bytes, where, leftOut).read(), all, leftOut);
    return all;
}

}  // namespace gatescope
