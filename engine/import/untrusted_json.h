#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "engine/import/left_out.h"

namespace gatescope {

// Reading other programs' JSON. Only engine/import includes this.

/// `text` with a byte order mark taken away, bytes that are no UTF-8 replaced by U+FFFD (counted),
/// and halves of surrogate pairs, as JavaScript writes them, by \ufffd: so that one bad character
/// does not lose all conversations of a file.
std::string repairedJson(std::string_view text, LeftOut& leftOut);

/// The document. Throws Error(BadInput) that starts with `where` when it is no JSON, too deep, or
/// holds a number that no type can.
nlohmann::json parseUntrusted(std::string_view text, const std::string& where);

/// The member `key` of an object; null where there is none.
const nlohmann::json& memberOf(const nlohmann::json& object, const char* key);
/// The same as text; empty where it is no string.
std::string textOf(const nlohmann::json& object, const char* key);
/// A string or a whole number as an identifier; empty for anything else, and for -1, which older
/// programs write for "none".
std::string idOf(const nlohmann::json& object, const char* key);
/// A time in milliseconds since 1970, of a number in units of `unitMs`; 0: none that makes sense.
std::int64_t timeOf(const nlohmann::json& object, const char* key, double unitMs);

/// One line of at most 120 characters for a conversation's name.
std::string titleFrom(std::string_view text);

}  // namespace gatescope
