#include "engine/routing/filter/routing_filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <numbers>
#include <utility>

#include "engine/check.h"
#include "engine/routing/filter/filter_syntax.h"

namespace gatescope {
namespace {

using Kind = FilterNode::Kind;

/// Empty texts are free of bytes, so a run of them has no end of its own.
constexpr int kMaxNeighbours = 1024;

int reachOf(const FilterNode& node) {
    int reach = node.clause.pattern && !node.clause.wholeText
                    ? static_cast<int>(node.clause.pattern->size()) - 1
                    : 0;
    for (const FilterNode& child : node.children) reach = std::max(reach, reachOf(child));
    return reach;
}

bool inAny(const std::vector<FilterInterval>& intervals, double value) {
    return std::ranges::any_of(intervals, [value](const auto& i) { return i.contains(value); });
}

}  // namespace

RoutingFilter::Parsed RoutingFilter::parse(std::string_view text) {
    // A border: a mistake in what is being typed is an outcome.
    try {
        auto tree = std::make_shared<const FilterTree>(parseFilter(text));
        return {RoutingFilter(std::string(text), std::move(tree)), {}};
    } catch (const FilterMistake& mistake) {
        return {std::nullopt,
                {mistake.column, fmt::format("column {}: {}", mistake.column, mistake.what)}};
    }
}

RoutingFilter::RoutingFilter(std::string text, std::shared_ptr<const FilterTree> tree)
    : text_(std::move(text)), tree_(std::move(tree)), reach_(reachOf(tree_->root)) {}

FilterRun::FilterRun(RoutingFilter filter, const FilterTokens& tokens)
    : filter_(std::move(filter)), tokens_(tokens) {}

bool FilterRun::matches(int index) {
    GS_DCHECK(index >= 0 && index < tokens_.size());
    index_ = index;
    token_ = tokens_.at(index);
    answers_.assign(static_cast<std::size_t>(filter_.tree_->slots), std::nullopt);
    const int layers = token_.routing != nullptr ? token_.routing->numLayers : 0;
    measures_.assign(static_cast<std::size_t>(layers), std::nullopt);
    const FilterNode& root = filter_.tree_->root;
    if (!root.perLayer) return evaluate(root, -1) == Truth::True;
    for (int layer = 0; layer < layers; ++layer)
        if (evaluate(root, layer) == Truth::True) return true;
    return layers == 0 && evaluate(root, -1) == Truth::True;
}

FilterRun::Truth FilterRun::evaluate(const FilterNode& node, int layer) {
    if (node.slot < 0) return compute(node, layer);
    auto& answer = answers_[static_cast<std::size_t>(node.slot)];
    if (!answer) answer = compute(node, layer);
    return *answer;
}

FilterRun::Truth FilterRun::compute(const FilterNode& node, int layer) {
    switch (node.kind) {
        case Kind::Clause:
            return clauseOf(node, layer);
        case Kind::Not:
            return static_cast<Truth>(2 - static_cast<int>(evaluate(node.children[0], layer)));
        case Kind::And:
        case Kind::Or: {
            const bool all = node.kind == Kind::And;
            const Truth decided = truth(!all);
            Truth so = truth(all);
            for (const FilterNode& child : node.children) {
                const Truth next = evaluate(child, layer);
                so = all ? std::min(so, next) : std::max(so, next);
                if (so == decided) break;
            }
            return so;
        }
        default:
            return overLayers(node);
    }
}

FilterRun::Truth FilterRun::overLayers(const FilterNode& node) {
    const FilterNode& child = node.children[0];
    // Without routing there is one layer nothing is known of.
    const int layers = static_cast<int>(measures_.size());
    const bool all = node.kind == Kind::All;
    Truth so = truth(all);
    for (int layer = layers == 0 ? -1 : 0; layer < layers; ++layer) {
        const Truth next = evaluate(child, layer);
        so = all ? std::min(so, next) : std::max(so, next);
        if (so == truth(!all)) break;
    }
    return node.kind == Kind::None ? static_cast<Truth>(2 - static_cast<int>(so)) : so;
}

FilterRun::Truth FilterRun::clauseOf(const FilterNode& node, int layer) {
    const FilterClause& clause = node.clause;
    if (node.perLayer) return layer < 0 ? Truth::Unknown : clauseInLayer(node, layer);
    if (clause.pattern) return textOf(node);
    const auto value = valueOf(node);
    if (!value) return Truth::Unknown;
    if (clause.intervals.empty()) return truth(*value != 0);
    return truth(inAny(clause.intervals, *value) != clause.negated);
}

std::optional<double> FilterRun::valueOf(const FilterNode& node) const {
    switch (node.clause.field) {
        case FilterField::LogProb:
            if (!token_.generated) return std::nullopt;
            return static_cast<double>(token_.logProb);
        case FilterField::Surprise:
            if (!token_.generated) return std::nullopt;
            return -static_cast<double>(token_.logProb) * std::numbers::log2e;
        case FilterField::Token:
            return token_.token;
        case FilterField::Index:
            return index_;
        case FilterField::Message:
            return token_.message;
        case FilterField::Role:
            return token_.assistant ? 1 : 0;
        case FilterField::Generated:
            return token_.generated ? 1 : 0;
        case FilterField::Drafted:
            return token_.drafted ? 1 : 0;
        case FilterField::Routed:
            return token_.routing != nullptr ? 1 : 0;
        default:
            GS_CHECK(false);
            return std::nullopt;
    }
}

FilterRun::Truth FilterRun::clauseInLayer(const FilterNode& node, int layer) {
    const FilterClause& clause = node.clause;
    if (clause.field == FilterField::Repeat) return repeats(layer);
    if (clause.field == FilterField::Expert) {
        const auto selected = token_.routing->layerSelected(layer);
        const bool found = std::ranges::any_of(
            selected, [&clause](auto expert) { return inAny(clause.intervals, expert); });
        return truth(found != clause.negated);
    }
    const auto value = valueInLayer(node, layer);
    if (!value) return Truth::Unknown;
    return truth(inAny(clause.intervals, *value) != clause.negated);
}

std::optional<double> FilterRun::valueInLayer(const FilterNode& node, int layer) {
    const RoutingRecord& record = *token_.routing;
    const auto selected = record.layerSelected(layer);
    const int expert = node.clause.expert;
    switch (node.clause.field) {
        case FilterField::Layer:
            return layer;
        case FilterField::First:
            if (selected.empty()) return std::nullopt;
            return selected[0];
        case FilterField::Prob:
            if (expert >= record.numExperts) return std::nullopt;
            return record.layerProbs(layer)[static_cast<std::size_t>(expert)];
        case FilterField::Gate: {
            if (expert >= record.numExperts) return std::nullopt;
            const auto at = std::ranges::find(selected, expert);
            if (at == selected.end()) return 0;
            return record.layerGates(layer)[static_cast<std::size_t>(at - selected.begin())];
        }
        case FilterField::Margin:
            return measuresOf(layer).margin;
        case FilterField::Decisive:
            return measuresOf(layer).decisiveMargin;
        case FilterField::Entropy:
            return measuresOf(layer).entropyBits;
        case FilterField::Mass:
            return measuresOf(layer).routedMass;
        default:
            GS_CHECK(false);
            return std::nullopt;
    }
}

const RouterMeasures& FilterRun::measuresOf(int layer) {
    auto& measures = measures_[static_cast<std::size_t>(layer)];
    if (!measures)
        measures =
            measureRouter(token_.routing->layerProbs(layer), token_.routing->layerSelected(layer));
    return *measures;
}

FilterRun::Truth FilterRun::repeats(int layer) const {
    if (index_ == 0) return Truth::Unknown;
    const RoutingRecord* before = tokens_.at(index_ - 1).routing;
    if (before == nullptr || layer >= before->numLayers) return Truth::Unknown;
    const auto mine = token_.routing->layerSelected(layer);
    const auto theirs = before->layerSelected(layer);
    if (mine.empty() || theirs.empty()) return Truth::Unknown;
    return truth(mine[0] == theirs[0]);
}

// A text may be cut anywhere by the tokenizer, so the neighbours' texts are looked at as far as an
// occurrence can reach; not beyond the message.
FilterRun::Truth FilterRun::textOf(const FilterNode& node) const {
    const FilterClause& clause = node.clause;
    const TextPattern& pattern = *clause.pattern;
    if (clause.wholeText)
        return truth((foldCase(trimmed(token_.text)) == pattern.folded()) != clause.negated);
    if (token_.text.empty()) return Truth::False;
    const std::size_t reach = pattern.size() - 1;
    std::string before;
    const int first = std::max(0, index_ - kMaxNeighbours);
    for (int i = index_ - 1; i >= first && before.size() < reach; --i) {
        const FilterToken neighbour = tokens_.at(i);
        if (neighbour.message != token_.message) break;
        const std::size_t wanted = std::min(reach - before.size(), neighbour.text.size());
        before.insert(0, neighbour.text.substr(neighbour.text.size() - wanted));
    }
    std::string text = before;
    text += token_.text;
    const std::size_t end = text.size();
    const int last = std::min(tokens_.size() - 1, index_ + kMaxNeighbours);
    for (int i = index_ + 1; i <= last && text.size() < end + reach; ++i) {
        const FilterToken neighbour = tokens_.at(i);
        if (neighbour.message != token_.message) break;
        text += neighbour.text.substr(0, end + reach - text.size());
    }
    return truth(pattern.touches(foldCase(text), before.size(), end));
}

std::vector<int> matchesOf(const RoutingFilter& filter, const FilterTokens& tokens) {
    FilterRun run(filter, tokens);
    std::vector<int> matches;
    for (int i = 0; i < tokens.size(); ++i)
        if (run.matches(i)) matches.push_back(i);
    return matches;
}

int firstAffected(const RoutingFilter& filter, const FilterTokens& tokens, int changed) {
    int bytes = 0;
    const int first = std::max(0, changed - kMaxNeighbours);
    while (changed > first && bytes < filter.reach()) {
        --changed;
        bytes += static_cast<int>(std::min<std::size_t>(tokens.at(changed).text.size(), 1 << 20));
    }
    return changed;
}

}  // namespace gatescope
