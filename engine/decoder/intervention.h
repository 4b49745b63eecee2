#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/decoder/layer_top_k.h"
#include "engine/ids.h"
#include "engine/model/model_config.h"
#include "engine/routing/routing_record.h"

namespace gatescope {

/// Adds `amount` to one router logit before the softmax.
struct ExpertBias {
    ExpertSite site;
    float amount = 0;
    friend bool operator==(const ExpertBias&, const ExpertBias&) = default;
};

/// Multiplies the gate of an expert: 0 as `ablate` does, 1 changes nothing. Finite and at least 0:
/// a negative gate would be another thing, a contribution taken away that was never there.
struct ExpertScale {
    ExpertSite site;
    float factor = 1;
    friend bool operator==(const ExpertScale&, const ExpertScale&) = default;
};

/// Two experts of a layer exchange what they compute with, each keeps its row of the router.
struct ExpertSwap {
    LayerId layer;
    ExpertId first;
    ExpertId second;
    friend constexpr auto operator<=>(const ExpertSwap&, const ExpertSwap&) = default;
};

/// How an earlier run was routed, held on to in a new one ("replay routes"): which part of a change
/// is routing, and which is weights or words?
struct RoutePin {
    std::string name;                       ///< where it is from, for people
    std::vector<RoutingRecordPtr> records;  ///< by position in the sequence; null: not covered
    bool gates = false;  ///< the recorded gates as well, instead of this run's own probabilities
    std::string file{};  ///< the recording it is from; empty: the conversation it was pinned in
    /// Of a pin read from a library or a recording, which keep it without its records:
    /// fingerprintOf(), to find them by (engine/store/pinned_routes.h).
    std::string fingerprint{};

    /// The record that a token at `position` is pinned to; null: none.
    const RoutingRecord* at(int position) const {
        const auto index = static_cast<std::size_t>(position);
        return index < records.size() ? records[index].get() : nullptr;
    }
    friend bool operator==(const RoutePin&, const RoutePin&) = default;
};

struct PositionRange {
    int begin = 0;
    int end = 0;  ///< not part of it
    friend bool operator==(const PositionRange&, const PositionRange&) = default;
};

/// Which tokens an InterventionSet acts on: those of a word that is listed, at a position that is
/// listed, and that match the filter. What is empty restricts nothing. A token is the one that
/// goes *in*, as in a RoutingRecord; nothing is known of it but its id, its text and its position.
struct TokenScope {
    std::vector<TokenId> tokens;  ///< rising, each once
    std::vector<PositionRange>
        positions;       ///< in the sequence, from 0; rising, none touches another
    std::string filter;  ///< as a person wrote it; ScopeFilter says what it may ask

    bool everywhere() const { return tokens.empty() && positions.empty() && filter.empty(); }
    bool isListed(int position, TokenId token) const;  ///< whatever the filter says
    friend bool operator==(const TokenScope&, const TokenScope&) = default;
};

/// What the user changes about routing. Applied inside the router in this order:
/// bias (logits) -> softmax over all experts -> top-k without the excluded -> force -> gates ->
/// renormalise -> scale -> ablate; then the experts, those of a swap each with the other's weights.
///  - bias    changes the router probabilities themselves.
///  - topK    0 keeps the model's own numSelected; layerTopK says otherwise for some layers.
///  - exclude routes around an expert: it is never selected, the next best takes its place with its
///            own probability as gate. Router probabilities stay as they were. A logit of -infinity
///            before the softmax, as SteerMoE and llama.cpp leave experts out, would share its
///            probability out among the others and with Grok-1's raw gates make all of them louder:
///            two changes at once. Who wants that has a large negative `bias`.
///  - force   a forced expert is always selected; it takes the place of the weakest selected expert
///            that is not forced itself. Its gate is its own router probability.
///  - scale   multiplies the gate of an expert where it is selected.
///  - ablate  the expert's contribution is zero: router probabilities and the selection stay as
///            they were, its gate becomes 0, and no other expert takes its place.
///  - swap    probabilities, selection and gates stay as they were; what each of the two
///            contributes is computed with the weights of the other.
///  - pin     at a position that is covered, the selection is the recorded one, whatever top-k,
///            exclude and force say. Gates are this run's own probabilities of it, and what follows
///            acts on them; or the recorded ones, which only `ablate` (and a scale of 0) changes.
///            What the router itself says stays in the router probabilities.
///  - scope   all of the above acts on these tokens only; others are computed without. Resolved
///            where a sequence is made (ScopedInterventions); a decoder is given what is in force.
///  - renormalise divides the gates of a token by their sum, before scale and ablation (llama.cpp's
///            rule).
/// Sources: colibri c/abl.h for ablate, exclude and swap ("zero the contribution / route around /
/// swap the module"); SteerMoE, arXiv 2509.09660, for force and bias.
struct InterventionSet {
    std::vector<ExpertSite> ablate;
    std::vector<ExpertSite> exclude;
    std::vector<ExpertSite> force;
    std::vector<ExpertBias> bias;
    std::vector<ExpertScale> scale;
    std::vector<ExpertSwap> swap;
    int topK = 0;
    std::vector<LayerTopK> layerTopK;  ///< rising, none overlaps another
    bool renormalise = false;
    std::shared_ptr<const RoutePin> pin;  ///< null: none
    TokenScope scope;

    bool empty() const;  ///< changes nothing, whatever the scope
    /// Experts that a layer selects.
    int numSelectedIn(LayerId layer, const ModelConfig& config) const;
    /// The most that any layer selects.
    int numSelected(const ModelConfig& config) const;
    friend bool operator==(const InterventionSet& a, const InterventionSet& b);
};

/// "L:E", "L:E:X" and "L:E:F" as command line and tours write them. Throws Error(BadUsage) saying
/// what was expected.
ExpertSite parseExpertSite(std::string_view text);
ExpertBias parseExpertBias(std::string_view text);
ExpertScale parseExpertScale(std::string_view text);
ExpertSwap parseExpertSwap(std::string_view text);
std::string toString(const ExpertSite& site);    ///< "3:5"
std::string toString(const ExpertBias& bias);    ///< "3:5:1.5"
std::string toString(const ExpertScale& scale);  ///< "3:5:0.5"
std::string toString(const ExpertSwap& swap);    ///< "3:5:6"

/// One entry for each intervention: "ablate 3:5", "swap 3:5:6", "top-k 3", "top-k 3-7:4",
/// "renormalise", "pin NAME". The scope is none of them.
std::vector<std::string> describe(const InterventionSet& interventions);

/// "text="the"" of a filter, else "2 ids, 3 ranges"; empty: everywhere.
std::string describe(const TokenScope& scope);

/// Entries of a TokenScope at most, of each list: settings are kept as a small text.
inline constexpr std::size_t kMostScopeEntries = 32768;

/// Throws Error(BadUsage) if a layer, expert, factor, top-k or scope lies outside the model or its
/// range, if more experts are forced in a layer than are selected, one both forced and excluded,
/// one swapped twice, fewer left than are selected, or a pinned record has another shape.
void validate(const InterventionSet& interventions, const ModelConfig& config);

}  // namespace gatescope
