#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ids.h"
#include "engine/routing/filter/filter_lexer.h"
#include "engine/routing/router_measures.h"
#include "engine/routing/routing_record.h"

namespace gatescope {

struct FilterNode;
struct FilterTree;

/// A token as a filter sees it. What it points to lives until the branch changes.
struct FilterToken {
    TokenId token = 0;
    std::string_view text;  ///< UTF-8
    int message = 0;        ///< index in the branch
    bool assistant = false;
    bool generated = false;
    bool drafted = false;
    float logProb = 0;                       ///< ln p, of generated tokens
    const RoutingRecord* routing = nullptr;  ///< null: not computed
};

/// Where the tokens of a branch come from: a conversation in the window, messages of a file.
class FilterTokens {
  public:
    virtual ~FilterTokens() = default;
    virtual int size() const = 0;
    /// Requires 0 <= index < size().
    virtual FilterToken at(int index) const = 0;
};

/// A question about tokens, their routing and their text: `layer=17 & expert=3 & margin<0.05 &
/// text~"self"`. Read for one layer at a time, a token matches when the whole holds in at least one
/// of them; `all:`, `any:` and `none:` ask about all layers for themselves. A comparison with what
/// a token does not have (routing that was not computed, the probability of a prompt's token) is
/// neither true nor false, nor is its negation. docs/filter.md is the definition. Immutable; may be
/// shared by threads. Cheap to copy.
class RoutingFilter {
  public:
    /// One of the two.
    struct Parsed;
    /// Never throws for what somebody typed, however wrong, long or nested.
    static Parsed parse(std::string_view text);

    const std::string& text() const { return text_; }
    /// For who has to know what it asks about (filter_syntax.h).
    const FilterTree& tree() const { return *tree_; }
    /// How many bytes of its neighbours' texts can decide about a token.
    int reach() const { return reach_; }

  private:
    friend class FilterRun;
    RoutingFilter(std::string text, std::shared_ptr<const FilterTree> tree);

    std::string text_;
    std::shared_ptr<const FilterTree> tree_;
    int reach_ = 0;
};

struct RoutingFilter::Parsed {
    std::optional<RoutingFilter> filter;
    FilterProblem problem;
};

/// A filter at work on the tokens of one branch. Keeps what it computed of the token asked last;
/// O(layers * comparisons) a token. Used by one thread; `tokens` must outlive it.
class FilterRun {
  public:
    FilterRun(RoutingFilter filter, const FilterTokens& tokens);

    /// Requires 0 <= index < tokens.size().
    bool matches(int index);

  private:
    enum class Truth : std::int8_t { False, Unknown, True };
    static Truth truth(bool value) { return value ? Truth::True : Truth::False; }

    Truth evaluate(const FilterNode& node, int layer);
    Truth compute(const FilterNode& node, int layer);
    Truth overLayers(const FilterNode& node);
    Truth clauseOf(const FilterNode& node, int layer);
    Truth clauseInLayer(const FilterNode& node, int layer);
    std::optional<double> valueOf(const FilterNode& node) const;
    std::optional<double> valueInLayer(const FilterNode& node, int layer);
    Truth repeats(int layer) const;
    Truth textOf(const FilterNode& node) const;
    const RouterMeasures& measuresOf(int layer);

    const RoutingFilter filter_;
    const FilterTokens& tokens_;
    int index_ = 0;
    FilterToken token_;
    std::vector<std::optional<Truth>> answers_;            ///< [slots] of this token
    std::vector<std::optional<RouterMeasures>> measures_;  ///< [layers] of this token
};

/// Indices of the tokens that match, all at once: for files and the command line.
std::vector<int> matchesOf(const RoutingFilter& filter, const FilterTokens& tokens);

/// The first token whose answer can change when the tokens from `changed` on are new.
int firstAffected(const RoutingFilter& filter, const FilterTokens& tokens, int changed);

}  // namespace gatescope
