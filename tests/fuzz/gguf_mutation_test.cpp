// The fuzz harness's checks on a fixed set of mutations, so that every build runs them.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <map>
#include <random>

#include "tests/fuzz/gguf_invariants.h"
#include "tests/support/test_paths.h"
#include "tests/support/tiny_model.h"

namespace gatescope {
namespace {

using test::openGgufBytes;

/// Changes, inserts, deletes or copies over a few bytes, or puts an extreme number somewhere;
/// mostly in the header, which ends at `header`.
std::string mutate(std::string bytes, std::size_t header, std::mt19937_64& random) {
    const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
    const std::size_t changes = 1 + below(4);
    for (std::size_t i = 0; i < changes && bytes.size() > 16; ++i) {
        const std::size_t reach = below(8) == 0 ? bytes.size() : std::min(header, bytes.size());
        const std::size_t at = below(reach - 8);
        const std::size_t length = std::min(1 + below(12), bytes.size() - at);
        switch (below(5)) {
            case 0:
                bytes[at] = static_cast<char>(random());
                break;
            case 1:
                bytes.insert(at, 1, static_cast<char>(random()));
                break;
            case 2:
                bytes.erase(at, length);
                break;
            case 3:
                bytes.replace(below(reach), length, bytes.substr(at, length));
                break;
            default:
                bytes.replace(
                    at, 8, test::GgufWriter::packed((std::uint64_t{1} << below(64)) - below(2)));
        }
    }
    return bytes;
}

TEST(GgufMutationTest, TheSeedsAreGood) {
    EXPECT_EQ(openGgufBytes(test::smallestModel().finish()), 4);
    EXPECT_EQ(openGgufBytes(test::smallGguf().finish()), 1);
}

TEST(GgufMutationTest, EveryByteOfAHeaderCanBeEveryOther) {
    const std::string seed = test::smallGguf().finish();
    const std::size_t header = test::readGguf(seed).dataOffset;
    std::string bytes = seed;
    std::size_t runs = 0;
    for (std::size_t at = 0; at < header; ++at) {
        for (int change = 1; change < 256; ++change, ++runs) {
            bytes[at] = static_cast<char>(seed[at] ^ change);
            (void)openGgufBytes(bytes);
        }
        bytes[at] = seed[at];
    }
    EXPECT_GE(runs, 150'000U);
}

TEST(GgufMutationTest, EveryBitOfAWholeModelCanFlipAndEveryPrefixBeAllThereIs) {
    const std::string seed = test::smallestModel().finish();
    std::string bytes = seed;
    std::array<std::size_t, 5> reached{};
    for (std::size_t at = 0; at < seed.size(); ++at) {
        bytes[at] = static_cast<char>(seed[at] ^ (1 << (at % 8)));
        ++reached[static_cast<std::size_t>(openGgufBytes(bytes))];
        bytes[at] = seed[at];
    }
    const std::size_t end = test::readGguf(seed).tensors.back().end();
    for (std::size_t length = 0; length < end; ++length)
        ASSERT_EQ(openGgufBytes(seed.substr(0, length)), 0) << length;
    for (const std::size_t count : reached) EXPECT_GT(count, 0U);  // every depth has been tried
}

TEST(GgufMutationTest, KeepsItsInvariantsUnderRandomDamage) {
    std::map<std::string, std::string> seeds{{"model", test::smallestModel().finish()},
                                             {"small", test::smallGguf().finish()}};
    for (const char* name : {"q4_0", "split-00001-of-00003", "split-00002-of-00003"})
        seeds[name] =
            test::readBytes(test::dataDir() / "gguf" / fmt::format("package-{}.gguf", name));
    std::mt19937_64 random(20260101);
    std::array<std::size_t, 5> reached{};
    for (const auto& [name, seed] : seeds) {
        const std::size_t header = test::readGguf(seed).dataOffset;
        for (int i = 0; i < 10'000; ++i)
            ++reached[static_cast<std::size_t>(openGgufBytes(mutate(seed, header, random)))];
    }
    std::printf("stopped at container %zu, sizes %zu, tensors %zu, vocabulary %zu; taken %zu\n",
                reached[0],
                reached[1],
                reached[2],
                reached[3],
                reached[4]);
    EXPECT_GT(reached[4], 0U);  // else the mutations are too wild to reach the reader's depths
}

}  // namespace
}  // namespace gatescope
