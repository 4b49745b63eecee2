#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gatescope {

/// UTF-8 with capital letters of Latin (with Latin-1), Greek and Cyrillic made small; every other
/// byte as it is, so that the length and all offsets stay. No locale: the same everywhere.
std::string foldCase(std::string_view text);

/// Without spaces, tabs and line feeds at both ends.
std::string_view trimmed(std::string_view text);

/// A text to look for, prepared once. Searching is O(bytes) whatever the text is: nobody can write
/// a pattern that takes long. Source: Knuth, Morris, Pratt 1977.
class TextPattern {
  public:
    /// `text` is folded here; it must not be empty.
    explicit TextPattern(std::string_view text);

    std::size_t size() const { return folded_.size(); }
    const std::string& folded() const { return folded_; }
    /// An occurrence in `folded` shares a byte with [begin, end). Requires begin <= end <=
    /// folded.size().
    bool touches(std::string_view folded, std::size_t begin, std::size_t end) const;

  private:
    std::string folded_;
    std::vector<std::size_t> border_;  ///< [size()] longest proper prefix that ends at each byte
};

}  // namespace gatescope
