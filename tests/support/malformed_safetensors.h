#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "tests/support/safetensors_writer.h"

namespace gatescope::test {

/// A file that must be refused, and the code it must be refused with.
struct MalformedFile {
    std::string what;
    std::string bytes;
    std::string code;
};

inline std::string repeated(std::string_view piece, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) out += piece;
    return out;
}

/// A good file of two tensors, and the pieces of it that the faults below replace.
struct GoodHeader {
    std::string dtype = R"("F32")";
    std::string shape = "[2,1]";
    std::string offsets = "[0,8]";
    std::string before;  ///< in front of the first tensor
    std::string entry;   ///< in place of the first tensor's object
    std::string name = R"("a")";
    std::string behind;  ///< behind the second tensor
    std::string data = std::string(12, 'x');

    std::string bytes() const {
        const std::string first =
            entry.empty()
                ? fmt::format(
                      R"({{"dtype":{},"shape":{},"data_offsets":{}}})", dtype, shape, offsets)
                : entry;
        return safetensorsOf(
            fmt::format(R"({{{}{}:{},"b":{{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}{}}})",
                        before,
                        name,
                        first,
                        behind),
            data);
    }
};

inline std::string withLength(std::uint64_t length, std::string_view rest) {
    std::string out(reinterpret_cast<const char*>(&length), sizeof length);
    return out.append(rest);
}

/// The container's faults, each made from a good file by one change.
inline std::vector<MalformedFile> malformedSafetensors() {
    std::vector<MalformedFile> out;
    const auto add = [&](std::string code, std::string what, std::string bytes) {
        out.push_back({std::move(what), std::move(bytes), std::move(code)});
    };
    const std::string good = GoodHeader{}.bytes();

    // What lies in place of such a file.
    add("FILE-006", "empty", "");
    add("FILE-004", "web page", "<!DOCTYPE html><html>404</html>");
    add("FILE-004", "web page behind space", "\n  <html lang=\"en\">");
    add("FILE-005", "lfs", "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n");
    add("FILE-007", "text", "Entry not found");
    add("FILE-007", "gguf", std::string("GGUF\3\0\0\0\0\0\0\0", 12));
    add("FILE-007", "zip", "PK\3\4 archive.pt");
    add("FILE-007", "pickle", "\x80\x04\x95 and so on");
    add("FILE-009", "zeros", std::string(4096, '\0'));
    add("FILE-009", "no header at all", std::string(8, '\0'));
    for (const std::size_t size : {1, 4, 7})
        add("FILE-007", fmt::format("{} bytes", size), good.substr(0, size));
    add("FILE-007", "header begins with space", safetensorsOf(" {}", ""));
    add("FILE-007", "header begins with a byte order mark", safetensorsOf("\xef\xbb\xbf{}", ""));
    add("FILE-007", "header is an array", safetensorsOf("[]", ""));
    add("FILE-007", "header is null", safetensorsOf("null", ""));

    // The length.
    add("SAFETENSORS-603", "length just too large", withLength(12'000'001, "{}"));
    for (const int bit : {31, 32, 61, 63})
        add("SAFETENSORS-603",
            fmt::format("length 2^{}", bit),
            withLength(std::uint64_t{1} << bit, "{}"));
    add("SAFETENSORS-603", "length of all ones", withLength(~std::uint64_t{0}, "{}"));
    add("SAFETENSORS-601", "length 1 more than the file", withLength(3, "{}"));
    add("SAFETENSORS-601", "length as large as allowed", withLength(12'000'000, "{}"));
    add("SAFETENSORS-602", "length 1", withLength(1, "{}"));
    add("SAFETENSORS-602", "length cuts the header", withLength(20, good.substr(8)));

    // Truncation of the data, and a tail.
    add("SAFETENSORS-601", "one byte missing", good.substr(0, good.size() - 1));
    add("SAFETENSORS-601", "all data missing", good.substr(0, good.size() - 12));
    add("SAFETENSORS-608", "one byte too many", good + "x");
    add("SAFETENSORS-608", "data without tensors", safetensorsOf("{}", "x"));

    // JSON.
    const std::pair<const char*, std::string> syntax[] = {
        {"comma at the end", R"(,)"},
        {"something behind the object", "} x {"},
        {"a second object", "}{"},
        {"a zero byte", std::string(1, '\0')},
        {"no value", R"(,"c")"},
        {"no colon", R"(,"c" {})"},
        {"a number for a key", ",1:{}"},
        {"a bare word", ",c:{}"},
        {"a comment", "/* c */"},
        {"single quotes", ",'c':{}"},
        {"NaN", R"(,"c":NaN)"},
        {"broken UTF-8", ",\"\xff\":{}"},
        {"overlong UTF-8", ",\"\xc0\xaf\":{}"},
        {"a surrogate as UTF-8", ",\"\xed\xa0\x80\":{}"},
        {"half a surrogate pair", R"(,"\ud800":{})"},
        {"an unknown escape", R"(,"\x41":{})"},
        {"a raw newline in a string", ",\"\n\":{}"},
        {"a plus", R"(,"c":+1)"},
        {"a wrong bracket", R"(,"c":{])"},
    };
    for (const auto& [what, text] : syntax) {
        GoodHeader header;
        header.behind = text;
        add("SAFETENSORS-602", what, header.bytes());
    }
    for (const char* value : {"[02,1]", "[0x2,1]", "[2,1,]", "[2 1]", "[2,,1]", "[+2,1]"}) {
        GoodHeader header;
        header.shape = value;
        add("SAFETENSORS-602", fmt::format("shape {}", value), header.bytes());
    }
    add("SAFETENSORS-602",
        "zero bytes behind the object",
        safetensorsOf("{}" + std::string(6, '\0'), ""));
    add("SAFETENSORS-602", "garbage behind the object", safetensorsOf("{}garbage", ""));
    add("SAFETENSORS-602", "a byte order mark behind", safetensorsOf("{}\xef\xbb\xbf", ""));

    // Entries.
    const std::pair<const char*, const char*> entries[] = {
        {"null", "null"},
        {"true", "true"},
        {"a number", "3"},
        {"a string", R"("F32")"},
        {"an array", R"(["F32",[2,1],[0,8]])"},
        {"nothing in it", "{}"},
        {"no dtype", R"({"shape":[2,1],"data_offsets":[0,8]})"},
        {"no shape", R"({"dtype":"F32","data_offsets":[0,8]})"},
        {"no offsets", R"({"dtype":"F32","shape":[2,1]})"},
        {"one key more", R"({"dtype":"F32","shape":[2,1],"data_offsets":[0,8],"x":1})"},
        {"a key in capitals", R"({"DType":"F32","shape":[2,1],"data_offsets":[0,8]})"},
        {"an object in it", R"({"dtype":{},"shape":[2,1],"data_offsets":[0,8]})"},
    };
    for (const auto& [what, entry] : entries) {
        GoodHeader header;
        header.entry = entry;
        add("SAFETENSORS-604", fmt::format("entry: {}", what), header.bytes());
    }
    for (const char* value : {"null", "1", "[]", "[\"F32\"]", "true", "{}", "1.5"}) {
        GoodHeader header;
        header.dtype = value;
        add("SAFETENSORS-604", fmt::format("dtype {}", value), header.bytes());
    }
    for (const char* value : {"null",
                              "2",
                              "\"[2,1]\"",
                              "[2.0,1]",
                              "[2e0,1]",
                              "[-2,-1]",
                              "[-0]",
                              "[null]",
                              "[true]",
                              "[\"2\"]",
                              "[[2,1]]",
                              "{}",
                              "[{}]",
                              "[18446744073709551616]",
                              "[2,1.5]"}) {
        GoodHeader header;
        header.shape = value;
        add("SAFETENSORS-604", fmt::format("shape {}", value), header.bytes());
    }
    for (const char* value : {"null",
                              "[]",
                              "[8]",
                              "[0,8,8]",
                              "8",
                              "\"0,8\"",
                              "[0,8.0]",
                              "[-0,8]",
                              "[0,-8]",
                              "[0,8e0]",
                              "[[0,8]]",
                              "{}",
                              "[0,null]",
                              "[0,18446744073709551616]"}) {
        GoodHeader header;
        header.offsets = value;
        add("SAFETENSORS-604", fmt::format("data_offsets {}", value), header.bytes());
    }
    for (const char* value :
         {"", "f32", "F33", "FLOAT", "F32 ", "Q4_0", "\\u0000F32", "F8", "F8_E4M3FN", "bfloat16"}) {
        GoodHeader header;
        header.dtype = fmt::format("\"{}\"", value);
        add("SAFETENSORS-606", fmt::format("dtype \"{}\"", value), header.bytes());
    }

    // Sizes: every integer at its edges.
    for (const char* value : {"[]",
                              "[0]",
                              "[1]",
                              "[3]",
                              "[2,2]",
                              "[0,1]",
                              "[2147483648]",
                              "[4294967296]",
                              "[2305843009213693952,8]",
                              "[9223372036854775808]",
                              "[9223372036854775808,2]",
                              "[18446744073709551615]",
                              "[18446744073709551615,2,0]",
                              "[4611686018427387904,2,1]"}) {
        GoodHeader header;
        header.shape = value;
        add("SAFETENSORS-607", fmt::format("shape {}", value), header.bytes());
    }
    for (const char* value : {"[8,0]",
                              "[0,7]",
                              "[0,9]",
                              "[0,0]",
                              "[0,4]",
                              "[12,8]",
                              "[0,4294967296]",
                              "[0,18446744073709551615]",
                              "[18446744073709551608,18446744073709551615]"}) {
        GoodHeader header;
        header.offsets = value;
        add("SAFETENSORS-607", fmt::format("data_offsets {}", value), header.bytes());
    }
    GoodHeader far;
    far.offsets = "[18446744073709551600,18446744073709551608]";
    add("SAFETENSORS-607", "offsets that wrap behind the header", far.bytes());
    for (const char* type : {"F64", "F16", "I8", "F4", "F6_E2M3", "C64", "BOOL"}) {
        GoodHeader header;
        header.dtype = fmt::format("\"{}\"", type);
        add("SAFETENSORS-607", fmt::format("8 bytes as {}", type), header.bytes());
    }
    GoodHeader halfByte;
    halfByte.entry = R"({"dtype":"F4","shape":[17],"data_offsets":[0,8]})";
    add("SAFETENSORS-607", "half a byte of F4", halfByte.bytes());

    // Cover.
    for (const char* value : {"[4,12]",
                              "[8,16]",
                              "[1,9]",
                              "[12,20]",
                              "[1000,1008]",
                              "[4611686018427387904,4611686018427387912]"}) {
        GoodHeader header;
        header.offsets = value;
        add("SAFETENSORS-608",
            fmt::format("offsets {} overlap or leave a hole", value),
            header.bytes());
    }
    GoodHeader emptyInside;
    emptyInside.behind = R"(,"c":{"dtype":"F32","shape":[0],"data_offsets":[4,4]})";
    add("SAFETENSORS-608", "an empty tensor inside another", emptyInside.bytes());
    GoodHeader same;
    same.behind = R"(,"c":{"dtype":"F32","shape":[1],"data_offsets":[8,12]})";
    add("SAFETENSORS-608", "two names for the same bytes", same.bytes());

    // Twice.
    const std::pair<const char*, const char*> doubles[] = {
        {"tensor", R"(,"a":{"dtype":"F32","shape":[1],"data_offsets":[12,16]})"},
        {"tensor of no bytes", R"(,"a":{"dtype":"F32","shape":[0],"data_offsets":[12,12]})"},
        {"tensor by an escape", R"(,"\u0061":{"dtype":"F32","shape":[1],"data_offsets":[12,16]})"},
        {"metadata", R"(,"__metadata__":{},"__metadata__":{})"},
        {"key in metadata", R"(,"__metadata__":{"k":"1","k":"2"})"},
        {"dtype", R"(,"c":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[12,16]})"},
        {"shape", R"(,"c":{"shape":[1],"shape":[1],"dtype":"F32","data_offsets":[12,16]})"},
        {"offsets",
         R"(,"c":{"data_offsets":[12,16],"data_offsets":[12,16],"dtype":"F32","shape":[1]})"},
    };
    for (const auto& [what, text] : doubles) {
        GoodHeader header;
        header.behind = text;
        header.data = std::string(16, 'x');
        add("SAFETENSORS-605", fmt::format("{} twice", what), header.bytes());
    }

    // Metadata.
    for (const char* value : {"null",
                              "1",
                              "\"pt\"",
                              "[]",
                              "{\"k\":1}",
                              "{\"k\":null}",
                              "{\"k\":{}}",
                              "{\"k\":[\"v\"]}",
                              "{\"k\":true}"}) {
        GoodHeader header;
        header.before = fmt::format("\"__metadata__\":{},", value);
        add("SAFETENSORS-604", fmt::format("__metadata__ {}", value), header.bytes());
    }

    // Names.
    for (const char* name :
         {"", "\\u0000", "a\\u0000b", "a\\nb", "\\u001b[31m", "\\u007f", "\\u0085", "\\u009f"}) {
        GoodHeader header;
        header.name = fmt::format("\"{}\"", name);
        add("SAFETENSORS-609", fmt::format("name \"{}\"", name), header.bytes());
    }
    GoodHeader longName;
    longName.name = "\"" + std::string(1025, 'n') + "\"";
    add("SAFETENSORS-609", "a name of 1025 bytes", longName.bytes());

    // Limits.
    GoodHeader manyDimensions;
    manyDimensions.shape = "[2,1,1,1,1,1,1,1,1]";
    add("SAFETENSORS-603", "nine dimensions", manyDimensions.bytes());
    add("SAFETENSORS-603",
        "a million spaces more",
        safetensorsOf("{}" + std::string(1100000, ' '), ""));
    add("SAFETENSORS-603",
        "a string of a megabyte",
        safetensorsOf("{\"" + std::string(1100000, 'n') + "\":{}}", ""));
    add("SAFETENSORS-603",
        "a number of a megabyte",
        safetensorsOf("{\"a\":" + std::string(1100000, '1') + "}", ""));
    std::string keys;
    for (int i = 0; i <= 10'000; ++i) keys += fmt::format("{}\"{}\":\"\"", i == 0 ? "" : ",", i);
    add("SAFETENSORS-603",
        "10001 keys in metadata",
        safetensorsOf(fmt::format(R"({{"__metadata__":{{{}}}}})", keys), ""));
    // Deep nesting is met where something else is wrong first: no array may stand there.
    add("SAFETENSORS-604",
        "a hundred thousand brackets",
        safetensorsOf("{\"a\":" + repeated("[", 100'000), ""));
    add("SAFETENSORS-604",
        "a hundred thousand objects",
        safetensorsOf(repeated("{\"a\":", 100'000), ""));
    return out;
}

}  // namespace gatescope::test
