#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "engine/ids.h"
#include "engine/routing/routing_record.h"
#include "engine/routing/statistic.h"

namespace gatescope {

inline constexpr std::int32_t kNoLabel = -1;

/// Which experts the tokens of a label go to. A label is what the caller tags tokens with: a domain
/// (code, Chinese, ...) or a vocabulary id. Each add and remove costs O(layers * k) and finding the
/// label, exactly undone; memory is O(labels * layers * experts). Used by one thread.
class LabelStats {
  public:
    LabelStats(int numLayers, int numExperts);

    /// kNoLabel: the token is left out. Requires label >= 0 otherwise, and the shape given above.
    void add(std::int32_t label, const RoutingRecord& record) { accumulate(label, record, 1); }
    void remove(std::int32_t label, const RoutingRecord& record) { accumulate(label, record, -1); }
    void clear();

    int numLayers() const { return numLayers_; }
    int numExperts() const { return numExperts_; }
    std::int64_t tokens() const { return tokens_; }  ///< with a label
    std::vector<std::int32_t> labels() const;        ///< those that have tokens, rising
    std::int64_t tokens(std::int32_t label) const;

    // Domain specialisation: count is the label's tokens; thin below kThinBelow of them. Source:
    // OLMoE (arXiv 2409.02060), section 5.3.

    /// n(e, label) / tokens(label). By chance k/E, binomial.
    Statistic share(std::int32_t label, int layer, int expert) const;
    /// The same of first choices. By chance 1/E.
    Statistic firstShare(std::int32_t label, int layer, int expert) const;
    /// Mutual information of label and first choice (information.h): what a layer knows of domains.
    Statistic information(int layer) const;

    /// What visits every label's first choices in a layer: f(label, tokens, counts [numExperts]).
    template <class Visit>
    void eachLabel(int layer, const Visit& visit) const {
        const auto experts = static_cast<std::size_t>(numExperts_);
        for (const auto& [label, sums] : labels_)
            visit(
                label,
                sums.tokens,
                std::span(sums.firsts).subspan(static_cast<std::size_t>(layer) * experts, experts));
    }

    friend bool operator==(const LabelStats&, const LabelStats&) = default;

  private:
    struct LabelSums {
        std::int64_t tokens = 0;
        std::vector<std::int64_t> assignments;  ///< [numLayers]
        std::vector<std::int32_t> counts;       ///< [numLayers, numExperts]
        std::vector<std::int32_t> firsts;       ///< [numLayers, numExperts]
        friend bool operator==(const LabelSums&, const LabelSums&) = default;
    };
    void accumulate(std::int32_t label, const RoutingRecord& record, int sign);
    std::size_t cell(int layer, int expert) const;

    int numLayers_;
    int numExperts_;
    std::int64_t tokens_ = 0;
    std::map<std::int32_t, LabelSums> labels_;
};

/// Of which id of a token its vocabulary specialisation is.
enum class VocabularyLabel {
    Input,          ///< the id that went in, whose routing it is
    PredictedNext,  ///< the id the model thinks most likely behind it
    TrueNext,       ///< the id that came
};

/// What is known of the tokens of a trace, one entry each.
struct TokenIds {
    std::span<const TokenId> input;
    std::span<const TokenId>
        predictedNext;  ///< empty: not known (of recordings made before they kept it)
};

/// The labels for LabelStats. TrueNext of the last token and PredictedNext where it is not known
/// are kNoLabel; TrueNext looks beyond a range's end, as the token behind it is known.
std::vector<std::int32_t> vocabularyLabels(const TokenIds& ids, VocabularyLabel which);

/// How far an expert, or a layer, belongs to certain vocabulary ids.
struct VocabularySpecialisation {
    /// Mean over the ids whose favourite first choice the expert is (the lower one on a tie) of the
    /// share of the id's tokens that chose it. `chance.level` is the mean of what a favourite has
    /// by chance with as many tokens (chanceFavouriteShare): subtract it. The count is ids, thin
    /// below kThinBelow of them.
    std::vector<Statistic> experts;  ///< [numExperts]
    Statistic layer;                 ///< the same over all ids
};

/// Ids with fewer than `leastTokens` tokens do not count: an id seen once has 100 % by itself. Only
/// first choices: what a favourite of several selected has by chance is not known in closed form.
/// Source: OLMoE, section 5.4; the minimum and the chance level are ours. Requires leastTokens >=
/// 1.
VocabularySpecialisation vocabularySpecialisation(const LabelStats& stats,
                                                  int layer,
                                                  std::int64_t leastTokens = kThinBelow);

}  // namespace gatescope
