#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <string>
#include <type_traits>

#include "engine/store/conversation.h"

namespace gatescope {

// What the files conversation_*.cpp and the recording's writer do with rows. Only engine/store
// includes this. SQLite's own exceptions pass.

/// Binds values in order; text by length, so that a NUL inside it is kept.
template <class... Values>
void bindAll(SQLite::Statement& statement, const Values&... values) {
    int index = 0;
    const auto bindOne = [&](const auto& value) {
        using Value = std::decay_t<decltype(value)>;
        ++index;
        if constexpr (std::is_same_v<Value, std::nullptr_t>)
            statement.bind(index);
        else
            statement.bind(index, value);
    };
    (bindOne(values), ...);
}

/// Returns how many rows it changed.
template <class... Values>
int runSql(SQLite::Database& database, const std::string& sql, const Values&... values) {
    SQLite::Statement statement(database, sql);
    bindAll(statement, values...);
    return statement.exec();
}

/// An empty one becomes NULL.
void bindBlob(SQLite::Statement& statement, int index, const std::string& blob);
std::string blobOf(const SQLite::Column& column);

// The words an enumeration has in files. Apart from name(): what is shown may change, these cannot.
const char* wordOf(Role role);
const char* wordOf(MessageState state);
const char* wordOf(FinishReason reason);
/// Throw Error(BadInput) that starts with `where` for an unknown word.
void readWord(const std::string& word, const std::string& where, Role& role);
void readWord(const std::string& word, const std::string& where, MessageState& state);
void readWord(const std::string& word, const std::string& where, FinishReason& reason);

std::int64_t nowMs();  ///< Unix time

}  // namespace gatescope
