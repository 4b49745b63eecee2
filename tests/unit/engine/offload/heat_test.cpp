#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>

#include "engine/error.h"
#include "engine/offload/heat_file.h"
#include "engine/offload/keeping_rule.h"
#include "tests/support/test_paths.h"
#include "tests/unit/engine/offload/replay_samples.h"

namespace gatescope::test {
namespace {

constexpr double kNoFading = std::numeric_limits<double>::infinity();

TEST(Heat, CountsHalveWithTheTokensBehindThem) {
    RoutingReplay replay(2, 3);
    appendToken(replay, {{0, 1}, {2}});
    appendToken(replay, {{0}, {2}}, false);  // whether it counts makes no difference here
    appendToken(replay, {{2}, {1}});
    Heat heat(heatOrigin(2, 3, 2));
    heat.learn(replay);
    const double once = std::exp2(-0.5);
    const std::vector<double> expected{0.5 + once, 0.5, 1, 0, 1, 0.5 + once};
    ASSERT_EQ(heat.counts().size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i)
        EXPECT_NEAR(heat.counts()[i], expected[i], 1e-12) << i;
    EXPECT_EQ(heat.tokens(), 3);
    EXPECT_NEAR(heat.weight(), 1 + once + 0.5, 1e-12);
    EXPECT_NEAR(heat.share(1, 1), 1 / (1 + 0.5 + once), 1e-12);
}

TEST(Heat, WithoutFadingItCounts) {
    std::mt19937 random(1);
    const RoutingReplay replay =
        uniformReplay(random, {.layers = 3, .experts = 5, .selected = 2}, 100);
    Heat heat(heatOrigin(3, 5, kNoFading));
    heat.learn(replay);
    std::vector<double> counts(15, 0.0);
    for (int t = 0; t < 100; ++t)
        for (int l = 0; l < 3; ++l)
            for (const auto e : replay.selected(t, l))
                counts[static_cast<std::size_t>(l * 5 + e)] += 1;
    EXPECT_TRUE(std::ranges::equal(heat.counts(), counts));
    EXPECT_EQ(heat.weight(), 100);
}

TEST(Heat, MergingIsLearningOneAfterTheOther) {
    std::mt19937 random(2);
    const RoutingReplay first =
        uniformReplay(random, {.layers = 2, .experts = 4, .selected = 1}, 30);
    const RoutingReplay second =
        uniformReplay(random, {.layers = 2, .experts = 4, .selected = 1}, 50);
    Heat both(heatOrigin(2, 4, 20));
    both.learn(first);
    both.learn(second);
    Heat merged(heatOrigin(2, 4, 20));
    merged.learn(first);
    Heat later(heatOrigin(2, 4, 20));
    later.learn(second);
    merged.merge(later);
    EXPECT_EQ(merged.tokens(), 80);
    for (std::size_t i = 0; i < 8; ++i)
        EXPECT_NEAR(merged.counts()[i], both.counts()[i], 1e-9) << i;
}

TEST(Heat, TheHottestThatFitComeFirst) {
    const Heat heat(heatOrigin(2, 3), 10, {1, 5, 0, 5, 2, 7});
    EXPECT_EQ(heat.hottest(35, 10), (std::vector<int>{5, 1, 3}));
    EXPECT_EQ(heat.hottest(9, 10), std::vector<int>{});
    EXPECT_EQ(heat.hottest(1000, 10), (std::vector<int>{5, 1, 3, 4, 0, 2}));
}

TEST(Heat, TheHottestTakeTheirShareOfAllLayers) {
    const Heat heat(heatOrigin(2, 3), 10, {1, 5, 0, 5, 2, 7});
    EXPECT_EQ(shareOfHottest(heat, 0), 0);
    EXPECT_DOUBLE_EQ(shareOfHottest(heat, 2), 12.0 / 20);
    EXPECT_DOUBLE_EQ(shareOfHottest(heat, 6), 1);
    EXPECT_EQ(shareOfHottest(Heat(heatOrigin(2, 3)), 6), 0);
}

TEST(HeatFile, ComesBackAsItWas) {
    std::mt19937 random(3);
    for (const double halfLife : {12.5, kNoFading}) {
        Heat heat(heatOrigin(3, 6, halfLife));
        heat.learn(uniformReplay(random, {.layers = 3, .experts = 6, .selected = 2}, 77));
        EXPECT_EQ(heatFromText(heatText(heat), "here"), heat);
        const ScratchDir dir;
        const auto file = heatFile(dir.path() / "deep/heat", heat.origin().fingerprint);
        writeHeat(file, heat);
        EXPECT_EQ(readHeat(file), heat);
        writeHeat(file, Heat(heatOrigin(3, 6, halfLife)));
        EXPECT_EQ(readHeat(file).tokens(), 0);
        EXPECT_EQ(std::distance(std::filesystem::directory_iterator(file.parent_path()), {}), 1);
    }
}

const char* const kGood =
    R"({"format": "gatescope-heat-1", "fingerprint": "0123456789abcdef", "model": "m", "layers": 2, )"
    R"("experts": 3, "half_life": 10, "tokens": 42, "counts": [[1.5, 0, 3], [2, 2, 0.25]]})";

std::string refusalOf(const std::string& text) {
    try {
        heatFromText(text, "a.json");
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::BadInput);
        return error.what();
    }
    return "";
}

/// kGood with one stretch changed.
std::string changed(const std::string& from, const std::string& to) {
    std::string text = kGood;
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

TEST(HeatFile, RefusesEachFaultInOneSentence) {
    EXPECT_EQ(refusalOf(kGood), "");
    const std::vector<std::pair<std::string, std::string>> cases{
        {"", "not JSON"},
        {"[]", "expected an object"},
        {"3", "expected an object"},
        {changed("gatescope-heat-1", "gatescope-heat-2"), "\"gatescope-heat-2\""},
        {changed("\"gatescope-heat-1\"", "1"), "\"format\" is 1, expected a text"},
        {changed("0123456789abcdef", "0123456789ABCDEF"), "16 digits"},
        {changed("0123456789abcdef", "../../../../etc/"), "16 digits"},
        {changed("\"m\"", "\"" + std::string(201, 'm') + "\""), "201 bytes"},
        {changed("\"m\"", "null"), "\"model\" is null"},
        {changed("\"layers\": 2", "\"layers\": 3"), "2 entries, expected 3"},
        {changed("\"layers\": 2", "\"layers\": 0"), "\"layers\" is 0"},
        {changed("\"layers\": 2", "\"layers\": -2"), "\"layers\" is -2"},
        {changed("\"layers\": 2", "\"layers\": 2.0"), "\"layers\" is 2.0"},
        {changed("\"layers\": 2", "\"layers\": 99999999999999999999"), "\"layers\""},
        {changed("\"experts\": 3", "\"experts\": 2"), "3 entries, expected 2"},
        {changed("\"experts\": 3", "\"experts\": 4097"), "4097"},
        {changed("\"layers\": 2, \"experts\": 3", "\"layers\": 1024, \"experts\": 4096"),
         "at most 262144 experts"},
        {changed("\"half_life\": 10", "\"half_life\": 0"), "\"half_life\" is 0"},
        {changed("\"half_life\": 10", "\"half_life\": -1"), "\"half_life\" is -1"},
        {changed("\"half_life\": 10", "\"half_life\": \"ten\""), "\"half_life\""},
        {changed("\"tokens\": 42", "\"tokens\": -1"), "\"tokens\" is -1"},
        {changed("\"tokens\": 42", "\"tokens\": 18446744073709551615"), "\"tokens\""},
        {changed("1.5", "-1.5"), "layer 0, expert 0 is -1.5"},
        {changed("0.25", "NaN"), "not JSON"},
        {changed("0.25", "1e999"), "not JSON"},
        {changed("0.25", "1e300"), "layer 1, expert 2"},
        {changed("0.25", "null"), "layer 1, expert 2 is null"},
        {changed("0.25", "\"0\""), "layer 1, expert 2"},
        {changed("0.25", "[1]"), "deeper"},
        {changed("0.25", "{}"), "deeper"},
        {changed("[2, 2, 0.25]", "7"), "layer 1, is 7"},
        {changed("[[1.5, 0, 3], [2, 2, 0.25]]", "{}"), "deeper"},
        {changed(", \"tokens\": 42", ""), "\"tokens\" is missing"},
        {changed("\"tokens\": 42", "\"tokens\": 42, \"tokens\": 43"), "there twice"},
        {changed("\"tokens\": 42", "\"tokens\": 42, \"token\": 43"), "not known"},
        {std::string(kGood) + "x", "not JSON"},
        {std::string(kLargestHeatFile + 1, ' '), "expected at most"}};
    for (const auto& [text, part] : cases) {
        const std::string refusal = refusalOf(text);
        EXPECT_NE(refusal.find(part), std::string::npos)
            << text.substr(0, 200) << "\n    " << refusal << "\n    lacks " << part;
        EXPECT_TRUE(refusal.starts_with("a.json: ")) << refusal;
        EXPECT_EQ(refusal.find('\n'), std::string::npos);
    }
}

TEST(HeatFile, RefusesEveryTruncation) {
    const std::string good = kGood;
    for (std::size_t size = 0; size < good.size(); ++size)
        EXPECT_NE(refusalOf(good.substr(0, size)), "") << size;
}

TEST(HeatFile, RefusesMoreNumbersThanAnyHeatHasBeforeKeepingThem) {
    std::string row = "[0";
    for (int i = 0; i < 600000; ++i) row += ",0";
    EXPECT_NE(refusalOf(changed("[1.5, 0, 3]", row + "]")).find("more numbers"), std::string::npos);
}

TEST(HeatFile, AFileThatIsNotThereIsSaid) {
    const ScratchDir dir;
    for (const auto& file : {dir.path() / "none.json", dir.path()}) {
        try {
            readHeat(file);
            FAIL();
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::BadInput);
            EXPECT_NE(std::string(error.what()).find(file.string()), std::string::npos);
        }
    }
}

}  // namespace
}  // namespace gatescope::test
