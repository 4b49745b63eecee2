// The fuzz harnesses' checks on a fixed set of mutations, so that every build runs them.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <map>
#include <random>

#include "engine/error.h"
#include "engine/model/safetensors/hf_config.h"
#include "tests/fuzz/safetensors_invariants.h"
#include "tests/support/malformed_safetensors.h"
#include "tests/support/safetensors_writer.h"
#include "tests/support/test_paths.h"
#include "tests/support/tiny_model.h"

namespace gatescope {
namespace {

/// Returns whether the bytes were taken; what is taken keeps the invariants.
using Parser = std::function<bool(const std::string&)>;

bool runParser(const std::string& bytes, const std::function<void(const std::string&)>& parse) {
    try {
        parse(bytes);
        return true;
    } catch (const Error& error) {  // the expected answer to most mutations
        EXPECT_EQ(error.kind(), ErrorKind::BadInput);
        EXPECT_FALSE(error.code().empty()) << error.what();
        return false;
    }
}

bool readHeader(const std::string& bytes) {
    return runParser(bytes, [](const std::string& file) {
        test::checkInvariants(readSafetensorsHeader(test::sourceOf(file), "mutated"), file.size());
    });
}

bool readIndex(const std::string& bytes) {
    return runParser(bytes, [](const std::string& file) {
        test::checkInvariants(readSafetensorsIndex(test::sourceOf(file), "mutated"));
    });
}

bool readConfig(const std::string& bytes) {
    return runParser(bytes, [](const std::string& file) {
        const HfConfig config = parseHfConfig(file, "mutated");
        validate(config.model, "mutated");
    });
}

std::string fixture(const char* path) {
    return test::readBytes(test::dataDir() / "huggingface" / path);
}

/// Changes, inserts, deletes or repeats a few bytes, or puts in a piece of JSON.
std::string mutate(std::string bytes, std::size_t within, std::mt19937_64& random) {
    static constexpr std::string_view kPieces[] = {"\"",
                                                   "{",
                                                   "}",
                                                   "[",
                                                   "]",
                                                   ",",
                                                   ":",
                                                   "0",
                                                   "-1",
                                                   "1.5",
                                                   "null",
                                                   "18446744073709551615",
                                                   "\\u0000"};
    const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
    const std::size_t changes = 1 + below(4);
    for (std::size_t i = 0; i < changes && !bytes.empty(); ++i) {
        const std::size_t at = below(std::min(within, bytes.size()));
        const std::size_t length = std::min(1 + below(12), bytes.size() - at);
        switch (below(5)) {
            case 0:
                bytes[at] = static_cast<char>(random());
                break;
            case 1:
                bytes.erase(at, length);
                break;
            case 2:
                bytes.insert(below(bytes.size()), bytes.substr(at, length));
                break;
            case 3:
                bytes.insert(at, kPieces[below(std::size(kPieces))]);
                break;
            default:
                bytes.replace(at, 1, kPieces[below(std::size(kPieces))]);
        }
    }
    return bytes;
}

TEST(SafetensorsMutationTest, EveryByteOfAHeaderMayBeAnything) {
    test::GoodHeader header;
    header.before = R"("__metadata__":{"format":"pt"},)";
    const std::string seed = header.bytes();
    std::size_t runs = 0;
    std::size_t accepted = 0;
    for (std::size_t at = 0; at + header.data.size() < seed.size(); ++at) {
        std::string bytes = seed;
        for (int change = 1; change < 256; ++change, ++runs) {
            bytes[at] = static_cast<char>(seed[at] ^ change);
            accepted += readHeader(bytes) ? 1 : 0;
        }
    }
    // A letter of a name or of the metadata may become another one; nothing else is free.
    EXPECT_GT(accepted, 100U);
    EXPECT_LT(accepted, runs / 10);
    std::printf("%zu mutations, %zu accepted\n", runs, accepted);
}

TEST(SafetensorsMutationTest, KeepsItsInvariantsUnderRandomDamage) {
    struct Seed {
        const char* name;
        std::string bytes;
        std::size_t within;  // where mutations fall: the header, not the weights
        bool (*parse)(const std::string&);
        int rounds;
    };
    const Seed seeds[] = {
        {"small", test::GoodHeader{}.bytes(), 120, readHeader, 30'000},
        {"share",
         fixture("sglang-tp8/pytorch_model-00000-TP-003.safetensors"),
         3000,
         readHeader,
         4'000},
        {"index", fixture("hpcai/model.safetensors.index.json"), 4000, readIndex, 20'000},
        {"config", fixture("keyfan/config.json"), 600, readConfig, 30'000},
        {"config of hpcai", fixture("hpcai/config.json"), 600, readConfig, 30'000},
    };
    std::mt19937_64 random(20240317);
    for (const Seed& seed : seeds) {
        ASSERT_TRUE(seed.parse(seed.bytes)) << seed.name;
        int accepted = 0;
        for (int i = 0; i < seed.rounds; ++i)
            accepted += seed.parse(mutate(seed.bytes, seed.within, random)) ? 1 : 0;
        // Else the mutations are too wild to reach the reader's depths.
        EXPECT_GT(accepted, 0) << seed.name;
        std::printf("%s: %d of %d accepted\n", seed.name, accepted, seed.rounds);
    }
}

}  // namespace
}  // namespace gatescope
