#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "engine/io/bounded_reader.h"

namespace gatescope {

/// What a JSON text says, event by event, for files that may be far larger than what is kept of
/// them. Keys come before their values, ends match their begins. A handler throws to end it all.
class JsonEvents {
  public:
    virtual ~JsonEvents() = default;
    virtual void beginObject() = 0;
    virtual void endObject() = 0;
    virtual void beginArray() = 0;
    virtual void endArray() = 0;
    virtual void key(std::string& text) = 0;   ///< valid UTF-8, escapes resolved; may be moved from
    virtual void text(std::string& text) = 0;  ///< the same
    virtual void integer(std::uint64_t value) = 0;         ///< no sign, no point, no exponent
    virtual void otherValue(const std::string& kind) = 0;  ///< "null", "a negative number" ...
};

enum class JsonFault {
    Syntax,  ///< not JSON
    Limit,   ///< deeper than kDeepestJson, or a piece longer than kLongestJsonRun
};

/// What to throw, given the place in the source. Never returns.
using JsonRefusal =
    std::function<void(JsonFault fault, std::uint64_t offset, const std::string& problem)>;

constexpr int kDeepestJson = 8;
/// Bytes of a string, or between two of the characters {}[],: outside of strings.
constexpr std::uint64_t kLongestJsonRun = 1 << 20;

/// A stretch of JSON text within a source.
class JsonStream {
  public:
    /// Requires that [offset, offset + size) lies within `source`, which must outlive this.
    JsonStream(const ByteSource& source,
               std::uint64_t offset,
               std::uint64_t size,
               JsonRefusal refusal);

    /// Tells `events` all of it, holding no more than a window and one string. The text is one
    /// object that begins with its first byte; only space may follow it.
    void read(JsonEvents& events);
    /// Bytes of the source before what has not been looked at: where an event was, for messages.
    std::uint64_t position() const {
        return windowEnd_ - static_cast<std::uint64_t>(window_.data() + window_.size() - here_);
    }

    // For the parser that reads it character by character. Requires not atEnd().
    char current() const { return *here_; }
    void advance() {
        account(*here_);
        if (++here_ == window_.data() + window_.size()) refill();
    }
    bool atEnd() const { return here_ == window_.data() + window_.size(); }

    void refuse(JsonFault fault, const std::string& problem) const;

  private:
    void refill();
    void account(char c);

    const ByteSource& source_;
    const std::uint64_t end_;
    JsonRefusal refusal_;
    std::string window_;
    const char* here_;         // in the window; at its end only where the text ends
    std::uint64_t windowEnd_;  // in the source
    std::uint64_t run_ = 0;
    bool inString_ = false;
    bool escaped_ = false;
};

inline void JsonStream::account(char c) {
    ++run_;
    if (inString_) {
        if (escaped_)
            escaped_ = false;
        else if (c == '\\')
            escaped_ = true;
        else if (c == '"')
            inString_ = false;
    } else if (c == '"') {
        inString_ = true;
        run_ = 0;
    } else if (c == '{' || c == '}' || c == '[' || c == ']' || c == ',' || c == ':') {
        run_ = 0;
    }
    // The library takes a zero for the end of the text and would not look at what follows.
    if (c == '\0') refuse(JsonFault::Syntax, "a zero byte, expected JSON");
    if (run_ > kLongestJsonRun)
        refuse(JsonFault::Limit, "a string, a number or white space of more than a megabyte");
}

}  // namespace gatescope
