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

}  // namespace
}  // namespace gatescope
