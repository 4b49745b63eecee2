#pragma once

#include <cstddef>
#include <string_view>

namespace gatescope {

/// Follows the code fences of a Markdown text line by line, as far as it must be known whether what
/// follows the text would still be code. A fence in a list or a quotation ends with that.
/// Source: spec.commonmark.org 0.30, "Fenced code blocks" and "List items".
class CodeFences {
  public:
    enum class Line {
        Text,
        InContainer,  ///< of a list or a quotation
        Opens,        ///< a fence
        Code,
        Closes
    };
    /// `line` without its line end.
    Line read(std::string_view line);

    bool open() const { return length_ > 0; }
    char mark() const { return mark_; }
    std::size_t length() const { return length_; }

  private:
    bool isInItem(std::string_view line, std::size_t indent);

    char mark_ = 0;
    std::size_t length_ = 0;  ///< of the open fence; 0: none
    std::size_t item_ = 0;    ///< where the text of the open list item begins; 0: none
};

}  // namespace gatescope
