#include "engine/comparison/alignment.h"

#include <gtest/gtest.h>

#include <random>

namespace gatescope {
namespace {

using Tokens = std::vector<TokenId>;

/// Length of the longest common subsequence, by its recurrence.
int longestCommonNaively(const Tokens& a, const Tokens& b) {
    std::vector<std::vector<int>> best(a.size() + 1, std::vector<int>(b.size() + 1));
    for (std::size_t i = 1; i <= a.size(); ++i)
        for (std::size_t j = 1; j <= b.size(); ++j)
            best[i][j] = a[i - 1] == b[j - 1] ? best[i - 1][j - 1] + 1
                                              : std::max(best[i - 1][j], best[i][j - 1]);
    return best[a.size()][b.size()];
}

void expectCovers(const std::vector<AlignedPair>& pairs, const Tokens& a, const Tokens& b) {
    int nextA = 0;
    int nextB = 0;
    for (const AlignedPair& pair : pairs) {
        EXPECT_EQ(pair.a < 0, pair.kind == PairKind::Inserted);
        EXPECT_EQ(pair.b < 0, pair.kind == PairKind::Deleted);
        if (pair.a >= 0) {
            EXPECT_EQ(pair.a, nextA++);
        }
        if (pair.b >= 0) {
            EXPECT_EQ(pair.b, nextB++);
        }
        if (pair.a >= 0 && pair.b >= 0) {
            EXPECT_EQ(pair.kind == PairKind::Same,
                      a[static_cast<std::size_t>(pair.a)] == b[static_cast<std::size_t>(pair.b)]);
        }
    }
    EXPECT_EQ(nextA, static_cast<int>(a.size()));
    EXPECT_EQ(nextB, static_cast<int>(b.size()));
}

TEST(Alignment, FindsAsManyEqualTokensAsThereAre) {
    std::mt19937 random(7);
    for (int round = 0; round < 400; ++round) {
        const auto draw = [&](std::size_t mostTokens, int vocabulary) {
            Tokens tokens(random() % mostTokens);
            for (TokenId& token : tokens)
                token = static_cast<TokenId>(random() % static_cast<unsigned>(vocabulary));
            return tokens;
        };
        const int vocabulary = round % 3 == 0 ? 2 : 7;
        const Tokens a = draw(40, vocabulary);
        const Tokens b = draw(40, vocabulary);
        const auto pairs = alignTokens(a, b);
        SCOPED_TRACE(round);
        expectCovers(pairs, a, b);
        // A substitution may by chance face equal tokens no more: all equal pairs are Same.
        EXPECT_EQ(countPairs(pairs).same, longestCommonNaively(a, b));
    }
}

TEST(Alignment, SaysWhatChanged) {
    const std::vector<AlignedPair> expected{{PairKind::Same, 0, 0},
                                            {PairKind::Substituted, 1, 1},
                                            {PairKind::Deleted, 2, -1},
                                            {PairKind::Same, 3, 2},
                                            {PairKind::Inserted, -1, 3}};
    EXPECT_EQ(alignTokens(Tokens{1, 2, 3, 4}, Tokens{1, 9, 4, 5}), expected);
    EXPECT_EQ(countPairs(expected), (AlignmentCounts{2, 1, 1, 1}));
}

TEST(Alignment, OfNothing) {
    EXPECT_TRUE(alignTokens({}, {}).empty());
    EXPECT_EQ(countPairs(alignTokens(Tokens{1, 2}, {})), (AlignmentCounts{.deleted = 2}));
    EXPECT_EQ(countPairs(alignTokens({}, Tokens{1, 2})), (AlignmentCounts{.inserted = 2}));
}

TEST(Alignment, BeyondItsBoundKeepsBeginningAndEnd) {
    Tokens a{1, 2, 3};
    Tokens b{1, 2, 3};
    for (int i = 0; i < 50; ++i) {
        a.push_back(100 + i);
        b.push_back(200 + i);
    }
    a.insert(a.end(), {7, 8});
    b.insert(b.end(), {9, 7, 8});
    const auto pairs = alignTokens(a, b, 4);
    expectCovers(pairs, a, b);
    EXPECT_EQ(countPairs(pairs), (AlignmentCounts{5, 50, 0, 1}));
    EXPECT_EQ(pairs.back(), (AlignedPair{PairKind::Same, 54, 55}));
}

TEST(Alignment, OfLongTextsEndsSoon) {
    Tokens a(20000);
    Tokens b(20000);
    for (std::size_t i = 0; i < a.size(); ++i) {
        a[i] = static_cast<TokenId>(i);
        b[i] = static_cast<TokenId>(i % 40 == 0 ? 1000000 + i : i);
    }
    EXPECT_EQ(countPairs(alignTokens(a, b)).substituted, 500);
}

}  // namespace
}  // namespace gatescope
