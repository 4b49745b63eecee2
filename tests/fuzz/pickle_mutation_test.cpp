// The fuzz harness's checks on a fixed set of mutations, so that every build runs them.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <random>

#include "tests/fuzz/pickle_invariants.h"
#include "tests/support/pickle_cases.h"
#include "tests/support/pickle_writer.h"
#include "tests/support/test_paths.h"
#include "tests/support/tiny_model.h"

namespace gatescope {
namespace {

/// One of each kind of file: the release's two forms, and those other writers make.
std::map<std::string, std::string> seeds() {
    std::map<std::string, std::string> out;
    out["release array"] = test::pickleOf({DType::F32, {2, 3}, std::string(24, '\x3f')});
    out["release quantized"] = test::pickleOf({DType::I8, {2, 8, 3}, std::string(48, '\x05')},
                                              {DType::BF16, {2, 2, 3}, std::string(24, '\x3c')});
    for (const auto& file : std::filesystem::directory_iterator(test::dataDir() / "pickles")) {
        const std::string name = file.path().stem().string();
        if (file.path().extension() == ".pickle" && !name.starts_with("refused"))
            out[name] = test::readBytes(file.path());
    }
    return out;
}

std::string meaning(const PickledArray& array) {
    std::string out = fmt::format("{} at {} + {}:", name(array.dtype), array.offset, array.bytes);
    for (const auto size : array.shape) out += fmt::format(" {}", size);
    return out;
}

std::string meaning(const PickledTensor& tensor) {
    return meaning(tensor.data) + (tensor.scales ? " scales " + meaning(*tensor.scales) : "");
}

/// Runs the reader; what it takes must keep the invariants. Returns the meaning, "" if refused.
std::string run(const std::string& bytes) {
    try {
        const PickledTensor tensor = test::readPickle(bytes);
        test::checkInvariants(tensor, bytes.size());
        return meaning(tensor);
    } catch (const Error& error) {  // the expected answer to most mutations
        EXPECT_EQ(error.kind(), ErrorKind::BadInput);
        return {};
    }
}

bool inPayload(const PickledArray& array, std::size_t at) {
    return at >= array.offset && at < array.offset + array.bytes;
}

/// Changes, inserts, deletes, repeats or copies over a few bytes.
std::string mutate(std::string bytes, std::mt19937_64& random) {
    const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
    const std::size_t changes = 1 + below(6);
    for (std::size_t i = 0; i < changes && !bytes.empty(); ++i) {
        const std::size_t at = below(bytes.size());
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
                bytes.insert(below(bytes.size()), bytes.substr(at, length));
                break;
            default:
                bytes.replace(below(bytes.size()), length, bytes.substr(at, length));
        }
    }
    return bytes;
}

TEST(PickleMutationTest, NoSingleByteOutsideThePayloadChangesTheMeaning) {
    std::size_t runs = 0;
    std::size_t accepted = 0;
    const auto all = seeds();
    for (const char* seedName :
         {"release array", "release quantized", "jax_quantized", "numpy2_f32_protocol3"}) {
        const std::string& seed = all.at(seedName);
        const PickledTensor original = test::readPickle(seed);
        const std::string expected = meaning(original);
        for (std::size_t at = 0; at < seed.size(); ++at) {
            if (inPayload(original.data, at) ||
                (original.scales && inPayload(*original.scales, at)))
                continue;
            std::string bytes = seed;
            for (int change = 1; change < 256; ++change, ++runs) {
                bytes[at] = static_cast<char>(seed[at] ^ change);
                const std::string found = run(bytes);
                if (found.empty()) continue;
                ++accepted;
                ASSERT_EQ(found, expected)
                    << seedName << " byte " << at << " xor " << change << " changes the meaning";
            }
        }
    }
    EXPECT_GE(runs, 200'000U);
    std::printf("%zu mutations, %zu accepted with the same meaning\n", runs, accepted);
}

TEST(PickleMutationTest, KeepsItsInvariantsUnderRandomDamage) {
    const auto all = seeds();
    std::mt19937_64 random(20240317);
    std::size_t accepted = 0;
    constexpr int kRounds = 10'000;
    for (const auto& [seedName, seed] : all)
        for (int i = 0; i < kRounds; ++i) accepted += run(mutate(seed, random)).empty() ? 0 : 1;
    EXPECT_GT(accepted, 0U);  // else the mutations are too wild to reach the reader's depths
}

}  // namespace
}  // namespace gatescope
