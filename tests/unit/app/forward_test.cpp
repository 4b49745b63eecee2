#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "engine/io/npy.h"
#include "engine/model/open_model.h"
#include "tests/support/gguf_model.h"
#include "tests/support/test_paths.h"
#include "tests/support/tiny_model.h"
#include "tests/support/tolerances.h"
#include "tests/unit/app/program.h"

namespace gatescope {
namespace {

using test::Outcome;
using test::runCli;
using test::tinyA;
using Shape = std::vector<std::int64_t>;
using Words = std::vector<std::string>;

std::filesystem::path golden(const std::string& file) {
    return std::filesystem::path(tinyA()) / file;
}

/// What `forward` wrote for tiny-a's own sequence.
struct Arrays {
    NpyArray<float> logits, probs, gates;
    NpyArray<std::int32_t> selected;
};

class ForwardTest : public ::testing::Test {
  protected:
    Arrays forward(const Words& options) {
        folder_ = dir_.path() / "out" / "deep";
        Words words{"forward", model_, "--tokens", golden("tokens.npy").string(), "--out"};
        words.push_back(folder_.string());
        words.insert(words.end(), options.begin(), options.end());
        const Outcome outcome = runCli(words);
        EXPECT_EQ(outcome.status, 0) << outcome.err;
        EXPECT_EQ(outcome.out, "");
        return {readNpy<float>(folder_ / "logits.npy"),
                readNpy<float>(folder_ / "router_probs.npy"),
                readNpy<float>(folder_ / "gates.npy"),
                readNpy<std::int32_t>(folder_ / "selected.npy")};
    }

    test::ScratchDir dir_;
    std::string model_ = tinyA();
    std::filesystem::path folder_;
    const std::int64_t tokens_ = readNpy<std::int32_t>(golden("tokens.npy")).shape.at(0);
};

/// Largest difference; `skip` values of `b` stand before those that are compared.
float maxAbs(const std::vector<float>& a, const std::vector<float>& b, std::size_t skip = 0) {
    EXPECT_EQ(a.size() + skip, b.size());
    float worst = 0;
    for (std::size_t i = 0; i < std::min(a.size(), b.size() - skip); ++i) {
        EXPECT_TRUE(std::isfinite(a[i]));
        worst = std::max(worst, std::abs(a[i] - b[i + skip]));
    }
    return worst;
}

TEST_F(ForwardTest, RanksAgreeWithTheDefiningCodeAndWithThemselves) {
    const auto expected = readNpy<float>(golden("f32exact/logits.npy")).data;
    const Arrays one = forward({});
    for (const char* ranks : {"2", "4", "8"}) {
        SCOPED_TRACE(ranks);
        const Arrays many = forward({"--ranks", ranks});
        EXPECT_LE(maxAbs(many.logits.data, expected), test::tolerance::kLogits);
        EXPECT_EQ(many.selected.data, one.selected.data);
        EXPECT_EQ(many.logits.data, forward({"--ranks", ranks, "-t", "3"}).logits.data);
    }
    const Outcome refused = runCli({"forward",
                                    model_,
                                    "--tokens",
                                    golden("tokens.npy").string(),
                                    "--out",
                                    folder_.string(),
                                    "--ranks",
                                    "3"});
    EXPECT_EQ(refused.status, 2);
    EXPECT_NE(refused.err.find("8 query heads"), std::string::npos) << refused.err;
}

TEST_F(ForwardTest, AgreesWithTheDefiningCodeForEachDecoder) {
    for (const char* decoder : {"reference", "cpu"}) {
        SCOPED_TRACE(decoder);
        const Arrays a = forward({"--decoder", decoder, "--hidden"});
        EXPECT_EQ(a.logits.shape, (Shape{tokens_, 512}));
        EXPECT_EQ(a.probs.shape, (Shape{4, tokens_, 8}));
        EXPECT_EQ(a.selected.shape, (Shape{4, tokens_, 2}));
        EXPECT_EQ(a.gates.shape, (Shape{4, tokens_, 2}));
        EXPECT_LE(maxAbs(a.logits.data, readNpy<float>(golden("f32exact/logits.npy")).data),
                  test::tolerance::kLogits);
        const auto probs = readNpy<float>(golden("f32exact/probs.npy")).data;
        EXPECT_LE(maxAbs(a.probs.data, probs), test::tolerance::kRouterProbs);
        EXPECT_LE(maxAbs(a.gates.data, readNpy<float>(golden("f32exact/gates.npy")).data),
                  test::tolerance::kRouterProbs);

        const auto experts = readNpy<std::int32_t>(golden("f32exact/experts.npy")).data;
        ASSERT_EQ(a.selected.data.size(), experts.size());
        for (std::size_t row = 0; row < experts.size() / 2; ++row) {
            std::vector<float> sorted(probs.begin() + static_cast<long>(row * 8),
                                      probs.begin() + static_cast<long>(row * 8 + 8));
            std::sort(sorted.rbegin(), sorted.rend());
            if (sorted[1] - sorted[2] < test::tolerance::kSelectionMargin) continue;
            std::vector<std::int32_t> ours{a.selected.data[2 * row], a.selected.data[2 * row + 1]};
            std::vector<std::int32_t> theirs{experts[2 * row], experts[2 * row + 1]};
            if (sorted[0] - sorted[1] < test::tolerance::kSelectionMargin) {
                std::sort(ours.begin(), ours.end());
                std::sort(theirs.begin(), theirs.end());
            }
            EXPECT_EQ(ours, theirs) << row;
        }

        const auto hidden = readNpy<float>(folder_ / "hidden.npy");
        EXPECT_EQ(hidden.shape, (Shape{4, tokens_, 128}));
        // The golden's first plane is the embedding, before any layer.
        EXPECT_LE(maxAbs(hidden.data,
                         readNpy<float>(golden("f32exact/hidden.npy")).data,
                         static_cast<std::size_t>(tokens_) * 128),
                  test::tolerance::kResiduals);
    }
}

/// What attention and each expert added, up to each layer, is the defining code's residual; and its
/// logits are what the lens sees behind the last.
TEST_F(ForwardTest, TakesResidualsApart) {
    const auto planes = readNpy<float>(golden("f32exact/hidden.npy")).data;
    const auto logits = readNpy<float>(golden("f32exact/logits.npy")).data;
    for (const char* decoder : {"reference", "cpu"}) {
        SCOPED_TRACE(decoder);
        forward({"--decoder", decoder, "--parts", "--lens"});
        const auto embedded = readNpy<float>(folder_ / "embedded.npy");
        const auto parts = readNpy<float>(folder_ / "parts.npy");
        const auto lens = readNpy<float>(folder_ / "lens.npy");
        EXPECT_EQ(embedded.shape, (Shape{tokens_, 128}));
        EXPECT_EQ(parts.shape, (Shape{4, tokens_, 3, 128}));
        EXPECT_EQ(lens.shape, (Shape{4, tokens_, 512}));
        const std::size_t plane = embedded.data.size();
        std::vector<float> sum = embedded.data;
        for (std::size_t layer = 0; layer <= 4; ++layer) {
            for (std::size_t i = 0; i < plane; ++i)
                ASSERT_NEAR(sum[i], planes[layer * plane + i], test::tolerance::kResiduals)
                    << "after " << layer << " layers";
            if (layer == 4) break;
            for (std::size_t i = 0; i < plane; ++i)
                for (std::size_t which = 0; which < 3; ++which)
                    sum[i] += parts.data[layer * 3 * plane + (i / 128 * 3 + which) * 128 + i % 128];
        }
        for (std::size_t i = 0; i < logits.size(); ++i)
            ASSERT_NEAR(lens.data[3 * logits.size() + i], logits[i], test::tolerance::kLogits);
    }
}

TEST_F(ForwardTest, GivesTheSameNumbersFromAGgufFile) {
    const Arrays checkpoint = forward({"--decoder", "reference"});
    const auto file = dir_.path() / "tiny-a.gguf";
    test::writeBytes(file, test::ggufOf(*openModel(tinyA())->load({}, {})).finish());
    model_ = file.string();
    const Arrays gguf = forward({"--decoder", "reference"});
    EXPECT_EQ(gguf.logits.data, checkpoint.logits.data);
    EXPECT_EQ(gguf.probs.data, checkpoint.probs.data);
    EXPECT_EQ(gguf.selected.data, checkpoint.selected.data);
    EXPECT_EQ(gguf.gates.data, checkpoint.gates.data);
}

TEST_F(ForwardTest, RenormalisesTheGatesWhenAsked) {
    const Arrays a = forward({"--renormalise"});
    EXPECT_LE(maxAbs(a.logits.data, readNpy<float>(golden("f32exact-renorm/logits.npy")).data),
              test::tolerance::kLogits);
    for (std::size_t i = 0; i < a.gates.data.size(); i += 2)
        EXPECT_NEAR(a.gates.data[i] + a.gates.data[i + 1], 1, 1e-6);
}

TEST_F(ForwardTest, GivesTheSameNumbersWhereverThreadsRun) {
    EXPECT_EQ(forward({"--numa", "off"}).logits.data, forward({}).logits.data);
}

TEST_F(ForwardTest, WritesNoMoreThanItIsAskedFor) {
    forward({});
    for (const char* name : {"hidden.npy", "embedded.npy", "parts.npy", "lens.npy"})
        EXPECT_FALSE(std::filesystem::exists(folder_ / name)) << name;
}

TEST_F(ForwardTest, AblatesForcesBiasesAndWidens) {
    const Arrays plain = forward({});
    const auto tokens = static_cast<std::size_t>(tokens_);
    const Arrays ablated = forward({"--ablate", "1:3", "--ablate", "1:4"});
    int silenced = 0;
    for (std::size_t i = tokens * 2; i < tokens * 4; ++i) {  // layer 1
        EXPECT_EQ(ablated.selected.data[i], plain.selected.data[i]);
        const auto expert = ablated.selected.data[i];
        if (expert != 3 && expert != 4) continue;
        EXPECT_EQ(ablated.gates.data[i], 0);
        ++silenced;
    }
    EXPECT_GT(silenced, 0);
    // Up to the ablated layer nothing changes; behind it the residual stream is another.
    EXPECT_TRUE(std::equal(plain.probs.data.begin(),
                           plain.probs.data.begin() + static_cast<long>(2 * tokens * 8),
                           ablated.probs.data.begin()));
    EXPECT_NE(plain.probs.data, ablated.probs.data);

    const Arrays forced = forward({"--force", "0:6"});
    for (std::size_t t = 0; t < tokens; ++t)
        EXPECT_TRUE(forced.selected.data[2 * t] == 6 || forced.selected.data[2 * t + 1] == 6) << t;

    const Arrays biased = forward({"--bias", "2:5:40"});
    for (std::size_t t = 0; t < tokens; ++t)
        EXPECT_EQ(biased.selected.data[(2 * tokens + t) * 2], 5) << t;

    const Arrays wide = forward({"--top-k", "3"});
    EXPECT_EQ(wide.selected.shape, (Shape{4, tokens_, 3}));
    EXPECT_EQ(wide.gates.shape, (Shape{4, tokens_, 3}));
}

/// What a recording says of the experts is what another run goes by.
TEST_F(ForwardTest, IsHeldToTheRoutesOfARecording) {
    const auto recording = (dir_.path() / "run.gscope").string();
    ASSERT_EQ(runCli({"generate",
                      tinyA(),
                      "--tokens",
                      golden("tokens.npy").string(),
                      "-n",
                      "1",
                      "--exclude",
                      "0:1",
                      "--exclude",
                      "2:6",
                      "--record",
                      recording})
                  .status,
              0);
    const Arrays around = forward({"--exclude", "0:1", "--exclude", "2:6"});
    const Arrays pinned = forward({"--pin", recording});
    const Arrays plain = forward({});
    EXPECT_NE(plain.selected.data, pinned.selected.data);
    std::vector<std::int32_t> a = around.selected.data, b = pinned.selected.data;
    for (std::size_t i = 0; i < a.size(); i += 2) {  // pairs, whichever is the stronger
        std::sort(a.begin() + static_cast<long>(i), a.begin() + static_cast<long>(i) + 2);
        std::sort(b.begin() + static_cast<long>(i), b.begin() + static_cast<long>(i) + 2);
    }
    EXPECT_EQ(a, b);
    // This run's probabilities are the gates; they are those of the excluding run, which changes
    // nothing else.
    EXPECT_LE(maxAbs(pinned.logits.data, around.logits.data), test::tolerance::kLogits);
    // The recorded ones are kept as f16.
    const Arrays both = forward({"--pin", recording, "--pin-gates"});
    EXPECT_LE(maxAbs(both.gates.data, around.gates.data), 1.0F / 2048);
    EXPECT_NE(both.gates.data, pinned.gates.data);
}

TEST_F(ForwardTest, RoundsActivationsWhereWeightsAreInBlocks) {
    const auto file = dir_.path() / "demo.gguf";  // tiny-a's rows are no whole blocks
    ASSERT_EQ(runCli({"convert", test::demoModel(), file.string(), "--type", "q8_0"}).status, 0);
    model_ = file.string();
    const Arrays unasked = forward({});
    EXPECT_EQ(unasked.logits.data, forward({"--precision", "int8"}).logits.data);
    const Arrays exact = forward({"--precision", "f32"});
    const Arrays reference = forward({"--decoder", "reference"});
    EXPECT_LE(maxAbs(exact.logits.data, reference.logits.data), test::tolerance::kLogits);
    EXPECT_GT(maxAbs(unasked.logits.data, exact.logits.data), test::tolerance::kLogits);
    std::size_t same = 0;  // rounding may tip a router between two near experts
    for (std::size_t i = 0; i < exact.selected.data.size(); ++i)
        same += unasked.selected.data[i] == exact.selected.data[i] ? 1 : 0;
    EXPECT_GE(same * 100, exact.selected.data.size() * 95);
}

TEST_F(ForwardTest, RefusesInt8WhereNothingTakesIt) {
    for (const char* decoder : {"cpu", "reference"}) {
        const Outcome outcome = runCli({"forward",
                                        tinyA(),
                                        "--tokens",
                                        golden("tokens.npy").string(),
                                        "--out",
                                        (dir_.path() / "out").string(),
                                        "--precision",
                                        "int8",
                                        "--decoder",
                                        decoder});
        EXPECT_EQ(outcome.status, 2) << decoder;
        EXPECT_NE(outcome.err.find("int8"), std::string::npos) << outcome.err;
    }
}

TEST_F(ForwardTest, RoundsWhereTheJaxCodeRoundsWhenAsked) {
    const float difference =
        maxAbs(forward({}).logits.data, forward({"--precision", "bf16"}).logits.data);
    EXPECT_GT(difference, test::tolerance::kLogits);
    EXPECT_LT(difference, 1);
}

}  // namespace
}  // namespace gatescope
