// GGUF containers that are damaged, half downloaded or made to do harm.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <time.h>

#include <set>

#include "engine/error.h"
#include "tests/fuzz/gguf_invariants.h"
#include "tests/support/gguf_cases.h"

namespace gatescope {
namespace {

using test::GgufWriter;
using test::readGguf;
using test::smallGguf;
using testing::HasSubstr;

// CPU time of this thread: what other programs do meanwhile is not our delay.
double cpuSeconds() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

// The promise is one of optimised builds: the others take several times as long.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__OPTIMIZE__)
constexpr double kMostSeconds = 2;
#else
constexpr double kMostSeconds = 0.2;
#endif

struct Verdict {
    std::string code = "none";
    std::string sentence;
};

Verdict verdictOn(const std::string& bytes) {
    const double start = cpuSeconds();
    Verdict verdict;
    try {
        test::checkInvariants(readGguf(bytes), bytes.size());
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::BadInput);
        EXPECT_THAT(error.what(), testing::StartsWith("m.gguf"));
        verdict = {error.code(), error.what()};
    }
    EXPECT_LT(cpuSeconds() - start, kMostSeconds);
    return verdict;
}

/// `bytes` with the little-endian integer of `width` bytes at `offset` replaced.
std::string with(std::string bytes, std::size_t offset, std::size_t width, std::uint64_t value) {
    return bytes.replace(offset, width, GgufWriter::packed(value).substr(0, width));
}

std::size_t placeOf(const std::string& bytes, const std::string& text) {
    const std::size_t at = bytes.find(GgufWriter::packedText(text));
    EXPECT_NE(at, std::string::npos) << text;
    return at;
}

/// Behind the length, the text and the type.
std::size_t valueOf(const std::string& bytes, const std::string& key) {
    return placeOf(bytes, key) + 8 + key.size() + 4;
}

/// An integer that the parser reads, and what it may say when it is wrong.
struct Field {
    const char* name;
    std::size_t offset;
    std::size_t width;
    std::set<std::string> codes;
    std::set<std::uint64_t> good = {};  ///< values that make another file, but a sound one
};

std::vector<Field> fieldsOf(const std::string& bytes) {
    const std::size_t norm = placeOf(bytes, "norm.weight") + 8 + 11;
    const std::size_t last = placeOf(bytes, "exps.weight") + 8 + 11;
    return {
        {"version", 4, 4, {"GGUF-502", "GGUF-503"}, {2}},
        // Fewer tensors are a sound file with bytes that belong to none; more eat into the data.
        {"number of tensors", 8, 8, {"GGUF-501", "GGUF-504", "GGUF-505", "GGUF-508"}, {0, 1}},
        {"number of keys", 16, 8, {"GGUF-501", "GGUF-504", "GGUF-505", "GGUF-507"}},
        {"length of a key", placeOf(bytes, "a.u32"), 8, {"GGUF-504", "GGUF-505", "GGUF-506"}},
        {"type of a key",
         valueOf(bytes, "a.u32") - 4,
         4,
         {"GGUF-501", "GGUF-504", "GGUF-505", "GGUF-506"},
         {5}},
        {"length of a text",
         valueOf(bytes, "general.architecture"),
         8,
         {"GGUF-501", "GGUF-504", "GGUF-505"}},
        {"type of elements",
         valueOf(bytes, "a.floats"),
         4,
         {"GGUF-501", "GGUF-504", "GGUF-505", "GGUF-506"}},
        {"number of elements",
         valueOf(bytes, "a.floats") + 4,
         8,
         {"GGUF-501", "GGUF-504", "GGUF-505"}},
        {"number of texts", valueOf(bytes, "a.texts") + 4, 8, {"GGUF-501", "GGUF-504", "GGUF-505"}},
        {"length of one of many texts",
         valueOf(bytes, "a.texts") + 12,
         8,
         {"GGUF-501", "GGUF-504", "GGUF-505"}},
        {"length of a tensor's name", norm - 19, 8, {"GGUF-504", "GGUF-505", "GGUF-507"}},
        {"number of dimensions", norm, 4, {"GGUF-507", "TENSOR-105"}},
        {"contiguous size", last + 4, 8, {"GGUF-507", "GGUF-509"}, {1, 5}},
        {"middle size", last + 12, 8, {"GGUF-507", "GGUF-509"}, {1}},
        {"last size", last + 20, 8, {"GGUF-507", "GGUF-509"}, {1, 4}},
        {"element type", last + 28, 4, {"TENSOR-105", "GGUF-507", "GGUF-509"}, {1}},
        {"offset", last + 32, 8, {"GGUF-508", "GGUF-509"}},
    };
}

TEST(HostileGgufTest, EveryIntegerFieldIsCheckedAtEveryExtreme) {
    const std::string bytes = smallGguf().finish();
    int refused = 0;
    for (const Field& field : fieldsOf(bytes)) {
        std::uint64_t original = 0;
        std::memcpy(&original, bytes.data() + field.offset, field.width);
        for (const std::uint64_t value : {std::uint64_t{0},
                                          std::uint64_t{1},
                                          original + 1,
                                          std::uint64_t{4097},
                                          std::uint64_t{65537},
                                          std::uint64_t{1} << 31,
                                          std::uint64_t{1} << 32,
                                          std::uint64_t{1} << 61,
                                          std::uint64_t{1} << 62,
                                          (std::uint64_t{1} << 63) - 1,
                                          std::uint64_t{1} << 63,
                                          ~std::uint64_t{0} - 31,
                                          ~std::uint64_t{0}}) {
            const std::uint64_t kept =
                field.width == 8 ? value : value & ((std::uint64_t{1} << (8 * field.width)) - 1);
            if (kept == original || field.good.contains(kept)) continue;
            const Verdict verdict = verdictOn(with(bytes, field.offset, field.width, kept));
            EXPECT_TRUE(field.codes.contains(verdict.code))
                << field.name << " " << kept << ": " << verdict.code << " " << verdict.sentence;
            ++refused;
        }
    }
    EXPECT_GE(refused, 150);
}

TEST(HostileGgufTest, EveryTruncationIsNamed) {
    const std::string bytes = smallGguf().finish();
    const std::size_t end = readGguf(bytes).tensors.back().end();
    for (std::size_t length = 0; length < end; ++length) {
        const std::string code = verdictOn(bytes.substr(0, length)).code;
        const auto data = readGguf(bytes).dataOffset;
        const std::string expected = length == 0          ? "FILE-006"
                                     : length < 4         ? "FILE-007"
                                     : length < data - 31 ? "GGUF-501"
                                                          : "GGUF-509";
        // Where the header ends lies within the last 31 bytes before the data.
        if (length >= data - 31 && length < data && code == "GGUF-501") continue;
        EXPECT_EQ(code, expected) << length;
    }
}

TEST(HostileGgufTest, SaysHowManyBytesOfWhichTensorAreMissing) {
    const std::string bytes = smallGguf().finish();
    const GgufFile file = readGguf(bytes);
    const Verdict verdict = verdictOn(bytes.substr(0, file.tensors[1].offset + 2));
    EXPECT_EQ(verdict.sentence,
              fmt::format("m.gguf: tensor 1 \"q.weight\" ends at byte {}, the file ends at {}: 100 "
                          "bytes of it are missing, and of 1 more tensors; the download probably "
                          "stopped early; download it again or compare its SHA-256 [GGUF-509]",
                          file.tensors[1].end(),
                          file.tensors[1].offset + 2));
    EXPECT_THAT(verdictOn(bytes.substr(0, 12)).sentence,
                HasSubstr("byte 8: the file ends within the number of tensors (4 bytes are "
                          "missing)"));
}

TEST(HostileGgufTest, ABigEndianFileHasItsOwnSentence) {
    std::string bytes = smallGguf().finish();
    bytes.replace(4, 4, std::string("\0\0\0\3", 4));
    EXPECT_EQ(verdictOn(bytes).sentence,
              "m.gguf is a big-endian GGUF file, made for another kind of processor; expected a "
              "little-endian one; take the little-endian file, or turn this one round with "
              "gguf_convert_endian.py [GGUF-503]");
}

// Each row: how the small file is bent, and what must be said.
TEST(HostileGgufTest, EachFaultHasItsCode) {
    using Bend = std::function<void(GgufWriter&)>;
    const auto type = [](std::uint32_t id) {
        return [id](GgufWriter& w) { w.tensorNamed("exps.weight").type = id; };
    };
    const auto sizes = [](std::vector<std::uint64_t> value) {
        return [value](GgufWriter& w) { w.tensorNamed("exps.weight").sizes = value; };
    };
    const auto tensorName = [](const std::string& value) {
        return [value](GgufWriter& w) { w.tensorNamed("exps.weight").name = value; };
    };
    const auto key = [](const std::string& value) {
        return [value](GgufWriter& w) { w.entries[5].key = value; };
    };
    const auto entry = [](std::uint32_t id, const std::string& value) {
        return [=](GgufWriter& w) { w.entries[5] = {"a.bent", id, value}; };
    };
    const auto number = [](auto value) { return GgufWriter::packed(value); };
    const auto u64 = [&](std::uint64_t value) { return number(value); };
    const std::string string8 = number(std::uint32_t{8});
    std::vector<std::pair<Bend, std::string>> table{
        {[](auto&) {}, "none"},
        {[](auto& w) { w.version = 1; }, "GGUF-502"},
        {[](auto& w) { w.version = 4; }, "GGUF-502"},
        {[](auto& w) { w.version = 0; }, "GGUF-502"},
        {[](auto& w) { w.version = 0x02000000; }, "GGUF-503"},
        {[](auto& w) { w.u32("general.alignment", 0); }, "GGUF-506"},
        {[](auto& w) { w.u32("general.alignment", 24); }, "GGUF-506"},
        {[](auto& w) { w.u32("general.alignment", 1U << 21); }, "GGUF-506"},
        {[](auto& w) { w.u32("general.alignment", 0x80000000U); }, "GGUF-506"},
        {[](auto& w) { w.u32("general.alignment", 0xffffffffU); }, "GGUF-506"},
        {[](auto& w) { w.i32("general.alignment", 32); }, "GGUF-506"},
        {[](auto& w) { w.text("general.alignment", "32"); }, "GGUF-506"},
        {[](auto& w) { w.raw("general.alignment", GgufValueType::U64, std::string(8, '\1')); },
         "GGUF-506"},
        {[](auto& w) { w.u32("general.alignment", 4096); }, "GGUF-508"},
        {key(""), "GGUF-505"},
        {key("a.u64"), "GGUF-505"},
        {key("a b"), "GGUF-505"},
        {key("a\nb"), "GGUF-505"},
        {key(std::string("a\0b", 3)), "GGUF-505"},
        {key("\xc3\xa4"), "GGUF-505"},
        {key("\xff"), "GGUF-505"},
        {key("\x1b[31m"), "GGUF-505"},
        {key(std::string(1025, 'k')), "GGUF-504"},
        {key(std::string(1024, 'k')), "none"},
        {tensorName(""), "GGUF-505"},
        {tensorName("q.weight"), "GGUF-505"},
        {tensorName(std::string("exps\0weight", 11)), "GGUF-505"},
        {tensorName("exps weight"), "GGUF-505"},
        {tensorName("\xe2\x80\xae"), "GGUF-505"},
        {tensorName(std::string(64, 'n')), "none"},
        {tensorName(std::string(65, 'n')), "GGUF-504"},
        {entry(7, "\2"), "GGUF-506"},
        {entry(7, "\xff"), "GGUF-506"},
        {entry(13, "abcd"), "GGUF-506"},
        {entry(0xffffffffU, "abcd"), "GGUF-506"},
        {entry(9, number(std::uint32_t{9}) + u64(1)), "GGUF-506"},
        {entry(9, number(std::uint32_t{13}) + u64(1)), "GGUF-506"},
        {entry(9, number(std::uint32_t{0}) + u64(std::uint64_t{1} << 62)), "GGUF-501"},
        {entry(9, number(std::uint32_t{10}) + u64((std::uint64_t{1} << 61) + 1)), "GGUF-501"},
        {entry(9, string8 + u64(std::uint64_t{1} << 62)), "GGUF-501"},
        {entry(9, string8 + u64(~std::uint64_t{0})), "GGUF-501"},
        {entry(9, string8 + u64(1) + u64(~std::uint64_t{0})), "GGUF-501"},
        {entry(9, string8 + u64(1) + u64(std::uint64_t{1} << 63)), "GGUF-501"},
        {entry(9, string8 + u64(0)), "none"},
        {entry(8, u64(~std::uint64_t{0} - 7)), "GGUF-501"},
        {entry(8, u64(std::uint64_t{1} << 40)), "GGUF-501"},
        {entry(8, GgufWriter::packedText("\xff\xfe anything")), "none"},
        {sizes({}), "GGUF-507"},
        {sizes({4, 2, 3, 1}), "none"},
        {sizes({4, 2, 3, 1, 1}), "GGUF-507"},
        {sizes({0}), "GGUF-507"},
        {sizes({4, 0, 3}), "GGUF-507"},
        {sizes({std::uint64_t{1} << 32, std::uint64_t{1} << 32}), "GGUF-507"},
        {sizes({std::uint64_t{1} << 32, std::uint64_t{1} << 31}), "GGUF-507"},
        {sizes({std::uint64_t{1} << 63, 2}), "GGUF-507"},
        {sizes({~std::uint64_t{0}}), "GGUF-507"},
        {sizes({std::uint64_t{1} << 62}), "GGUF-509"},
        {sizes({(std::uint64_t{1} << 63) - 1}), "GGUF-508"},
        {sizes({std::uint64_t{1} << 40}), "GGUF-509"},
        {sizes({4, 2, 4}), "none"},  // what was padding
        {sizes({4, 2, 5}), "GGUF-509"},
        {[](auto& w) {
             w.tensorNamed("q.weight").sizes = {31, 3};
         },
         "GGUF-507"},
        {[](auto& w) {
             w.tensorNamed("q.weight").sizes = {16, 6};
         },
         "GGUF-507"},
        {[](auto& w) { w.tensorNamed("norm.weight").sizes = {9}; }, "GGUF-508"},
        {[](auto& w) {
             w.tensorNamed("q.weight").sizes = {32, 4};
         },
         "GGUF-508"},
        {[](auto& w) { w.alignment = 8; }, "GGUF-508"},
    };
    for (const std::uint32_t id :
         {4,  5,  9,  15, 16, 17, 18, 19, 21, 22, 24, 25, 26,  27,        28,
          29, 31, 32, 33, 34, 35, 36, 37, 38, 40, 41, 42, 255, 0x7fffffff})
        table.emplace_back(type(id), "TENSOR-105");
    for (std::size_t row = 0; row < table.size(); ++row) {
        GgufWriter writer = smallGguf();
        table[row].first(writer);
        const Verdict verdict = verdictOn(writer.finish());
        EXPECT_EQ(verdict.code, table[row].second) << "row " << row << ": " << verdict.sentence;
    }
    EXPECT_GE(table.size(), 90U);
}

TEST(HostileGgufTest, NamesATypeThatIsNotRead) {
    GgufWriter writer = smallGguf();
    writer.tensorNamed("exps.weight").type = 21;
    EXPECT_THAT(verdictOn(writer.finish()).sentence,
                HasSubstr("tensor 2 \"exps.weight\": its elements are of type IQ3_S, which is not "
                          "read; expected F32, F16, BF16, Q8_0"));
    writer.tensorNamed("exps.weight").type = 77;
    EXPECT_THAT(verdictOn(writer.finish()).sentence, HasSubstr("of type number 77"));
}

TEST(HostileGgufTest, NamesWhatLiesInPlaceOfTheFile) {
    const std::pair<std::string, const char*> files[] = {
        {"", "FILE-006"},
        {"<!DOCTYPE html><html>", "FILE-004"},
        {"version https://git-lfs.github.com/spec/v1\n", "FILE-005"},
        {std::string(4096, '\0'), "FILE-009"},
        {"Entry not found", "FILE-007"},
        {"GGU", "FILE-007"},
        {"ggml", "FILE-007"},
        {"FUGG\3\0\0\0", "FILE-007"},
        {std::string("PK\x03\x04", 4), "FILE-007"},
    };
    for (const auto& [bytes, code] : files) EXPECT_EQ(verdictOn(bytes).code, code) << bytes;
}

TEST(HostileGgufTest, RefusesMoreTextThanAVerdictMayRead) {
    const auto arrayOf = [](std::uint64_t count, const std::string& bytes) {
        GgufWriter writer;
        writer.raw("a.texts",
                   GgufValueType::Array,
                   GgufWriter::packed(std::uint32_t{8}) + GgufWriter::packed(count) + bytes);
        return writer.finish();
    };
    // 33 MiB that are really there: in long strings, and in 4 million empty ones.
    std::string strings;
    for (int i = 0; i < 33; ++i) strings += GgufWriter::packedText(std::string(1 << 20, 's'));
    EXPECT_EQ(verdictOn(arrayOf(33, strings)).code, "GGUF-504");
    const std::uint64_t most = (32 << 20) / 8;
    const std::string empty(8 * (most + 1), '\0');
    EXPECT_EQ(verdictOn(arrayOf(most + 1, empty)).code, "GGUF-504");
    EXPECT_EQ(verdictOn(arrayOf(most, empty)).code, "none");
}

}  // namespace
}  // namespace gatescope
