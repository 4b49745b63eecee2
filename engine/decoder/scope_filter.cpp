#include "engine/decoder/scope_filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/error.h"
#include "engine/io/shown_text.h"
#include "engine/routing/filter/filter_syntax.h"

namespace gatescope {
namespace {

[[noreturn]] void refuse(std::string_view filter, const std::string& problem) {
    throw Error(ErrorKind::BadUsage,
                fmt::format("a scope of \"{}\": {}", shownText(std::string(filter)), problem));
}

bool isKnownBefore(FilterField field) {
    return field == FilterField::Text || field == FilterField::Token || field == FilterField::Index;
}

/// The leftmost clause that asks what cannot be known; null: none does.
const FilterClause* unknowable(const FilterNode& node) {
    if (node.kind == FilterNode::Kind::Clause)
        return isKnownBefore(node.clause.field) ? nullptr : &node.clause;
    const FilterClause* first = nullptr;
    for (const FilterNode& child : node.children) {
        const FilterClause* found = unknowable(child);
        if (found != nullptr && (first == nullptr || found->column < first->column)) first = found;
    }
    return first;
}

bool asksAboutText(const FilterNode& node) {
    if (node.kind == FilterNode::Kind::Clause) return node.clause.field == FilterField::Text;
    return std::ranges::any_of(node.children, asksAboutText);
}

RoutingFilter parsed(std::string_view filter) {
    auto [whole, problem] = RoutingFilter::parse(filter);
    if (!whole) refuse(filter, problem.sentence);
    if (const FilterClause* clause = unknowable(whole->tree().root))
        refuse(filter,
               fmt::format("column {}: {} is not known before a token is computed; an intervention "
                           "can be restricted by text, token and index",
                           clause->column,
                           fieldName(clause->field)));
    return *std::move(whole);
}

}  // namespace

/// The one token asked about, at its position. What stands before it belongs to other messages, as
/// far as the filter sees.
class ScopeFilter::GoesIn : public FilterTokens {
  public:
    explicit GoesIn(const Tokenizer* tokenizer) : tokenizer_(tokenizer) {}

    void set(int position, TokenId token) {
        position_ = position;
        token_ = token;
        const bool isWord =
            tokenizer_ != nullptr && token >= 0 && token < tokenizer_->vocabSize();
        text_ = isWord ? tokenizer_->surface(token).text : std::string();
    }
    int size() const override { return position_ + 1; }
    FilterToken at(int index) const override {
        if (index != position_) return {.message = -1};
        return {.token = token_, .text = text_};
    }

  private:
    const Tokenizer* tokenizer_;
    int position_ = 0;
    TokenId token_ = 0;
    std::string text_;
};

void ScopeFilter::check(std::string_view filter) {
    (void)parsed(filter);
}

ScopeFilter::ScopeFilter(std::string_view filter, const Tokenizer* tokenizer)
    : token_(std::make_unique<GoesIn>(tokenizer)), run_(parsed(filter), *token_) {
    if (tokenizer == nullptr && asksAboutText(parsed(filter).tree().root))
        refuse(filter,
               "this model has no tokenizer, so its tokens have no text: ask about token and "
               "index");
}

ScopeFilter::~ScopeFilter() = default;

bool ScopeFilter::contains(int position, TokenId token) {
    token_->set(position, token);
    return run_.matches(position);
}

}  // namespace gatescope
