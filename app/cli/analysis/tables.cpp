#include "app/cli/analysis/tables.h"

#include <limits>

namespace gatescope::cli {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

using Layers = std::vector<int>;

Layers chosenLayers(const Analysis& a, std::optional<int> only) {
    Layers layers;
    for (int layer = 0; layer < a.load.numLayers(); ++layer)
        if (!only || *only == layer) layers.push_back(layer);
    return layers;
}

Table layerTable(const Analysis& a, const Layers& layers) {
    Table table{"layers", {"layer"}, {}};
    for (const int layer : layers)
        for (const auto& [name, statistic] : layerRows(a, layer))
            table.rows.push_back({{layer}, name, statistic, {}});
    return table;
}

Table expertTable(const Analysis& a, const Layers& layers) {
    Table table{"experts", {"layer", "expert"}, {}};
    for (const int layer : layers) {
        const auto input = vocabularySpecialisation(a.inputIds, layer).experts;
        const auto predicted = vocabularySpecialisation(a.predictedIds, layer).experts;
        const auto next = vocabularySpecialisation(a.nextIds, layer).experts;
        for (int expert = 0; expert < a.load.numExperts(); ++expert) {
            const auto e = static_cast<std::size_t>(expert);
            for (const auto& [name, statistic] : expertStatistics(a.load, layer, expert))
                table.rows.push_back({{layer, expert}, name, statistic, {}});
            table.rows.push_back({{layer, expert}, "vocabulary_input", input[e], {}});
            table.rows.push_back({{layer, expert}, "vocabulary_predicted_next", predicted[e], {}});
            table.rows.push_back({{layer, expert}, "vocabulary_true_next", next[e], {}});
        }
    }
    return table;
}

Table pairTable(const Analysis& a, const Layers& layers) {
    Table table{"pairs", {"layer", "expert", "with"}, {}};
    if (!a.pairs) return table;
    const CoactivationStats& pairs = *a.pairs;
    for (const int layer : layers)
        for (int i = 0; i < pairs.numExperts(); ++i)
            for (int j = 0; j < pairs.numExperts(); ++j) {
                if (i == j) continue;
                const std::vector<int> keys{layer, i, j};
                table.rows.push_back({keys, "coactivation", pairs.coactivation(layer, i, j), {}});
                if (i > j) continue;
                table.rows.push_back({keys, "pair_share", pairs.pairShare(layer, i, j), {}});
                table.rows.push_back({keys, "lift", pairs.lift(layer, i, j), {}});
                table.rows.push_back({keys, "phi", pairs.phi(layer, i, j), {}});
            }
    return table;
}

void addTransitions(const TransitionStats& t, int experts, Table& informations, Table& cells) {
    const std::vector<int> layers{t.from(), t.to()};
    informations.rows.push_back({layers, "first_information_bits", t.firstInformation(), {}});
    informations.rows.push_back({layers, "mass_information_bits", t.massInformation(), {}});
    for (int i = 0; i < experts; ++i)
        for (int j = 0; j < experts; ++j) {
            const std::vector<int> keys{t.from(), t.to(), i, j};
            cells.rows.push_back({keys, "first", t.first(i, j), {}});
            cells.rows.push_back({keys, "selected", t.selected(i, j), {}});
            cells.rows.push_back({keys, "mass", t.mass(i, j), {}});
        }
}

Table domainTable(const LabelStats& domains, const Layers& layers) {
    Table table{"domains", {"domain", "layer", "expert"}, {}};
    for (const int domain : domains.labels())
        for (const int layer : layers)
            for (int expert = 0; expert < domains.numExperts(); ++expert) {
                const std::vector<int> keys{domain, layer, expert};
                table.rows.push_back({keys, "share", domains.share(domain, layer, expert), {}});
                table.rows.push_back(
                    {keys, "first_share", domains.firstShare(domain, layer, expert), {}});
            }
    return table;
}

Table saturationTable(const Comparison& comparison, const Layers& layers) {
    Table table{"saturation", {"layer"}, {}};
    for (const int layer : layers) {
        table.rows.push_back({{layer}, "saturation", comparison.saturation.saturation(layer), {}});
        table.rows.push_back({{layer}, "same_first", comparison.saturation.sameFirst(layer), {}});
    }
    return table;
}

Table contrastTable(const Analysis& a, const Comparison& comparison, std::optional<int> only) {
    Table table{"contrasts", {"layer", "expert"}, {}};
    for (const Contrast& c : rankedContrasts(a.load, comparison.load)) {
        if (only && *only != c.layer) continue;
        const Statistic difference{.value = c.difference,
                                   .count = std::min(c.tokensA, c.tokensB),
                                   .chance = ChanceBand{0, kUnknown, kUnknown},
                                   .thin = c.thin};
        table.rows.push_back(
            {{c.layer, c.expert}, "contrast", difference, ChanceBand{c.difference, c.low, c.high}});
    }
    return table;
}

}  // namespace

std::vector<NamedStatistic> layerRows(const Analysis& a, int layer) {
    auto rows = layerStatistics(a.load, layer);
    rows.push_back({"same_first", a.adjacent.sameFirst(layer)});
    rows.push_back({"sets_meet", a.adjacent.setsMeet(layer)});
    rows.push_back({"jaccard", a.adjacent.jaccard(layer)});
    rows.push_back({"run_length", a.adjacent.runLength(layer)});
    rows.push_back({"vocabulary_input", vocabularySpecialisation(a.inputIds, layer).layer});
    rows.push_back(
        {"vocabulary_predicted_next", vocabularySpecialisation(a.predictedIds, layer).layer});
    rows.push_back({"vocabulary_true_next", vocabularySpecialisation(a.nextIds, layer).layer});
    if (a.domains) rows.push_back({"domain_information_bits", a.domains->information(layer)});
    return rows;
}

std::vector<Table> tablesOf(const Analysis& analysis,
                            const Comparison* comparison,
                            std::optional<int> layer) {
    const Layers layers = chosenLayers(analysis, layer);
    std::vector<Table> tables{
        layerTable(analysis, layers), expertTable(analysis, layers), pairTable(analysis, layers)};
    Table informations{"layer_pairs", {"layer", "to_layer"}, {}};
    Table cells{"transitions", {"layer", "to_layer", "expert", "to_expert"}, {}};
    for (const auto& transitions : analysis.transitions)
        addTransitions(transitions, analysis.load.numExperts(), informations, cells);
    tables.push_back(std::move(informations));
    tables.push_back(std::move(cells));
    if (analysis.domains) tables.push_back(domainTable(*analysis.domains, layers));
    if (comparison != nullptr) {
        tables.push_back(saturationTable(*comparison, layers));
        tables.push_back(contrastTable(analysis, *comparison, layer));
    }
    return tables;
}

}  // namespace gatescope::cli
