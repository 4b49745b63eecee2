#include "engine/io/npy.h"

#include <gtest/gtest.h>

#include <fstream>

#include "engine/error.h"
#include "tests/support/test_paths.h"

namespace gatescope {
namespace {

TEST(NpyTest, ReadsBackWhatItWrote) {
    test::ScratchDir dir;
    const std::vector<float> values{1.5F, -2.0F, 0.0F, 3.25F, 1e-30F, 4.0F};
    writeNpy<float>(dir.path() / "a.npy", std::vector<std::int64_t>{2, 3}, values);
    const auto array = readNpy<float>(dir.path() / "a.npy");
    EXPECT_EQ(array.shape, (std::vector<std::int64_t>{2, 3}));
    EXPECT_EQ(array.data, values);
}

TEST(NpyTest, StartsTheValuesAtAMultipleOf64Bytes) {
    const std::vector<std::int32_t> values{7};
    const auto bytes = npyBytes<std::int32_t>(std::vector<std::int64_t>{1}, values);
    EXPECT_EQ((bytes.size() - sizeof(std::int32_t)) % 64, 0U);
    EXPECT_EQ(bytes[bytes.size() - sizeof(std::int32_t) - 1], '\n');
}

TEST(NpyTest, RefusesAFileOfTheWrongTypeByName) {
    test::ScratchDir dir;
    writeNpy<float>(dir.path() / "a.npy", std::vector<std::int64_t>{1}, std::vector<float>{1});
    try {
        readNpy<std::int32_t>(dir.path() / "a.npy");
        FAIL() << "a float file was taken for ids";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::BadInput);
        EXPECT_NE(std::string(error.what()).find("a.npy"), std::string::npos);
        EXPECT_NE(std::string(error.what()).find("<f4"), std::string::npos);
    }
}

TEST(NpyTest, RefusesEveryTruncation) {
    test::ScratchDir dir;
    const auto whole =
        npyBytes<float>(std::vector<std::int64_t>{4}, std::vector<float>{1, 2, 3, 4});
    for (std::size_t length = 0; length < whole.size(); ++length) {
        std::ofstream(dir.path() / "cut.npy", std::ios::binary)
            .write(whole.data(), static_cast<long>(length));
        EXPECT_THROW(readNpy<float>(dir.path() / "cut.npy"), Error) << length;
    }
}

/// A file of format 1.0 with this header and four bytes of values.
std::string fileWith(const std::string& header) {
    std::string bytes("\x93NUMPY\x01\x00", 8);
    bytes += static_cast<char>(header.size() & 0xff);
    bytes += static_cast<char>(header.size() >> 8);
    return bytes + header + std::string(4, '\1');
}

TEST(NpyTest, RefusesHostileHeadersOfAnyLength) {
    test::ScratchDir dir;
    constexpr std::size_t kLong = 65'000;  // a header has at most 65535 bytes
    const std::string before = "{'descr': '<i4', 'fortran_order': False, 'shape': (";
    for (const std::string& header : {
             "{'descr': '" + std::string(kLong, 'a') + "', 'fortran_order': False, 'shape': (1,)}",
             before + std::string(kLong, '9') + ",)}",
             before + "999999999999999999, 999999999999999999)}",
             before + std::string(kLong, ' ') + "2,)}",
             before + "1" + std::string(200, ',') + "x)}",
             before + "-1,)}",
             before + "1,",
             std::string("{'descr': 'i4"),
             std::string("{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (1,)}"),
             std::string("{'descr': '<i4', 'shape': (1,)}"),
             std::string(kLong, '\''),
         }) {
        std::ofstream(dir.path() / "a.npy", std::ios::binary) << fileWith(header);
        try {
            readNpy<std::int32_t>(dir.path() / "a.npy");
            ADD_FAILURE() << "taken: " << header.substr(0, 100);
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::BadInput);
            EXPECT_LT(std::string(error.what()).size(), dir.path().string().size() + 300);
        }
    }
}

TEST(NpyTest, ReadsAHeaderHoweverItIsSpaced) {
    test::ScratchDir dir;
    for (const std::string& header : {
             std::string("{'shape':(1,),'fortran_order':False,'descr':'<i4'}"),
             "{'descr' :  '<i4', 'fortran_order': False, 'shape': (" + std::string(60'000, ' ') +
                 "1 , )}",
         }) {
        std::ofstream(dir.path() / "a.npy", std::ios::binary) << fileWith(header);
        const auto array = readNpy<std::int32_t>(dir.path() / "a.npy");
        EXPECT_EQ(array.shape, std::vector<std::int64_t>{1});
        EXPECT_EQ(array.data, std::vector<std::int32_t>{0x01010101});
    }
}

}  // namespace
}  // namespace gatescope
