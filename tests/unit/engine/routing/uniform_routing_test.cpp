#include "engine/routing/uniform_routing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <random>
#include <vector>

namespace gatescope {
namespace {

// The figures are those of the ui-and-inspection page, D1 and D2.
TEST(UniformRoutingTest, GivesTheKnownValuesOfTwoOfEight) {
    EXPECT_NEAR(chanceSetsMeet({8, 2, 2}), 1 - 6.0 / 8 * 5 / 7, 1e-12);
    EXPECT_NEAR(chanceJaccard({8, 2, 2}), 12.0 / 28 / 3 + 1.0 / 28, 1e-12);
    EXPECT_NEAR(chanceSetsMeet({8, 1, 1}), 0.125, 1e-12);
    EXPECT_NEAR(chanceSetsMeet({8, 8, 3}), 1, 1e-12);
    EXPECT_NEAR(chanceSetsMeet({8, 5, 4}), 1, 1e-12);
    EXPECT_NEAR(chanceJaccard({8, 8, 4}), 0.5, 1e-12);
    EXPECT_EQ(chanceSharedVariance({1, 1, 1}), 0);
}

/// What all pairs of sets of `k1` and `k2` out of `experts` give, counted one by one.
struct Counted {
    double meet = 0, jaccard = 0, square = 0, variance = 0;
};
Counted countAll(int experts, int k1, int k2) {
    Counted mean;
    double pairs = 0, shared2 = 0, sharedMean = 0;
    for (unsigned a = 0; a < 1U << experts; ++a)
        for (unsigned b = 0; b < 1U << experts; ++b) {
            if (std::popcount(a) != k1 || std::popcount(b) != k2) continue;
            const double shared = std::popcount(a & b);
            const double jaccard = shared / std::popcount(a | b);
            ++pairs;
            mean.meet += shared > 0 ? 1 : 0;
            mean.jaccard += jaccard;
            mean.square += jaccard * jaccard;
            sharedMean += shared;
            shared2 += shared * shared;
        }
    const double m = sharedMean / pairs;
    return {mean.meet / pairs, mean.jaccard / pairs, mean.square / pairs, shared2 / pairs - m * m};
}

TEST(UniformRoutingTest, EqualsACountOfAllPairsOfSets) {
    for (const auto& s : {SetPair{6, 2, 2}, SetPair{6, 1, 3}, SetPair{7, 4, 2}, SetPair{5, 5, 2}}) {
        const Counted counted = countAll(s.experts, s.first, s.second);
        EXPECT_NEAR(chanceSetsMeet(s), counted.meet, 1e-12);
        EXPECT_NEAR(chanceJaccard(s), counted.jaccard, 1e-12);
        EXPECT_NEAR(chanceJaccardSquare(s), counted.square, 1e-12);
        EXPECT_NEAR(chanceSharedVariance(s), counted.variance, 1e-12);
    }
}

/// E[max] / n over all multinomial outcomes, exactly: walks the experts' counts one by one.
double favouriteExactly(int n, int experts) {
    std::vector<double> logFactorials{0};
    for (int i = 1; i <= n; ++i) logFactorials.push_back(logFactorials.back() + std::log(i));
    double expected = 0;
    const std::function<void(int, int, int, double)> walk =
        [&](int expert, int left, int largest, double logWeight) {
            if (expert == experts - 1) {
                const double p =
                    std::exp(logFactorials[static_cast<std::size_t>(n)] + logWeight -
                             logFactorials[static_cast<std::size_t>(left)] - n * std::log(experts));
                expected += p * std::max(largest, left);
                return;
            }
            for (int here = 0; here <= left; ++here)
                walk(expert + 1,
                     left - here,
                     std::max(largest, here),
                     logWeight - logFactorials[static_cast<std::size_t>(here)]);
        };
    walk(0, n, 0, 0);
    return expected / n;
}

TEST(UniformRoutingTest, AFavouritesShareByChanceEqualsTheExactOne) {
    EXPECT_NEAR(favouriteExactly(2, 8), 0.5625, 1e-9);  // 56 %
    for (const int n : {1, 2, 5})
        for (const int experts : {2, 4, 8})
            EXPECT_NEAR(chanceFavouriteShare(n, experts), favouriteExactly(n, experts), 0.01)
                << n << " " << experts;
    for (const int n : {10, 13})
        for (const int experts : {3, 4, 8})
            EXPECT_NEAR(chanceFavouriteShare(n, experts), favouriteExactly(n, experts), 5e-4)
                << n << " " << experts;
    for (const int n : {10, 50, 100})
        EXPECT_NEAR(chanceFavouriteShare(n, 2), favouriteExactly(n, 2), 2e-3) << n;
    EXPECT_NEAR(chanceFavouriteShare(100, 8), 0.18, 0.005);
    EXPECT_NEAR(chanceFavouriteShare(10, 8), 0.30, 0.005);
}

TEST(UniformRoutingTest, AFavouritesShareByChanceEqualsASimulationWhereCountsAreLarge) {
    std::mt19937 random(7);
    for (const auto& [n, experts] : {std::pair{300, 8}, std::pair{300, 64}, std::pair{40, 16}}) {
        constexpr int kRuns = 4000;
        double sum = 0, squares = 0;
        for (int run = 0; run < kRuns; ++run) {
            std::vector<int> counts(static_cast<std::size_t>(experts), 0);
            for (int i = 0; i < n; ++i) ++counts[random() % static_cast<unsigned>(experts)];
            const double share = static_cast<double>(std::ranges::max(counts)) / n;
            sum += share;
            squares += share * share;
        }
        const double mean = sum / kRuns;
        const double error = std::sqrt((squares / kRuns - mean * mean) / kRuns);
        EXPECT_NEAR(chanceFavouriteShare(n, experts), mean, 5 * error + 5e-4);
    }
}

TEST(UniformRoutingTest, OverflowByChanceIsTheBinomialsMeanExcess) {
    // One token, one of two: 1 lies 0.5 above the capacity of 0.5, and it has one assignment.
    EXPECT_NEAR(chanceOverflow(1, 1, 2, 1.0), 0.5, 1e-12);
    // Two tokens, one of two: with 1/2 an expert has both, 1 beyond; of 2 assignments.
    EXPECT_NEAR(chanceOverflow(2, 2, 2, 1.0), 0.25, 1e-12);
    EXPECT_NEAR(chanceOverflow(2, 2, 2, 1.25), 0.5 * 0.75 / 2, 1e-12);
    EXPECT_EQ(chanceOverflow(5, 40, 8, 1.0), 0);
    EXPECT_GT(chanceOverflow(1000, 2000, 8, 1.0), 0.01);
    EXPECT_LT(chanceOverflow(1000, 2000, 8, 1.25), 1e-5);
}

}  // namespace
}  // namespace gatescope
