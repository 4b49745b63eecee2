#include "engine/io/json_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <span>

#include "engine/check.h"
#include "engine/io/checked_math.h"

namespace gatescope {
namespace {

using Json = nlohmann::json;
constexpr std::uint64_t kJsonWindowBytes = 64 * 1024;

/// The library reads through iterators; all copies of one stand at the same place.
class Characters {
  public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = char;

    Characters() = default;  // the end
    explicit Characters(JsonStream& stream) : stream_(&stream) {}
    char operator*() const { return stream_->current(); }
    Characters& operator++() {
        stream_->advance();
        return *this;
    }
    Characters operator++(int) {
        const Characters before = *this;
        ++*this;
        return before;
    }
    friend bool operator==(const Characters& a, const Characters& b) {
        return a.done() == b.done();
    }
    friend bool operator!=(const Characters& a, const Characters& b) { return !(a == b); }

  private:
    bool done() const { return stream_ == nullptr || stream_->atEnd(); }
    JsonStream* stream_ = nullptr;
};

/// Counts the depth and hands everything else on.
class Adapter final : public nlohmann::json_sax<Json> {
  public:
    Adapter(JsonStream& stream, JsonEvents& events) : stream_(stream), events_(events) {}

    bool null() override { return other("null"); }
    bool boolean(bool value) override { return other(value ? "true" : "false"); }
    bool number_integer(number_integer_t /*value*/) override { return other("a negative number"); }
    bool number_unsigned(number_unsigned_t value) override {
        events_.integer(value);
        return true;
    }
    bool number_float(number_float_t /*value*/, const string_t& /*digits*/) override {
        return other("a number with a point, an exponent or more than 64 bits");
    }
    bool string(string_t& value) override {
        events_.text(value);
        return true;
    }
    bool binary(binary_t& /*value*/) override { return false; }  // text has none
    bool start_object(std::size_t /*elements*/) override {
        enter();
        events_.beginObject();
        return true;
    }
    bool key(string_t& value) override {
        events_.key(value);
        return true;
    }
    bool end_object() override {
        --depth_;
        events_.endObject();
        return true;
    }
    bool start_array(std::size_t /*elements*/) override {
        enter();
        events_.beginArray();
        return true;
    }
    bool end_array() override {
        --depth_;
        events_.endArray();
        return true;
    }
    bool parse_error(std::size_t /*position*/,
                     const std::string& lastToken,
                     const Json::exception& /*error*/) override {
        constexpr std::size_t kShown = 20;
        const bool shown =
            std::ranges::all_of(lastToken, [](char c) { return c >= ' ' && c <= '~'; });
        if (stream_.atEnd()) stream_.refuse(JsonFault::Syntax, "the JSON text ends in the middle");
        stream_.refuse(JsonFault::Syntax,
                       shown ? fmt::format("not JSON behind \"{}\"",
                                           lastToken.substr(lastToken.size() -
                                                            std::min(kShown, lastToken.size())))
                             : "not JSON, or not UTF-8");
        return false;
    }

  private:
    bool other(const char* kind) {
        events_.otherValue(kind);
        return true;
    }
    void enter() {
        if (++depth_ > kDeepestJson)
            stream_.refuse(
                JsonFault::Limit,
                fmt::format("more than {} objects and arrays within each other", kDeepestJson));
    }

    JsonStream& stream_;
    JsonEvents& events_;
    int depth_ = 0;
};

}  // namespace

JsonStream::JsonStream(const ByteSource& source,
                       std::uint64_t offset,
                       std::uint64_t size,
                       JsonRefusal refusal)
    : source_(source),
      end_(offset + size),
      refusal_(std::move(refusal)),
      here_(window_.data()),
      windowEnd_(offset) {
    GS_CHECK(liesWithin(offset, size, source.size));
    refill();
}

void JsonStream::read(JsonEvents& events) {
    // The library would skip a byte order mark; the formats know none.
    if (atEnd() || current() != '{') refuse(JsonFault::Syntax, "expected an object: {");
    Adapter adapter(*this, events);
    const bool whole = Json::sax_parse(Characters(*this), Characters(), &adapter);
    GS_CHECK(whole);  // all else has thrown
}

void JsonStream::refill() {
    window_.resize(static_cast<std::size_t>(std::min(kJsonWindowBytes, end_ - windowEnd_)));
    if (!window_.empty()) source_.read(windowEnd_, std::as_writable_bytes(std::span(window_)));
    windowEnd_ += window_.size();
    here_ = window_.data();
}

void JsonStream::refuse(JsonFault fault, const std::string& problem) const {
    refusal_(fault, position(), problem);
    GS_CHECK(false);  // it must throw
}

}  // namespace gatescope
