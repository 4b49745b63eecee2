#include "tests/fuzz/filter_print.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace gatescope::test {
namespace {

using Kind = FilterNode::Kind;

/// By FilterField.
constexpr std::array<std::string_view, 20> kNames{
    "layer",   "expert",  "first",  "p",         "gate",     "margin", "decisive",
    "entropy", "mass",    "repeat", "logprob",   "surprise", "text",   "token",
    "index",   "message", "role",   "generated", "drafted",  "routed"};

bool takesWholeNumbers(FilterField field) {
    using F = FilterField;
    return field == F::Layer || field == F::Expert || field == F::First || field == F::Token ||
           field == F::Index || field == F::Message;
}

std::string number(double value, bool whole) {
    return whole ? fmt::format("{:.0f}", value) : fmt::format("{}", value);
}

std::string comparison(const FilterClause& clause) {
    const bool whole = takesWholeNumbers(clause.field);
    const FilterInterval& only = clause.intervals.front();
    if (std::isinf(only.low))
        return fmt::format("{} {}", only.openHigh ? "<" : "<=", number(only.high, whole));
    if (std::isinf(only.high))
        return fmt::format("{} {}", only.openLow ? ">" : ">=", number(only.low, whole));
    std::string set;
    for (const FilterInterval& interval : clause.intervals) {
        set += (set.empty() ? "" : ", ") + number(interval.low, whole);
        if (interval.low != interval.high) set += ".." + number(interval.high, whole);
    }
    return fmt::format("{} {{{}}}", clause.negated ? "!=" : "=", set);
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

std::string printedClause(const FilterClause& clause) {
    std::string out(kNames[static_cast<std::size_t>(clause.field)]);
    if (clause.field == FilterField::Prob || clause.field == FilterField::Gate)
        out += fmt::format("({})", clause.expert);
    if (clause.field == FilterField::Role)
        return fmt::format("{}{}{}",
                           out,
                           clause.negated ? "!=" : "=",
                           clause.intervals.front().low == 0 ? "user" : "assistant");
    if (clause.pattern)
        return fmt::format("{}{}{}",
                           out,
                           !clause.wholeText ? "~"
                           : clause.negated  ? "!="
                                             : "=",
                           quoted(clause.pattern->folded()));
    return clause.intervals.empty() ? out : out + ' ' + comparison(clause);
}

/// How tightly a node holds together: what is looser than its place needs parentheses.
int tightness(Kind kind) {
    return kind == Kind::Or ? 0 : kind == Kind::And ? 1 : 2;
}

std::string printedAt(const FilterNode& node, int leastTightness) {
    std::string out;
    switch (node.kind) {
        case Kind::Clause:
            out = printedClause(node.clause);
            break;
        case Kind::And:
        case Kind::Or:
            for (const FilterNode& child : node.children)
                out += (out.empty()              ? ""
                        : node.kind == Kind::And ? " & "
                                                 : " | ") +
                       printedAt(child, tightness(node.kind) + 1);
            break;
        default: {
            const char* before = node.kind == Kind::Not   ? "!"
                                 : node.kind == Kind::Any ? "any:"
                                 : node.kind == Kind::All ? "all:"
                                                          : "none:";
            out = before + printedAt(node.children.front(), 2);
        }
    }
    return tightness(node.kind) < leastTightness ? '(' + out + ')' : out;
}

bool sameClause(const FilterClause& a, const FilterClause& b) {
    const auto sameInterval = [](const FilterInterval& x, const FilterInterval& y) {
        return x.low == y.low && x.high == y.high && x.openLow == y.openLow &&
               x.openHigh == y.openHigh;
    };
    return a.field == b.field && a.expert == b.expert && a.wholeText == b.wholeText &&
           a.negated == b.negated && a.pattern.has_value() == b.pattern.has_value() &&
           (!a.pattern || a.pattern->folded() == b.pattern->folded()) &&
           std::ranges::equal(a.intervals, b.intervals, sameInterval);
}

}  // namespace

std::string printed(const FilterNode& tree) {
    return printedAt(tree, 0);
}

bool sameMeaning(const FilterNode& a, const FilterNode& b) {
    return a.kind == b.kind && a.perLayer == b.perLayer && sameClause(a.clause, b.clause) &&
           std::ranges::equal(a.children, b.children, sameMeaning);
}

}  // namespace gatescope::test
