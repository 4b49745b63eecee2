#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <vector>

#include "engine/decoder/decoder.h"
#include "engine/io/npy.h"
#include "tests/support/test_paths.h"

namespace gatescope::test {

/// Which golden model a test runs on. `shared` ones exist beside the checkout only.
struct GoldenCase {
    std::string model;  ///< "tiny-a", "tiny-gqa"
    bool shared = false;
    std::string decoder;  ///< DecoderOptions::kind; "cuda" is run by the emulation
    bool panels = false;  ///< weights laid out for it, as a front end does
    int ranks = 1;        ///< more: laid out, too
};
std::string describe(const GoldenCase& golden);
/// Else GoogleTest shows its bytes, pointers among them, in every test's name.
inline void PrintTo(const GoldenCase& golden, std::ostream* out) {
    *out << describe(golden);
}

/// A golden model: its folder, its weights, its token sequence. Loaded once a process and folder.
struct GoldenModel {
    std::filesystem::path folder;
    std::shared_ptr<const ModelWeights> weights;
    std::vector<TokenId> tokens;

    NpyArray<float> floats(const std::string& file) const;
    NpyArray<std::int32_t> ints(const std::string& file) const;
};
/// Nothing where the case needs `shared` and there is none (never in CI).
std::optional<GoldenModel> findGolden(const GoldenCase& golden);

/// The decoder of a case, on two threads.
std::unique_ptr<Decoder> goldenDecoder(const GoldenCase& golden, const GoldenModel& model);

/// Everything a decoder says about a sequence, in the layout of the .npy goldens.
struct Forward {
    std::vector<float> logits;           ///< [T, vocabSize]
    std::vector<float> routerProbs;      ///< [L, T, E]
    std::vector<std::int32_t> selected;  ///< [L, T, K]
    std::vector<float> gates;            ///< [L, T, K]
    std::vector<float> residuals;        ///< [L, T, D]
};
/// Runs `tokens` through `decoder` in batches of the sizes given (repeated until all are in).
Forward runForward(Decoder& decoder,
                   std::span<const TokenId> tokens,
                   const InterventionSet& interventions = {},
                   std::span<const int> batchSizes = {});

/// Largest |a - b|; infinity when the lengths differ or a value is not finite.
float maxAbs(std::span<const float> a, std::span<const float> b);
/// Mean over positions of KL(golden || other) of the distributions the logits stand for.
double meanKl(std::span<const float> golden, std::span<const float> other, int vocabSize);
int argMax(std::span<const float> logits);

}  // namespace gatescope::test

/// Skips with a reason when the golden model of this case is not there.
#define GS_REQUIRE_GOLDEN(variable, goldenCase)                                        \
    const auto variable##Optional = ::gatescope::test::findGolden(goldenCase);         \
    if (!variable##Optional) GTEST_SKIP() << "no folder 'shared' beside the checkout"; \
    const ::gatescope::test::GoldenModel& variable = *variable##Optional
