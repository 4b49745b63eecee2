#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gatescope {

/// A mistake in a filter, for people.
struct FilterProblem {
    int column = 0;        ///< of the character where it shows, from 1
    std::string sentence;  ///< "column 8: expected ..., found ..."
};

/// Thrown by lexer and parser, caught in RoutingFilter::parse(): while somebody types, most
/// filters have a mistake, and that is an outcome.
struct FilterMistake {
    int column = 0;
    std::string what;
};

enum class FilterSymbol {
    Word,  ///< a field, a role, "in", "any", "all", "none"; small letters
    Number,
    Text,  ///< in quotation marks
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Contains,  ///< ~
    And,
    Or,
    Not,
    Open,   ///< (
    Close,  ///< )
    OpenSet,
    CloseSet,
    Comma,
    Range,  ///< ..
    Colon,
    End,
};

struct FilterLexeme {
    FilterSymbol symbol = FilterSymbol::End;
    int column = 0;      ///< in characters, from 1
    std::string text;    ///< as written; of Text: what it says, unescaped
    double number = 0;   ///< of Number
    bool whole = false;  ///< of Number: written without point and exponent
};

// Limits that keep a filter somebody pastes from costing more than a look.
inline constexpr std::size_t kMaxFilterBytes = 4096;
inline constexpr std::size_t kMaxFilterTextBytes = 256;  ///< of one text in quotation marks

/// The last one is End. Throws FilterMistake.
std::vector<FilterLexeme> lexFilter(std::string_view text);

/// For sentences: the lexeme as the person sees it, or "the end".
std::string describe(const FilterLexeme& lexeme);

}  // namespace gatescope
