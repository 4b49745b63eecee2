#include "engine/comparison/alignment.h"

#include <algorithm>
#include <optional>

#include "engine/check.h"

namespace gatescope {
namespace {

using Tokens = std::span<const TokenId>;

/// Positions of both sequences that hold the same token.
struct Match {
    int a = 0;
    int b = 0;
};

/// The furthest point each diagonal k = a - b reaches with d edits, for every d so far: row d holds
/// the diagonals -d ... d, of which every second one is reached.
class FurthestPoints {
  public:
    void begin(int edits) {
        edits_ = edits;
        rows_.resize(rows_.size() + static_cast<std::size_t>(2 * edits + 1));
    }
    int& at(int edits, int diagonal) {
        // Row d begins behind those before it, which have 1 + 3 + 5 ... = d^2 entries.
        return rows_[static_cast<std::size_t>(edits * edits + edits + diagonal)];
    }
    int edits() const { return edits_; }

  private:
    int edits_ = 0;
    std::vector<int> rows_;
};

/// Where a path with `edits` edits comes from to get onto `diagonal`: one token of A dropped, or
/// one of B put in.
bool comesByDeletion(FurthestPoints& points, int edits, int diagonal) {
    if (diagonal == -edits) return false;
    if (diagonal == edits) return true;
    return points.at(edits - 1, diagonal - 1) >= points.at(edits - 1, diagonal + 1);
}

std::vector<Match> wayBack(FurthestPoints& points, Tokens a, Tokens b) {
    std::vector<Match> matches;
    int x = static_cast<int>(a.size());
    int y = static_cast<int>(b.size());
    for (int d = points.edits(); d >= 0; --d) {
        const int diagonal = x - y;
        const bool deletion = d > 0 && comesByDeletion(points, d, diagonal);
        const int before = deletion ? diagonal - 1 : diagonal + 1;
        const int fromX = d > 0 ? points.at(d - 1, before) : 0;
        const int fromY = d > 0 ? fromX - before : 0;
        const int startX =
            deletion ? fromX + 1 : fromX;  // behind the edit, where the matches begin
        while (x > startX) matches.push_back({--x, --y});
        x = fromX;
        y = fromY;
    }
    std::ranges::reverse(matches);
    return matches;
}

/// Empty: more than `maxEdits` are needed.
std::optional<std::vector<Match>> longestCommon(Tokens a, Tokens b, int maxEdits) {
    const int endA = static_cast<int>(a.size());
    const int endB = static_cast<int>(b.size());
    FurthestPoints points;
    for (int d = 0; d <= std::min(maxEdits, endA + endB); ++d) {
        points.begin(d);
        for (int k = -d; k <= d; k += 2) {
            int x = 0;
            if (d > 0)
                x = comesByDeletion(points, d, k) ? points.at(d - 1, k - 1) + 1
                                                  : points.at(d - 1, k + 1);
            int y = x - k;
            while (x < endA && y < endB &&
                   a[static_cast<std::size_t>(x)] == b[static_cast<std::size_t>(y)]) {
                ++x;
                ++y;
            }
            points.at(d, k) = x;
            if (x >= endA && y >= endB) return wayBack(points, a, b);
        }
    }
    return std::nullopt;
}

/// What stands between two matches: [fromA, toA) and [fromB, toB).
void pairGap(int fromA, int toA, int fromB, int toB, std::vector<AlignedPair>& pairs) {
    while (fromA < toA && fromB < toB) pairs.push_back({PairKind::Substituted, fromA++, fromB++});
    while (fromA < toA) pairs.push_back({PairKind::Deleted, fromA++, -1});
    while (fromB < toB) pairs.push_back({PairKind::Inserted, -1, fromB++});
}

}  // namespace

std::vector<AlignedPair> alignTokens(Tokens a, Tokens b, int maxEdits) {
    GS_CHECK(maxEdits >= 0);
    const auto most = std::min(a.size(), b.size());
    std::size_t head = 0;
    while (head < most && a[head] == b[head]) ++head;
    std::size_t tail = 0;
    while (tail < most - head && a[a.size() - 1 - tail] == b[b.size() - 1 - tail]) ++tail;

    const Tokens middleA = a.subspan(head, a.size() - head - tail);
    const Tokens middleB = b.subspan(head, b.size() - head - tail);
    const auto found = longestCommon(middleA, middleB, maxEdits);

    std::vector<Match> matches;
    const auto run = [&matches](std::size_t beginA, std::size_t beginB, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i)
            matches.push_back({static_cast<int>(beginA + i), static_cast<int>(beginB + i)});
    };
    run(0, 0, head);
    if (found)
        for (const Match& match : *found)
            matches.push_back({match.a + static_cast<int>(head), match.b + static_cast<int>(head)});
    run(a.size() - tail, b.size() - tail, tail);

    std::vector<AlignedPair> pairs;
    pairs.reserve(std::max(a.size(), b.size()));
    Match next;
    for (const Match& match : matches) {
        pairGap(next.a, match.a, next.b, match.b, pairs);
        pairs.push_back({PairKind::Same, match.a, match.b});
        next = {match.a + 1, match.b + 1};
    }
    pairGap(next.a, static_cast<int>(a.size()), next.b, static_cast<int>(b.size()), pairs);
    return pairs;
}

AlignmentCounts countPairs(std::span<const AlignedPair> pairs) {
    const auto of = [pairs](PairKind kind) {
        return static_cast<int>(std::ranges::count(pairs, kind, &AlignedPair::kind));
    };
    return {.same = of(PairKind::Same),
            .substituted = of(PairKind::Substituted),
            .deleted = of(PairKind::Deleted),
            .inserted = of(PairKind::Inserted)};
}

}  // namespace gatescope
