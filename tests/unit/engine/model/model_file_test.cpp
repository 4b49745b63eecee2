#include "engine/model/model_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "engine/error.h"
#include "engine/model/weights_assembly.h"
#include "tests/support/test_paths.h"
#include "tests/support/tiny_model.h"

namespace gatescope {
namespace {

using testing::HasSubstr;

std::string randomBytes(std::size_t size) {
    std::mt19937_64 random(11);
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    return bytes;
}

class ModelFileTest : public testing::Test {
  protected:
    static constexpr std::size_t kSize = (std::size_t{3} << 20) + 17;

    ModelFile opened() const { return ModelDirectory::open(scratch_.path()).file("weights"); }

    const std::string bytes_ = randomBytes(kSize);
    test::ScratchDir scratch_;
    void SetUp() override { test::writeBytes(scratch_.path() / "weights", bytes_); }
};

TEST_F(ModelFileTest, ReadsTheSameAroundTheCacheFromAnyPlaceToAnyPlace) {
    ModelFile file = opened();
    file.bypassCache();
    std::string out(kSize + 3, '\0');
    for (const std::size_t offset : {std::size_t{0},
                                     std::size_t{1},
                                     std::size_t{201},
                                     std::size_t{4095},
                                     std::size_t{4096},
                                     kSize - 5000})
        for (const std::size_t size : {std::size_t{0},
                                       std::size_t{1},
                                       std::size_t{17},
                                       std::size_t{4096},
                                       std::size_t{5000},
                                       (std::size_t{1} << 20) + 1,
                                       kSize}) {
            if (offset + size > kSize) continue;
            for (std::size_t shift = 0; shift < 3; ++shift) {
                file.read(offset, std::as_writable_bytes(std::span(out)).subspan(shift, size));
                ASSERT_EQ(std::memcmp(out.data() + shift, bytes_.data() + offset, size), 0)
                    << size << " bytes at " << offset;
            }
        }
    file.read(kSize - 1, std::as_writable_bytes(std::span(out)).first(1));
    EXPECT_EQ(out[0], bytes_.back());
}

TEST_F(ModelFileTest, NamesTheByteWhereAFileEndsEitherWay) {
    for (const bool bypass : {false, true}) {
        ModelFile file = opened();
        if (bypass) file.bypassCache();
        std::string out(100, '\0');
        try {
            file.read(kSize - 40, std::as_writable_bytes(std::span(out)));
            FAIL();
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), "FILE-009");
            EXPECT_THAT(error.what(), HasSubstr("ends at byte " + std::to_string(kSize)));
            EXPECT_THAT(error.what(), HasSubstr("60 bytes before"));
        }
    }
}

TEST_F(ModelFileTest, ReadsAWholeFileUpToALimit) {
    EXPECT_EQ(opened().readWhole(kSize), bytes_);
    try {
        (void)opened().readWhole(kSize - 1);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), "FILE-011");
    }
}

TEST(TooLargeToCacheTest, IsWhatWouldPushOutWhatItBecomes) {
    EXPECT_FALSE(isTooLargeToCache(50, 100));
    EXPECT_TRUE(isTooLargeToCache(51, 100));
    EXPECT_TRUE(isTooLargeToCache(1, 0));
}

}  // namespace
}  // namespace gatescope
