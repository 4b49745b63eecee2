#include "engine/model/native/native_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "engine/error.h"
#include "tests/support/native_cases.h"

namespace gatescope {
namespace {

using test::claimedFileBytes;
using test::fileThatBegins;
using test::resigned;
using test::smallNativeHeader;

NativeHeader parse(const std::string& bytes, std::uint64_t fileBytes) {
    return parseNativeHeader(fileThatBegins(bytes, fileBytes), "a.gsnative");
}

std::string codeOf(const std::string& bytes, std::uint64_t fileBytes) {
    try {
        (void)parse(bytes, fileBytes);
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::BadInput);
        EXPECT_THAT(error.what(), testing::StartsWith("a.gsnative"));
        return error.code();
    }
    return "none";
}

/// Of a header that `change` has spoiled, written as if it were right.
std::string codeAfter(const std::function<void(NativeHeader&)>& change) {
    NativeHeader header = smallNativeHeader();
    change(header);
    return codeOf(nativeHeaderBytes(header), header.fileBytes);
}

NativeTensor& tensorOf(NativeHeader& header, TensorRole role) {
    return *std::ranges::find_if(header.tensors,
                                 [&](const NativeTensor& t) { return t.layout.slot.role == role; });
}

TEST(NativeFormatTest, ReadsWhatItWrote) {
    NativeHeader header = smallNativeHeader();
    for (std::size_t i = 0; i < header.tensors.size(); ++i)
        header.tensors[i].data.checksum = 1000 + i;
    const NativeHeader read = parse(nativeHeaderBytes(header), header.fileBytes);
    EXPECT_EQ(read.fileBytes, header.fileBytes);
    EXPECT_EQ(read.layoutFingerprint, header.layoutFingerprint);
    EXPECT_EQ(read.source, header.source);
    EXPECT_EQ(read.sourceChecksum, header.sourceChecksum);
    EXPECT_EQ(read.config, header.config);
    ASSERT_EQ(read.tensors.size(), header.tensors.size());
    for (std::size_t i = 0; i < header.tensors.size(); ++i) {
        const NativeTensor& a = read.tensors[i];
        const NativeTensor& b = header.tensors[i];
        EXPECT_EQ(a.layout.slot.path, b.layout.slot.path);
        EXPECT_EQ(a.layout.dtype, b.layout.dtype);
        EXPECT_EQ(a.layout.order, b.layout.order);
        EXPECT_EQ(a.layout.numGroups, b.layout.numGroups);
        EXPECT_EQ(a.data, b.data);
        EXPECT_EQ(a.scales, b.scales);
        EXPECT_EQ(a.scales.bytes, b.layout.scaleBytes());
        EXPECT_EQ(a.data.offset % 4096, 0U);
        EXPECT_GE(a.data.offset, std::uint64_t{2} << 20);
    }
}

TEST(NativeFormatTest, EachFaultHasItsCode) {
    const NativeHeader good = smallNativeHeader();
    const std::string bytes = nativeHeaderBytes(good);
    const auto patched = [&](std::size_t offset, std::uint64_t value, std::size_t width) {
        std::string copy = bytes;
        std::memcpy(copy.data() + offset, &value, width);
        return codeOf(resigned(copy), good.fileBytes);
    };
    EXPECT_EQ(codeOf(bytes, good.fileBytes), "none");
    // Too short, too long, or nothing.
    EXPECT_EQ(codeOf(bytes, good.fileBytes - 1), "COPY-051");
    EXPECT_EQ(codeOf(bytes, good.fileBytes + 1), "COPY-051");
    EXPECT_EQ(codeOf(bytes, 0), "COPY-051");
    for (std::size_t size = 0; size < bytes.size(); ++size)
        EXPECT_EQ(codeOf(bytes, size), "COPY-051") << size;
    // Something else.
    EXPECT_EQ(patched(0, 'X', 1), "COPY-052");
    EXPECT_EQ(patched(8, 2, 4), "COPY-052");
    EXPECT_EQ(patched(12, 0x04030201, 4), "COPY-052");
    // Damaged: no byte behind the checksum can change unseen.
    for (std::size_t at = 24; at < bytes.size(); ++at) {
        std::string copy = bytes;
        copy[at] = static_cast<char>(copy[at] ^ 0x10);
        EXPECT_EQ(codeOf(copy, good.fileBytes), "COPY-053") << at;
    }
    // Counts that no model has.
    EXPECT_EQ(patched(16, ~std::uint64_t{0}, 8), "COPY-054");
    EXPECT_EQ(patched(16, 31, 8), "COPY-054");
    EXPECT_EQ(patched(48, 5000, 4), "COPY-054");  // length of the format's name
    const std::size_t numFiles = 48 + 4 + 4 + 4 + good.source.location.size();
    EXPECT_EQ(patched(numFiles, 0x7fffffff, 4), "COPY-054");
    // Sizes that no model has.
    EXPECT_EQ(codeAfter([](NativeHeader& h) { h.config.dModel = -1; }), "CONFIG-303");
    EXPECT_EQ(codeAfter([](NativeHeader& h) {  // found by fuzzing: their product is no int
                  h.config.numQHeads = h.config.numKvHeads = 14811140;
                  h.config.headSize = 16776968;
              }),
              "CONFIG-303");
    // Tensors that are not the model's, or that nobody reads.
    EXPECT_EQ(codeAfter([](NativeHeader& h) { h.tensors.pop_back(); }), "COPY-055");
    EXPECT_EQ(codeAfter([](NativeHeader& h) { h.config.numLayers = 2; }), "COPY-055");
    EXPECT_EQ(codeAfter([](NativeHeader& h) { h.config.ffnSize *= 2; }), "COPY-055");
    const std::vector<std::pair<TensorRole, std::function<void(NativeTensor&)>>> changes{
        {TensorRole::Query, [](auto& t) { t.layout.slot.path = "x\n"; }},
        {TensorRole::Query, [](auto& t) { t.layout.slot.shape.push_back(1); }},
        {TensorRole::Query, [](auto& t) { t.layout.dtype = static_cast<DType>(200); }},
        {TensorRole::Query, [](auto& t) { t.layout.order = static_cast<MatrixOrder>(3); }},
        {TensorRole::Query, [](auto& t) { t.layout.order = MatrixOrder::InputsFirst; }},
        {TensorRole::Query, [](auto& t) { t.layout.dtype = DType::I32; }},
        {TensorRole::Query, [](auto& t) { t.layout.numGroups = 1; }},
        {TensorRole::Query, [](auto& t) { --t.data.bytes; }},
        {TensorRole::Query, [](auto& t) { t.scales.bytes = 8; }},
        {TensorRole::Router, [](auto& t) { t.layout.order = MatrixOrder::Panels; }},
        {TensorRole::Value, [](auto& t) { t.layout.dtype = DType::Q4_K; }},
        {TensorRole::ExpertUp, [](auto& t) { t.layout.order = MatrixOrder::OutputsFirst; }},
        {TensorRole::ExpertUp, [](auto& t) { t.layout.numGroups = 0; }},
        {TensorRole::ExpertUp, [](auto& t) { t.layout.numGroups = 5; }},
        {TensorRole::ExpertUp, [](auto& t) { t.layout.numGroups = 1 << 30; }},
        {TensorRole::ExpertUp, [](auto& t) { t.layout.numGroups = -8; }},
        {TensorRole::Router, [](auto& t) { t.layout.dtype = DType::F16; }},
        {TensorRole::Router, [](auto& t) { t.layout.order = MatrixOrder::OutputsFirst; }},
        {TensorRole::Embedding, [](auto& t) { t.layout.order = MatrixOrder::Panels; }},
        {TensorRole::Embedding, [](auto& t) { t.layout.order = MatrixOrder::InputsFirst; }},
        {TensorRole::Output, [](auto& t) { t.layout.dtype = DType::I8; }},
    };
    for (std::size_t i = 0; i < changes.size(); ++i)
        EXPECT_EQ(
            codeAfter([&](NativeHeader& h) { changes[i].second(tensorOf(h, changes[i].first)); }),
            "COPY-055")
            << i;
    // Places.
    for (const std::uint64_t offset : {std::uint64_t{0},
                                       std::uint64_t{4096},
                                       good.tensors[1].data.offset + 64,
                                       good.fileBytes,
                                       ~std::uint64_t{0} - 4095})
        EXPECT_EQ(codeAfter([&](NativeHeader& h) { h.tensors[1].data.offset = offset; }),
                  "COPY-056")
            << offset;
    EXPECT_EQ(codeAfter([](NativeHeader& h) {
                  std::swap(h.tensors[0].data.offset, h.tensors[1].data.offset);
              }),
              "COPY-056");
    std::string longer = bytes + "more";
    const std::uint64_t size = longer.size();
    std::memcpy(longer.data() + 16, &size, sizeof size);
    EXPECT_EQ(codeOf(resigned(longer), good.fileBytes), "COPY-056");
}

/// Two programs that lay weights out alike must agree, and this one with itself.
TEST(NativeFormatTest, TheFingerprintIsTheSameEachTime) {
    EXPECT_EQ(layoutFingerprint(), layoutFingerprint());
    EXPECT_NE(layoutFingerprint(), 0U);
}

}  // namespace
}  // namespace gatescope
