#include "engine/routing/filter/filter_lexer.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "engine/io/shown_text.h"
#include "engine/io/utf8.h"

namespace gatescope {
namespace {

using Spelling = std::pair<std::string_view, FilterSymbol>;

/// Longer ones first: "!=" is not "!" and "=".
constexpr std::array kSpellings{Spelling{"!=", FilterSymbol::NotEqual},
                                Spelling{"<=", FilterSymbol::LessEqual},
                                Spelling{">=", FilterSymbol::GreaterEqual},
                                Spelling{"==", FilterSymbol::Equal},
                                Spelling{"&&", FilterSymbol::And},
                                Spelling{"||", FilterSymbol::Or},
                                Spelling{"..", FilterSymbol::Range},
                                Spelling{"=", FilterSymbol::Equal},
                                Spelling{"<", FilterSymbol::Less},
                                Spelling{">", FilterSymbol::Greater},
                                Spelling{"~", FilterSymbol::Contains},
                                Spelling{"&", FilterSymbol::And},
                                Spelling{"|", FilterSymbol::Or},
                                Spelling{"!", FilterSymbol::Not},
                                Spelling{"(", FilterSymbol::Open},
                                Spelling{")", FilterSymbol::Close},
                                Spelling{"{", FilterSymbol::OpenSet},
                                Spelling{"}", FilterSymbol::CloseSet},
                                Spelling{",", FilterSymbol::Comma},
                                Spelling{":", FilterSymbol::Colon}};

constexpr std::array kWordOperators{Spelling{"and", FilterSymbol::And},
                                    Spelling{"or", FilterSymbol::Or},
                                    Spelling{"not", FilterSymbol::Not}};

bool isDigit(char c) {
    return c >= '0' && c <= '9';
}
bool isLetter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

class Lexer {
  public:
    explicit Lexer(std::string_view text) : text_(text) {}

    std::vector<FilterLexeme> all() {
        if (text_.size() > kMaxFilterBytes)
            throw FilterMistake{1,
                                fmt::format("a filter has at most {} bytes, this one has {}",
                                            kMaxFilterBytes,
                                            text_.size())};
        std::vector<FilterLexeme> lexemes;
        for (;;) {
            while (at_ < text_.size() &&
                   std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos)
                skip(1);
            lexemes.push_back(next());
            if (lexemes.back().symbol == FilterSymbol::End) return lexemes;
        }
    }

  private:
    FilterLexeme next() {
        FilterLexeme lexeme;
        lexeme.column = column_;
        if (at_ == text_.size()) return lexeme;
        if (text_[at_] == '"') return quoted();
        if (startsNumber()) return number();
        if (isLetter(text_[at_])) return word();
        for (const auto& [spelling, symbol] : kSpellings) {
            if (!text_.substr(at_).starts_with(spelling)) continue;
            lexeme.symbol = symbol;
            lexeme.text = spelling;
            skip(spelling.size());
            return lexeme;
        }
        const std::size_t size = readUtf8(text_.substr(at_)).size;
        throw FilterMistake{column_,
                            fmt::format("{} means nothing here; texts stand in quotation marks",
                                        quotedText(text_.substr(at_, size)))};
    }

    char peek(std::size_t ahead) const {
        return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
    }

    bool startsNumber() const {
        const std::size_t sign = text_[at_] == '-' ? 1 : 0;
        return isDigit(peek(sign)) || (peek(sign) == '.' && isDigit(peek(sign + 1)));
    }

    FilterLexeme number() {
        FilterLexeme lexeme;
        lexeme.symbol = FilterSymbol::Number;
        lexeme.column = column_;
        std::size_t end = text_[at_] == '-' ? 1 : 0;
        while (isDigit(peek(end))) ++end;
        lexeme.whole = end > 0;
        // "3..9" is a range, "3.5" a number.
        if (peek(end) == '.' && isDigit(peek(end + 1))) {
            lexeme.whole = false;
            for (++end; isDigit(peek(end));) ++end;
        }
        if (peek(end) == 'e' || peek(end) == 'E') {
            std::size_t digits = end + 1;
            if (peek(digits) == '-' || peek(digits) == '+') ++digits;
            if (isDigit(peek(digits))) {
                lexeme.whole = false;
                for (end = digits; isDigit(peek(end));) ++end;
            }
        }
        const std::string_view written = text_.substr(at_, end);
        const auto read =
            std::from_chars(written.data(), written.data() + written.size(), lexeme.number);
        if (read.ec != std::errc() || !std::isfinite(lexeme.number))
            throw FilterMistake{column_, fmt::format("{} is out of range", shownText(written))};
        lexeme.text = written;
        skip(end);
        return lexeme;
    }

    FilterLexeme word() {
        FilterLexeme lexeme;
        lexeme.symbol = FilterSymbol::Word;
        lexeme.column = column_;
        std::size_t end = 0;
        while (isLetter(peek(end)) || isDigit(peek(end))) ++end;
        for (const char c : text_.substr(at_, end))
            lexeme.text += c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
        for (const auto& [spelling, symbol] : kWordOperators)
            if (lexeme.text == spelling) lexeme.symbol = symbol;
        skip(end);
        return lexeme;
    }

    FilterLexeme quoted() {
        FilterLexeme lexeme;
        lexeme.symbol = FilterSymbol::Text;
        lexeme.column = column_;
        std::size_t end = 1;
        for (; at_ + end < text_.size() && peek(end) != '"'; ++end) {
            if (peek(end) == '\\' && (peek(end + 1) == '"' || peek(end + 1) == '\\')) ++end;
            lexeme.text += peek(end);
        }
        if (at_ + end >= text_.size())
            throw FilterMistake{column_, "this text has no closing quotation mark"};
        if (lexeme.text.size() > kMaxFilterTextBytes)
            throw FilterMistake{column_,
                                fmt::format("a text to look for has at most {} bytes, this one "
                                            "has {}",
                                            kMaxFilterTextBytes,
                                            lexeme.text.size())};
        skip(end + 1);
        return lexeme;
    }

    /// Columns count characters: bytes that begin one.
    void skip(std::size_t bytes) {
        for (std::size_t i = 0; i < bytes; ++i, ++at_)
            if ((static_cast<unsigned char>(text_[at_]) & 0xC0U) != 0x80) ++column_;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    int column_ = 1;
};

}  // namespace

std::vector<FilterLexeme> lexFilter(std::string_view text) {
    return Lexer(text).all();
}

std::string describe(const FilterLexeme& lexeme) {
    if (lexeme.symbol == FilterSymbol::End) return "the end";
    return quotedText(lexeme.text);
}

}  // namespace gatescope
