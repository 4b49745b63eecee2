#pragma once

#include <QList>
#include <QString>
#include <optional>

namespace gatescope {

/// How well a text answers what was typed.
struct FuzzyMatch {
    int score = 0;         ///< higher is better; only comparable for the same query
    QList<int> positions;  ///< QChars of the text that were matched, rising
};

/// Finds the letters of each word of `query`, in order, in `text`; words in any order. Letters at
/// word starts and in runs count most, gaps cost. Case and accents do not matter. Nothing when a
/// word is missing or its letters are so scattered that no person would call it found. An empty
/// query matches everything with 0. Looks at the first 200 letters of `text` and 50 of a word.
std::optional<FuzzyMatch> fuzzyMatch(const QString& query, const QString& text);

}  // namespace gatescope
