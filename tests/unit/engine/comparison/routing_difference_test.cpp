#include "engine/comparison/routing_difference.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "tests/unit/engine/routing/routing_samples.h"

namespace gatescope {
namespace {

constexpr test::RouterShape kShape{.layers = 3, .experts = 8, .selected = 2};

TEST(RoutingDifference, IsTheDifferenceOfTheMeans) {
    std::mt19937 random(3);
    RoutingDifference difference(kShape.layers, kShape.experts);
    double sum = 0;
    int selected = 0;
    for (int i = 0; i < 50; ++i) {
        const auto a = test::randomRecord(random, kShape);
        const auto b = test::randomRecord(random, kShape);
        difference.addPair(*a, *b);
        sum += static_cast<double>(b->layerProbs(1)[4]) - static_cast<double>(a->layerProbs(1)[4]);
        selected += static_cast<int>(std::ranges::count(a->layerSelected(1), 4)) -
                    static_cast<int>(std::ranges::count(b->layerSelected(1), 4));
    }
    const CellDifference cell = difference.cell(1, 4);
    EXPECT_NEAR(cell.probability, sum / 50, 1e-12);
    EXPECT_NEAR(cell.selection.difference, selected / 50.0, 1e-12);
    EXPECT_EQ(cell.selection.tokensA, 50);
}

TEST(RoutingDifference, OfARunWithItselfIsNothingAndSaturated) {
    std::mt19937 random(4);
    RoutingDifference difference(kShape.layers, kShape.experts);
    for (int i = 0; i < 30; ++i) {
        const auto record = test::randomRecord(random, kShape);
        difference.addPair(*record, *record);
    }
    EXPECT_EQ(difference.cell(0, 0).probability, 0);
    EXPECT_GT(difference.cell(0, 0).noise, 0);
    EXPECT_FALSE(difference.cell(0, 0).stands());
    EXPECT_EQ(difference.saturation(0).value, 1.0);
    EXPECT_EQ(difference.sameFirst(2).value, 1.0);
}

// The band is right if, of cells that differ by nothing but luck, about one in twenty stands.
TEST(RoutingDifference, OneCellInTwentyStandsByLuck) {
    std::mt19937 random(5);
    int cells = 0;
    int standing = 0;
    for (int run = 0; run < 120; ++run) {
        RoutingDifference difference(kShape.layers, kShape.experts);
        for (int i = 0; i < 40; ++i) difference.addA(*test::randomRecord(random, kShape));
        for (int i = 0; i < 70; ++i) difference.addB(*test::randomRecord(random, kShape));
        for (int layer = 0; layer < kShape.layers; ++layer)
            for (int expert = 0; expert < kShape.experts; ++expert, ++cells)
                standing += difference.cell(layer, expert).stands() ? 1 : 0;
    }
    // 2880 cells; the band is estimated from few draws, which makes its tails a little heavier.
    const double share = static_cast<double>(standing) / cells;
    EXPECT_GT(share, 0.03);
    EXPECT_LT(share, 0.11);
}

TEST(RoutingDifference, ARealChangeStands) {
    std::mt19937 random(6);
    RoutingDifference difference(1, 8);
    for (int i = 0; i < 40; ++i) {
        difference.addA(*test::choices({{i % 8, (i + 1) % 8}}, 8));
        difference.addB(*test::choices({{2, (i % 2 == 0) ? 1 : 3}}, 8));
    }
    EXPECT_TRUE(difference.cell(0, 2).stands());
    EXPECT_GT(difference.cell(0, 2).probability, 0.2);
    EXPECT_TRUE(difference.cell(0, 2).selection.stands());
    EXPECT_LT(difference.cell(0, 2).selection.difference, 0) << "A less B";
}

TEST(RoutingDifference, FewTokensHaveNoBandToStandOutOf) {
    std::mt19937 random(8);
    RoutingDifference difference(kShape.layers, kShape.experts);
    for (int i = 0; i < 3; ++i)
        difference.addPair(*test::randomRecord(random, kShape),
                           *test::randomRecord(random, kShape));
    EXPECT_EQ(difference.noise(0), 1);
    EXPECT_FALSE(difference.cell(0, 0).stands());
}

}  // namespace
}  // namespace gatescope
