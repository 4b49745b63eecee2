#pragma once

#include <QString>
#include <vector>

namespace gatescope {

/// A piece of a text, in UTF-16 units.
struct FoundRange {
    int begin = 0;
    int end = 0;
    friend bool operator==(const FoundRange&, const FoundRange&) = default;
};

/// Finds words in a text the way the library's search does (FTS5's unicode61): capitals and accents
/// do not count. A value; used by any thread.
class WordFinder {
  public:
    WordFinder() = default;
    /// Each of the words, where a word of the text begins with it.
    static WordFinder words(const QString& query);
    /// The whole of it, anywhere.
    static WordFinder phrase(const QString& text);

    bool isEmpty() const { return needles_.empty(); }
    /// By rising place; none within another.
    std::vector<FoundRange> find(const QString& text) const;

  private:
    std::vector<QString> needles_;  ///< folded
    bool atWords_ = false;
};

/// A line of about `length` units around the first place where something was found, blanks made
/// single; empty: nothing was found. `marks`: where, in the line.
QString snippetOf(const QString& text,
                  const WordFinder& finder,
                  int length,
                  std::vector<FoundRange>& marks);

}  // namespace gatescope
