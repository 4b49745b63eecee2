#include "engine/model/gguf/gguf_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/error.h"
#include "tests/support/gguf_cases.h"

namespace gatescope {
namespace {

using test::GgufWriter;
using test::readGguf;
using test::smallGguf;
using testing::ElementsAre;
using testing::HasSubstr;

std::string refusal(const std::function<void()>& body) {
    try {
        body();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::BadInput);
        return error.what();
    }
    return {};
}

TEST(GgufFileTest, ReadsAValueOfEveryType) {
    const std::string bytes = smallGguf().finish();
    const GgufFile file = readGguf(bytes);
    const GgufMetadata& keys = file.metadata;
    EXPECT_EQ(file.version, 3U);
    EXPECT_EQ(file.alignment, 32U);
    EXPECT_EQ(keys.entries().size(), 15U);
    EXPECT_EQ(keys.text("general.architecture"), "grok");
    EXPECT_EQ(keys.find("a.u8")->bits, 7U);
    EXPECT_EQ(keys.find("a.i8")->bits, 0xf9U);
    EXPECT_EQ(keys.u16("a.u16"), 513);
    EXPECT_EQ(keys.u32("a.u32"), 3'000'000'000U);
    EXPECT_EQ(keys.i32("a.i32"), -5);
    EXPECT_EQ(keys.f32("a.f32"), 0.5F);
    EXPECT_EQ(keys.boolean("a.bool"), true);
    EXPECT_EQ(keys.find("a.u64")->bits, std::uint64_t{1} << 40);
    EXPECT_EQ(keys.u32("absent"), std::nullopt);
    EXPECT_EQ(keys.array("absent", GgufValueType::F32), nullptr);

    const ByteSource source = test::memorySource(bytes);
    EXPECT_THAT(readTexts(source, "m", *keys.array("a.texts", GgufValueType::String)),
                ElementsAre("one", "", "three"));
    EXPECT_THAT(readFloats(source, "m", *keys.array("a.floats", GgufValueType::F32)),
                ElementsAre(1.5F, -2.0F));
    EXPECT_THAT(readIntegers(source, "m", *keys.array("a.integers", GgufValueType::I32)),
                ElementsAre(1, -1, 7));
}

TEST(GgufFileTest, ListsTensorsWithTheirPlaceInTheFile) {
    const std::string bytes = smallGguf().finish();
    const GgufFile file = readGguf(bytes);
    ASSERT_EQ(file.tensors.size(), 3U);
    const GgufTensor& norm = file.tensors[0];
    EXPECT_EQ(norm.name, "norm.weight");
    EXPECT_EQ(norm.offset, file.dataOffset);
    EXPECT_EQ(norm.bytes, 20U);
    EXPECT_EQ(bytes.substr(norm.offset, norm.bytes), std::string(20, '\x3f'));
    const GgufTensor& quantised = file.tensors[1];
    EXPECT_EQ(quantised.dtype, DType::Q8_0);
    EXPECT_THAT(quantised.sizes, ElementsAre(32, 3, 1, 1));
    EXPECT_EQ(quantised.offset, file.dataOffset + 32);
    EXPECT_EQ(bytes.substr(quantised.offset, quantised.bytes), std::string(102, '\x11'));
    const GgufTensor& experts = file.tensors[2];
    EXPECT_EQ(experts.numDimensions, 3U);
    EXPECT_EQ(experts.bytes, 48U);
    EXPECT_EQ(bytes.substr(experts.offset, experts.bytes), std::string(48, '\x3c'));
    EXPECT_EQ(file.unusedBytes, 0U);
}

TEST(GgufFileTest, ReadsVersionTwoAndAnyAlignment) {
    GgufWriter writer = smallGguf();
    writer.version = 2;
    EXPECT_EQ(readGguf(writer.finish()).version, 2U);
    for (const std::uint32_t alignment : {1U, 8U, 64U, 4096U, 1U << 20}) {
        writer.alignTo(alignment);
        const std::string bytes = writer.finish();
        const GgufFile file = readGguf(bytes);
        EXPECT_EQ(file.alignment, alignment);
        EXPECT_EQ(file.dataOffset % alignment, 0U);
        EXPECT_EQ(bytes.substr(file.tensors[2].offset, 48), std::string(48, '\x3c'));
    }
}

TEST(GgufFileTest, ReadsAFileWithoutTensorsOrPaddingBehindTheLast) {
    GgufWriter writer = smallGguf();
    writer.tensors.clear();
    EXPECT_TRUE(readGguf(writer.finish()).tensors.empty());  // part 1 of some split files
    std::string bytes = smallGguf().finish();
    bytes.resize(readGguf(bytes).tensors[2].end());
    EXPECT_EQ(readGguf(bytes).tensors.size(), 3U);
}

TEST(GgufFileTest, TakesTensorsInAnyOrderAndCountsBytesThatBelongToNone) {
    GgufWriter writer = smallGguf();
    std::string bytes = writer.finish();
    const GgufFile before = readGguf(bytes);
    // norm and q: swap their offsets with those of a file in which they changed places.
    std::swap(writer.tensors[0], writer.tensors[1]);
    EXPECT_EQ(readGguf(writer.finish()).tensors[0].name, "q.weight");
    EXPECT_EQ(before.unusedBytes, 0U);
    EXPECT_EQ(readGguf(bytes + std::string(100, 'x')).unusedBytes, 100U + 32 - 48 % 32);
}

TEST(GgufFileTest, LeavesLongTextInTheFile) {
    GgufWriter writer;
    writer.text("tokenizer.chat_template", std::string(5'000'000, 't'));
    const GgufFile file = readGguf(writer.finish());
    const GgufEntry* entry = file.metadata.find("tokenizer.chat_template");
    EXPECT_EQ(entry->length, 5'000'000U);
    EXPECT_EQ(entry->text, "");
    EXPECT_THAT(refusal([&] { (void)file.metadata.text("tokenizer.chat_template"); }),
                HasSubstr("expected at most 4096 bytes of text, found 5000000"));
}

TEST(GgufFileTest, NamesTheTypeThatAKeyShouldHave) {
    const GgufFile file = readGguf(smallGguf().finish());
    using Read = std::function<void(const GgufMetadata&)>;
    const std::pair<Read, const char*> reads[] = {
        {[](const auto& keys) { (void)keys.u16("a.u32"); }, "a.u32"},
        {[](const auto& keys) { (void)keys.u32("a.i32"); }, "expected u32, found i32"},
        {[](const auto& keys) { (void)keys.i32("a.u32"); }, "expected i32, found u32"},
        {[](const auto& keys) { (void)keys.f32("a.f64"); }, "expected f32, found f64"},
        {[](const auto& keys) { (void)keys.boolean("a.u8"); }, "expected bool, found u8"},
        {[](const auto& keys) { (void)keys.text("a.texts"); }, "found an array of string"},
        {[](const auto& keys) { (void)keys.array("a.texts", GgufValueType::F32); },
         "expected an array of f32, found an array of string"},
        {[](const auto& keys) { (void)keys.array("a.bool", GgufValueType::F32); },
         "expected an array of f32, found bool"},
    };
    for (const auto& [read, sentence] : reads)
        EXPECT_THAT(refusal([&, read = read] { read(file.metadata); }), HasSubstr(sentence));
}

TEST(GgufFileTest, KnowsEveryElementTypeBothWays) {
    int numRead = 0;
    for (std::uint32_t id = 0; id < 64; ++id) {
        const auto dtype = dtypeOfGgml(id);
        if (!dtype) continue;
        ++numRead;
        EXPECT_EQ(ggmlOfDType(*dtype), id);
        EXPECT_FALSE(ggmlTypeName(id).empty());
    }
    EXPECT_EQ(numRead, 16);
    EXPECT_EQ(ggmlTypeName(21), "IQ3_S");
    EXPECT_EQ(ggmlTypeName(99), "");
    EXPECT_EQ(ggmlOfDType(DType::F8E4M3), std::nullopt);
}

}  // namespace
}  // namespace gatescope
