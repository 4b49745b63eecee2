#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/routing/filter/filter_lexer.h"
#include "engine/routing/filter/filter_text.h"

namespace gatescope {

/// What a clause of a filter reads. docs/filter.md says each in words.
enum class FilterField : std::uint8_t {
    // of a token in one layer
    Layer,
    Expert,    ///< any of the selected
    First,     ///< the first choice
    Prob,      ///< of FilterClause::expert
    Gate,      ///< of FilterClause::expert; 0 where it was not selected
    Margin,    ///< RouterMeasures::margin
    Decisive,  ///< RouterMeasures::decisiveMargin
    Entropy,   ///< RouterMeasures::entropyBits
    Mass,      ///< RouterMeasures::routedMass
    Repeat,    ///< the first choice of the token before
    // of a token
    LogProb,   ///< ln p, of a generated token
    Surprise,  ///< -log2 p
    Text,
    Token,  ///< its id in the vocabulary
    Index,  ///< in the trace
    Message,
    Role,
    Generated,
    Drafted,
    Routed,
};

/// As a filter writes it: "entropy".
std::string_view fieldName(FilterField field);

/// Numbers between two ends, which belong to it unless they are open.
struct FilterInterval {
    double low = 0;
    double high = 0;
    bool openLow = false;
    bool openHigh = false;
    bool contains(double value) const {
        return (openLow ? value > low : value >= low) && (openHigh ? value < high : value <= high);
    }
};

/// A field and what it is compared with. A number must be in one of the intervals; a text must
/// touch the pattern, or equal it.
struct FilterClause {
    FilterField field = FilterField::Layer;
    int column = 0;
    int expert = -1;  ///< of Prob and Gate; -1 until it is known
    std::vector<FilterInterval> intervals;
    std::optional<TextPattern> pattern;
    bool wholeText = false;
    bool negated = false;
};

/// A filter as a tree. One that does not depend on the layer has the same answer in all of them.
struct FilterNode {
    enum class Kind : std::uint8_t {
        Clause,
        And,
        Or,
        Not,
        Any,  ///< in at least one layer
        All,  ///< in every layer
        None  ///< in no layer
    };
    Kind kind = Kind::Clause;
    std::vector<FilterNode> children;
    FilterClause clause;
    bool perLayer = false;
    int slot = -1;  ///< where the answer for a token is kept; -1: it depends on the layer
};

inline constexpr int kMaxFilterDepth = 32;  ///< of parentheses, "!" and "any:" in one another
inline constexpr int kMaxFilterClauses = 128;
inline constexpr int kMaxFilterNumbers = 128;  ///< in one set

/// The tree, prepared for evaluation: cheap clauses first, answers that do not depend on the layer
/// with their slots. Throws FilterMistake.
struct FilterTree {
    FilterNode root;
    int slots = 0;
};
FilterTree parseFilter(std::string_view text);

}  // namespace gatescope
