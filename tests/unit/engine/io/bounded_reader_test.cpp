#include "engine/io/bounded_reader.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "engine/error.h"

namespace gatescope {
namespace {

/// Bytes in memory that count how they are read.
struct Bytes {
    explicit Bytes(std::string content) : bytes(std::move(content)) {
        source.size = bytes.size();
        source.read = [this](std::uint64_t offset, std::span<std::byte> out) {
            ASSERT_LE(offset + out.size(), bytes.size());
            std::memcpy(out.data(), bytes.data() + offset, out.size());
            ++reads;
        };
    }

    std::string bytes;
    int reads = 0;
    ByteSource source;
};

BoundedReader readerOf(const Bytes& bytes, std::uint64_t offset = 0) {
    return {bytes.source,
            [](std::uint64_t at, const std::string& what, std::uint64_t missing) {
                throw Error(ErrorKind::BadInput, fmt::format("{}@{}-{}", what, at, missing));
            },
            offset};
}

std::string failureOf(const std::function<void()>& body) {
    try {
        body();
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

TEST(BoundedReader, ReadsNumbersAndTextAsTheyLie) {
    const Bytes bytes(std::string("\x2a\x01\x02\x03\x04\x00\x00\x80\x3f", 9) + "name");
    BoundedReader reader = readerOf(bytes);
    EXPECT_EQ(reader.number<std::uint8_t>("a"), 42);
    EXPECT_EQ(reader.number<std::uint32_t>("b"), 0x04030201U);
    EXPECT_EQ(reader.number<float>("c"), 1.0F);
    EXPECT_EQ(reader.offset(), 9U);
    EXPECT_EQ(reader.text(4, "d"), "name");
    EXPECT_EQ(reader.bytesLeft(), 0U);
    EXPECT_EQ(reader.text(0, "nothing"), "");
    EXPECT_EQ(bytes.reads, 1);
}

TEST(BoundedReader, SaysWhatIsMissingWhere) {
    const Bytes bytes("12345");
    BoundedReader reader = readerOf(bytes, 2);
    EXPECT_EQ(failureOf([&] { reader.number<std::uint64_t>("count"); }), "count@2-5");
    EXPECT_EQ(failureOf([&] { reader.text(4, "name"); }), "name@2-1");
    EXPECT_EQ(failureOf([&] { reader.skip(1000, "rest"); }), "rest@2-997");
    EXPECT_EQ(reader.offset(), 2U) << "a failed read takes nothing";
    EXPECT_EQ(reader.text(3, "all"), "345");
}

TEST(BoundedReader, ChecksCountsBeforeAnyoneReserves) {
    const Bytes bytes(std::string(100, 'x'));
    BoundedReader reader = readerOf(bytes);
    reader.require(25, 4, "records");
    EXPECT_EQ(failureOf([&] { reader.require(26, 4, "records"); }), "records@0-4");
    for (const std::uint64_t count :
         {std::uint64_t{1} << 31, std::uint64_t{1} << 62, ~std::uint64_t{0}})
        EXPECT_THAT(failureOf([&] { reader.require(count, 8, "records"); }),
                    testing::StartsWith("records@0-"));
}

TEST(BoundedReader, GoesOverWindowsOfAnySize) {
    std::string content;
    for (int i = 0; i < 300'000; ++i) content += static_cast<char>(i * 7 % 251);
    const Bytes bytes(content);
    BoundedReader reader = readerOf(bytes);
    std::string read;
    for (std::uint64_t step = 1; reader.bytesLeft() > 0; step = step * 5 % 70'001 + 1) {
        const std::uint64_t size = std::min(step, reader.bytesLeft());
        read += reader.text(size, "part");
        if (reader.bytesLeft() >= 3 && step % 3 == 0) {
            read += content.substr(reader.offset(), 3);
            reader.skip(3, "gap");
        }
    }
    EXPECT_TRUE(read == content);
}

}  // namespace
}  // namespace gatescope
