#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "engine/io/shown_text.h"
#include "engine/routing/filter/filter_syntax.h"

namespace gatescope {
namespace {

using Kind = FilterNode::Kind;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// What may stand behind a field.
enum class Takes { WholeNumbers, Numbers, OfExpert, Text, Role, Nothing };

struct FieldRow {
    std::string_view name;
    FilterField field;
    Takes takes;
};
constexpr std::array kFields{FieldRow{"layer", FilterField::Layer, Takes::WholeNumbers},
                             FieldRow{"expert", FilterField::Expert, Takes::WholeNumbers},
                             FieldRow{"first", FilterField::First, Takes::WholeNumbers},
                             FieldRow{"p", FilterField::Prob, Takes::OfExpert},
                             FieldRow{"gate", FilterField::Gate, Takes::OfExpert},
                             FieldRow{"margin", FilterField::Margin, Takes::Numbers},
                             FieldRow{"decisive", FilterField::Decisive, Takes::Numbers},
                             FieldRow{"entropy", FilterField::Entropy, Takes::Numbers},
                             FieldRow{"mass", FilterField::Mass, Takes::Numbers},
                             FieldRow{"repeat", FilterField::Repeat, Takes::Nothing},
                             FieldRow{"logprob", FilterField::LogProb, Takes::Numbers},
                             FieldRow{"surprise", FilterField::Surprise, Takes::Numbers},
                             FieldRow{"text", FilterField::Text, Takes::Text},
                             FieldRow{"token", FilterField::Token, Takes::WholeNumbers},
                             FieldRow{"index", FilterField::Index, Takes::WholeNumbers},
                             FieldRow{"message", FilterField::Message, Takes::WholeNumbers},
                             FieldRow{"role", FilterField::Role, Takes::Role},
                             FieldRow{"generated", FilterField::Generated, Takes::Nothing},
                             FieldRow{"drafted", FilterField::Drafted, Takes::Nothing},
                             FieldRow{"routed", FilterField::Routed, Takes::Nothing}};

bool ofALayer(FilterField field) {
    return field <= FilterField::Repeat;
}

/// What looking costs, in steps of about an order of magnitude.
int costOf(const FilterNode& node) {
    if (node.kind != Kind::Clause) return 4;
    switch (node.clause.field) {
        case FilterField::Text:
            return 3;
        case FilterField::Margin:
        case FilterField::Decisive:
        case FilterField::Entropy:
        case FilterField::Mass:
            return 2;
        default:
            return ofALayer(node.clause.field) && node.clause.field != FilterField::Layer ? 1 : 0;
    }
}

/// What no model has stays what no model has.
int expertOf(double number) {
    return static_cast<int>(std::min(number, 1e9));
}

std::string fieldNames() {
    std::string names;
    for (const FieldRow& row : kFields)
        names += (names.empty() ? "" : ", ") + std::string(row.name);
    return names;
}

class Parser {
  public:
    explicit Parser(std::vector<FilterLexeme> lexemes) : lexemes_(std::move(lexemes)) {}

    FilterNode whole() {
        FilterNode root = alternatives();
        if (here().symbol != FilterSymbol::End) expected("&, | or the end");
        return root;
    }

  private:
    const FilterLexeme& here() const { return lexemes_[at_]; }
    FilterSymbol symbolAhead(std::size_t ahead) const {
        return lexemes_[std::min(at_ + ahead, lexemes_.size() - 1)].symbol;
    }
    bool take(FilterSymbol symbol) {
        if (here().symbol != symbol) return false;
        if (symbol != FilterSymbol::End) ++at_;
        return true;
    }
    [[noreturn]] void expected(std::string_view what) const {
        throw FilterMistake{here().column,
                            fmt::format("expected {}, found {}", what, describe(here()))};
    }

    /// Parts between `separator`; one alone is itself.
    template <class Part>
    FilterNode joined(Kind kind, FilterSymbol separator, const Part& part) {
        FilterNode first = part();
        if (here().symbol != separator) return first;
        FilterNode node;
        node.kind = kind;
        node.children.push_back(std::move(first));
        while (take(separator)) node.children.push_back(part());
        return node;
    }
    FilterNode alternatives() {
        return joined(Kind::Or, FilterSymbol::Or, [this] { return conditions(); });
    }
    FilterNode conditions() {
        return joined(Kind::And, FilterSymbol::And, [this] { return condition(); });
    }

    FilterNode condition() {
        if (depth_ == kMaxFilterDepth)
            throw FilterMistake{here().column,
                                fmt::format("parentheses, ! and any: stand at most {} deep in one "
                                            "another",
                                            kMaxFilterDepth)};
        ++depth_;
        FilterNode node = nested();
        --depth_;
        return node;
    }

    FilterNode nested() {
        if (take(FilterSymbol::Not)) return around(Kind::Not);
        if (here().symbol == FilterSymbol::Word && symbolAhead(1) == FilterSymbol::Colon) {
            const Kind kind = quantifier();
            at_ += 2;
            return around(kind);
        }
        if (take(FilterSymbol::Open)) {
            FilterNode inside = alternatives();
            if (!take(FilterSymbol::Close)) expected("&, | or )");
            return inside;
        }
        return clause();
    }

    FilterNode around(Kind kind) {
        FilterNode node;
        node.kind = kind;
        node.children.push_back(condition());
        return node;
    }

    Kind quantifier() const {
        if (here().text == "any") return Kind::Any;
        if (here().text == "all") return Kind::All;
        if (here().text == "none") return Kind::None;
        expected("any:, all: or none:");
    }

    // ---------------------------------------------------------------- clauses

    FilterNode clause() {
        if (here().symbol != FilterSymbol::Word) expected("a field, !, any:, all:, none: or (");
        const auto row = std::ranges::find(kFields, here().text, &FieldRow::name);
        if (row == kFields.end())
            throw FilterMistake{
                here().column,
                fmt::format(
                    "there is no field {}; the fields are {}", describe(here()), fieldNames())};
        if (++clauses_ > kMaxFilterClauses)
            throw FilterMistake{
                here().column,
                fmt::format("a filter has at most {} comparisons", kMaxFilterClauses)};
        FilterNode node;
        node.clause.field = row->field;
        node.clause.column = here().column;
        take(FilterSymbol::Word);
        read(*row, node.clause);
        return node;
    }

    void read(const FieldRow& row, FilterClause& clause) {
        switch (row.takes) {
            case Takes::Nothing:
                return readNothing(row);
            case Takes::Text:
                return readText(row, clause);
            case Takes::Role:
                return readRole(row, clause);
            case Takes::OfExpert:
                if (take(FilterSymbol::Open)) {
                    clause.expert = expertOf(number("an expert's number", true));
                    if (!take(FilterSymbol::Close)) expected(")");
                }
                return readNumbers(row, clause, false);
            case Takes::Numbers:
                return readNumbers(row, clause, false);
            case Takes::WholeNumbers:
                return readNumbers(row, clause, true);
        }
    }

    void readNothing(const FieldRow& row) const {
        if (here().symbol >= FilterSymbol::Equal && here().symbol <= FilterSymbol::Contains)
            throw FilterMistake{here().column,
                                fmt::format("{0} is yes or no: write {0} or !{0}", row.name)};
    }

    void readText(const FieldRow& row, FilterClause& clause) {
        const FilterSymbol comparison = here().symbol;
        if (!take(FilterSymbol::Contains) && !take(FilterSymbol::Equal) &&
            !take(FilterSymbol::NotEqual))
            expected(fmt::format("~, = or != behind {}", row.name));
        const bool any = here().symbol == FilterSymbol::Text || here().symbol == FilterSymbol::Word;
        if (!any) expected(R"(a text like "self")");
        const std::string text = here().text;
        clause.wholeText = comparison != FilterSymbol::Contains;
        clause.negated = comparison == FilterSymbol::NotEqual;
        const auto sought = clause.wholeText ? trimmed(text) : std::string_view(text);
        if (sought.empty()) throw FilterMistake{here().column, "the text to look for is empty"};
        clause.pattern.emplace(sought);
        ++at_;
    }

    void readRole(const FieldRow& row, FilterClause& clause) {
        clause.negated = here().symbol == FilterSymbol::NotEqual;
        if (!take(FilterSymbol::Equal) && !take(FilterSymbol::NotEqual))
            expected(fmt::format("= or != behind {}", row.name));
        const double role = here().text == "assistant" ? 1 : 0;
        if (here().symbol != FilterSymbol::Word || (role == 0 && here().text != "user"))
            expected("user or assistant");
        clause.intervals.push_back({role, role});
        ++at_;
    }

    void readNumbers(const FieldRow& row, FilterClause& clause, bool whole) {
        const FilterSymbol comparison = here().symbol;
        if (comparison == FilterSymbol::Word && here().text == "in") {
            ++at_;
            return readSet(clause, whole);
        }
        if (comparison < FilterSymbol::Equal || comparison > FilterSymbol::GreaterEqual)
            expected(fmt::format("=, !=, <, <=, >, >= or in behind {}", row.name));
        ++at_;
        clause.negated = comparison == FilterSymbol::NotEqual;
        if (comparison == FilterSymbol::Equal || comparison == FilterSymbol::NotEqual) {
            if (here().symbol == FilterSymbol::OpenSet) return readSet(clause, whole);
            clause.intervals.push_back(numberOrRange(whole));
            return;
        }
        const double end = number("a number", whole);
        const bool below =
            comparison == FilterSymbol::Less || comparison == FilterSymbol::LessEqual;
        const bool open = comparison == FilterSymbol::Less || comparison == FilterSymbol::Greater;
        clause.intervals.push_back(below ? FilterInterval{-kInfinity, end, false, open}
                                         : FilterInterval{end, kInfinity, open, false});
    }

    void readSet(FilterClause& clause, bool whole) {
        if (!take(FilterSymbol::OpenSet)) expected("a set like {1, 3}");
        do {
            if (static_cast<int>(clause.intervals.size()) == kMaxFilterNumbers)
                throw FilterMistake{here().column,
                                    fmt::format("a set has at most {} numbers", kMaxFilterNumbers)};
            clause.intervals.push_back(numberOrRange(whole));
        } while (take(FilterSymbol::Comma));
        if (!take(FilterSymbol::CloseSet)) expected("a comma or }");
    }

    FilterInterval numberOrRange(bool whole) {
        const int column = here().column;
        const double low = number("a number", whole);
        if (!take(FilterSymbol::Range)) return {low, low};
        const double high = number("the end of the range", whole);
        if (high < low)
            throw FilterMistake{column,
                                fmt::format("the range {}..{} ends before it begins", low, high)};
        return {low, high};
    }

    double number(std::string_view what, bool whole) {
        if (here().symbol != FilterSymbol::Number) expected(what);
        if (whole && (!here().whole || here().number < 0)) expected("a whole number from 0");
        const double value = here().number;
        ++at_;
        return value;
    }

    std::vector<FilterLexeme> lexemes_;
    std::size_t at_ = 0;
    int depth_ = 0;
    int clauses_ = 0;
};

/// The one expert that "expert=3" or "first=3" names; -1: none.
int namedBy(const FilterNode& node) {
    const FilterClause& clause = node.clause;
    const bool names =
        node.kind == Kind::Clause && !clause.negated &&
        (clause.field == FilterField::Expert || clause.field == FilterField::First) &&
        clause.intervals.size() == 1 && clause.intervals[0].low == clause.intervals[0].high;
    return names ? expertOf(clause.intervals[0].low) : -1;
}

constexpr int kSeveral = -2;

/// Gives "p" and "gate" without a number the expert that is named beside them.
void bindExperts(FilterNode& node, int named) {
    FilterClause& clause = node.clause;
    if (node.kind == Kind::Clause) {
        if ((clause.field != FilterField::Prob && clause.field != FilterField::Gate) ||
            clause.expert >= 0)
            return;
        const std::string_view name = clause.field == FilterField::Prob ? "p" : "gate";
        if (named < 0)
            throw FilterMistake{
                clause.column,
                fmt::format("of which expert? {}: write {}(3), or expert=3 & {} with a comparison",
                            named == kSeveral ? "several are named here" : "none is named here",
                            name,
                            name)};
        clause.expert = named;
        return;
    }
    if (node.kind == Kind::Any || node.kind == Kind::All || node.kind == Kind::None) named = -1;
    if (node.kind == Kind::And) {
        int here = -1;
        for (const FilterNode& child : node.children)
            if (const int expert = namedBy(child); expert >= 0)
                here = here == -1 || here == expert ? expert : kSeveral;
        if (here != -1) named = here;
    }
    for (FilterNode& child : node.children) bindExperts(child, named);
}

/// The order of a conjunction does not matter to its answer, so what is cheap is asked first.
void prepare(FilterNode& node, int& slots) {
    for (FilterNode& child : node.children) prepare(child, slots);
    if (node.kind == Kind::Clause)
        node.perLayer = ofALayer(node.clause.field);
    else if (node.kind == Kind::And || node.kind == Kind::Or || node.kind == Kind::Not)
        node.perLayer = std::ranges::any_of(node.children, &FilterNode::perLayer);
    if (!node.perLayer) node.slot = slots++;
    std::ranges::stable_sort(node.children, {}, costOf);
}

}  // namespace

std::string_view fieldName(FilterField field) {
    return std::ranges::find(kFields, field, &FieldRow::field)->name;
}

FilterTree parseFilter(std::string_view text) {
    FilterTree tree;
    tree.root = Parser(lexFilter(text)).whole();
    bindExperts(tree.root, -1);
    prepare(tree.root, tree.slots);
    return tree;
}

}  // namespace gatescope
