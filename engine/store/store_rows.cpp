#include "engine/store/store_rows.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <utility>

#include "engine/check.h"
#include "engine/error_codes.h"
#include "engine/io/shown_text.h"

namespace gatescope {
namespace {

constexpr std::array<std::pair<Role, const char*>, 2> kRoleWords{
    {{Role::User, "user"}, {Role::Assistant, "assistant"}}};
constexpr std::array<std::pair<MessageState, const char*>, 3> kStateWords{
    {{MessageState::Complete, "complete"},
     {MessageState::Streaming, "streaming"},
     {MessageState::Interrupted, "interrupted"}}};
constexpr std::array<std::pair<FinishReason, const char*>, 6> kReasonWords{
    {{FinishReason::EndOfText, "eos"},
     {FinishReason::StopString, "stop_string"},
     {FinishReason::MaxTokens, "max_tokens"},
     {FinishReason::ContextFull, "context_full"},
     {FinishReason::Stopped, "stopped"},
     {FinishReason::Failed, "failed"}}};

template <class Table, class Value>
const char* lookUp(const Table& table, Value value) {
    for (const auto& [known, word] : table)
        if (known == value) return word;
    GS_CHECK(false);
    return "";
}

template <class Table, class Value>
void lookUp(const Table& table, const std::string& word, const std::string& where, Value& found) {
    for (const auto& [value, known] : table)
        if (word == known) {
            found = value;
            return;
        }
    refuse(ErrorCode::StoreDamaged, where, fmt::format("unknown word '{}'", shownText(word)));
}

}  // namespace

void bindBlob(SQLite::Statement& statement, int index, const std::string& blob) {
    if (blob.empty())
        statement.bind(index);
    else
        statement.bind(index, blob.data(), static_cast<int>(blob.size()));
}

std::string blobOf(const SQLite::Column& column) {
    const auto size = static_cast<std::size_t>(column.getBytes());
    const auto* bytes = static_cast<const char*>(column.getBlob());
    return size == 0 ? std::string() : std::string(bytes, size);
}

const char* wordOf(Role role) {
    return lookUp(kRoleWords, role);
}
const char* wordOf(MessageState state) {
    return lookUp(kStateWords, state);
}
const char* wordOf(FinishReason reason) {
    return lookUp(kReasonWords, reason);
}

void readWord(const std::string& word, const std::string& where, Role& role) {
    lookUp(kRoleWords, word, where, role);
}
void readWord(const std::string& word, const std::string& where, MessageState& state) {
    lookUp(kStateWords, word, where, state);
}
void readWord(const std::string& word, const std::string& where, FinishReason& reason) {
    lookUp(kReasonWords, word, where, reason);
}

std::int64_t nowMs() {
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace gatescope
