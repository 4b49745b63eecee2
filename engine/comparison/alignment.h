#pragma once

#include <span>
#include <vector>

#include "engine/ids.h"

namespace gatescope {

enum class PairKind {
    Same,         ///< the same token on both sides
    Substituted,  ///< another token in the same place
    Deleted,      ///< only in A
    Inserted,     ///< only in B
};

/// One column of two sequences side by side; -1: nothing on that side.
struct AlignedPair {
    PairKind kind = PairKind::Same;
    int a = -1;  ///< position in A
    int b = -1;
    friend bool operator==(const AlignedPair&, const AlignedPair&) = default;
};

/// How many of each kind.
struct AlignmentCounts {
    int same = 0;
    int substituted = 0;
    int deleted = 0;
    int inserted = 0;
    friend bool operator==(const AlignmentCounts&, const AlignmentCounts&) = default;
};

/// More insertions and deletions than this and the search ends: it takes time and memory by their
/// square (about 2 ms and 4 MB at this bound), and texts so different have little to align.
inline constexpr int kMaxAlignmentEdits = 1024;

/// Every token of both sequences once and in order, with as many Same pairs as any alignment can
/// have (the longest common subsequence). Between those, tokens face each other in order as
/// Substituted as long as there are some on both sides. Beyond `maxEdits` insertions and deletions
/// the common beginning and end are kept and all between is paired in order.
/// Source: Myers 1986, "An O(ND) difference algorithm and its variations", the greedy algorithm.
std::vector<AlignedPair> alignTokens(std::span<const TokenId> a,
                                     std::span<const TokenId> b,
                                     int maxEdits = kMaxAlignmentEdits);

AlignmentCounts countPairs(std::span<const AlignedPair> pairs);

}  // namespace gatescope
