#include "engine/routing/chance_band.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <vector>

namespace gatescope {
namespace {

/// P(count <= n), added up term by term in long double.
long double binomialBelow(int n, int trials, long double rate) {
    long double sum = 0;
    for (int i = 0; i <= n; ++i)
        sum += std::exp(std::lgamma(trials + 1.0L) - std::lgamma(i + 1.0L) -
                        std::lgamma(trials - i + 1.0L) + i * std::log(rate) +
                        (trials - i) * std::log1p(-rate));
    return sum;
}

TEST(ChanceBandTest, HoldsTheSmallestCountsThatLeaveTheTailsOutside) {
    for (const int selected : {1, 2, 5})
        for (const int tokens : {1, 7, 33, 200, 5000}) {
            const auto band = chanceBand(tokens, selected, 8, BandScope::OneExpert);
            const int assignments = tokens * selected;
            const int low = static_cast<int>(std::lround(band.low * assignments));
            const int high = static_cast<int>(std::lround(band.high * assignments));
            const long double rate = selected / 8.0L;
            EXPECT_DOUBLE_EQ(band.level, 0.125);
            EXPECT_LE(low == 0 ? 0 : binomialBelow(low - 1, tokens, rate), 0.025L);
            EXPECT_GT(binomialBelow(low, tokens, rate), 0.025L);
            EXPECT_LE(1 - binomialBelow(high, tokens, rate), 0.025L + 1e-12L);
            if (high > 0) {
                EXPECT_GT(1 - binomialBelow(high - 1, tokens, rate), 0.025L);
            }
        }
}

struct Coverage {
    double one = 0;  ///< of the single experts' counts
    double all = 0;  ///< of whole layers
};

/// Draws k of E without repetition for every token, as a router without preferences would.
Coverage simulate(int tokens, int selected, int experts, int runs) {
    std::mt19937 random(20240317);
    const auto one = chanceBand(tokens, selected, experts, BandScope::OneExpert);
    const auto all = chanceBand(tokens, selected, experts, BandScope::AllExperts);
    std::vector<int> deck(static_cast<std::size_t>(experts));
    std::iota(deck.begin(), deck.end(), 0);
    Coverage inside;
    for (int run = 0; run < runs; ++run) {
        std::vector<int> counts(deck.size(), 0);
        for (int t = 0; t < tokens; ++t)
            for (int s = 0; s < selected; ++s) {  // Fisher-Yates, only as far as needed
                std::uniform_int_distribution<int> pick(s, experts - 1);
                std::swap(deck[static_cast<std::size_t>(s)],
                          deck[static_cast<std::size_t>(pick(random))]);
                ++counts[static_cast<std::size_t>(deck[static_cast<std::size_t>(s)])];
            }
        const auto within = [&](const ChanceBand& band, int count) {
            const double share = static_cast<double>(count) / (tokens * selected);
            return share >= band.low - 1e-12 && share <= band.high + 1e-12;
        };
        for (const int count : counts) inside.one += within(one, count) ? 1.0 / experts : 0;
        inside.all +=
            std::ranges::all_of(counts, [&](int count) { return within(all, count); }) ? 1 : 0;
    }
    return {inside.one / runs, inside.all / runs};
}

TEST(ChanceBandTest, CoversWhatARouterWithoutPreferencesDoes) {
    for (const int tokens : {20, 300}) {
        const auto coverage = simulate(tokens, 2, 8, 4000);
        // Counts are whole numbers, so the band holds a little more than it must.
        EXPECT_GE(coverage.one, 0.945) << tokens;
        EXPECT_LE(coverage.one, 0.99) << tokens;
        EXPECT_GE(coverage.all, 0.945) << tokens;
        EXPECT_LE(coverage.all, 0.995) << tokens;
    }
}

TEST(ChanceBandTest, NarrowsAsTokensGrowAndIsTheLevelWhereThereIsNoChoice) {
    double width = 1;
    for (const int tokens : {10, 100, 1000, 10'000, 1'000'000}) {
        const auto band = chanceBand(tokens, 2, 8, BandScope::OneExpert);
        EXPECT_LT(band.high - band.low, width);
        width = band.high - band.low;
        const double normal = 2 * 1.96 * std::sqrt(tokens * 0.1875) / (2.0 * tokens);
        EXPECT_NEAR(width, normal, 0.06 * normal + 1.0 / tokens);
    }
    const auto forced = chanceBand(50, 8, 8, BandScope::OneExpert);
    EXPECT_EQ(forced.low, 0.125);
    EXPECT_EQ(forced.high, 0.125);
    const auto none = chanceBand(0, 2, 8, BandScope::AllExperts);
    EXPECT_EQ(none.low, 0);
    EXPECT_EQ(none.high, 1);
    EXPECT_LT(chanceBand(100, 2, 8, BandScope::AllExperts).low,
              chanceBand(100, 2, 8, BandScope::OneExpert).low);
}

}  // namespace
}  // namespace gatescope
