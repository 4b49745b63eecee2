// Steps of a tour that compare runs, and what a dump says of the comparison.
#include "app/gui/tour_player.h"
#include "ui/compare/compare_panel.h"
#include "ui/compare/difference_map.h"

namespace gatescope {
namespace {

using Json = nlohmann::json;

const QString& dockName() {
    static const QString name = QStringLiteral("compare");
    return name;
}

Json routingOf(const ComparePanel& panel) {
    const RoutingDifference* difference = panel.comparison().difference();
    if (difference == nullptr || panel.map().isEmpty()) return {};
    Json cells = Json::array();
    Json saturation = Json::array();
    for (int layer = 0; layer < difference->numLayers(); ++layer) {
        Json row = Json::array();
        for (int expert = 0; expert < difference->numExperts(); ++expert)
            row.push_back(difference->cell(layer, expert).probability);
        cells.push_back(std::move(row));
        const auto value = difference->saturation(layer).value;
        saturation.push_back(value ? Json(*value) : Json());
    }
    return {{"difference", cells},
            {"cells_beyond_noise", panel.map().standing()},
            {"saturation", saturation}};
}

}  // namespace

// Done when both replies and their comparison are there.
TourPlayer::Progress TourPlayer::rerun(const Json& /*fields*/) {
    ComparePanel& panel = window_.compare();
    if (!begun_) {
        window_.showView(dockName());
        const QString problem = panel.rerun();
        if (!problem.isEmpty()) return failure(problem.toStdString());
    }
    if (refusal_) return failure(*refusal_);
    const bool running = panel.busy() || window_.bridge().session().generating();
    return running ? unlessLate(Json::object()) : done();
}

TourPlayer::Progress TourPlayer::compare(const Json& fields) {
    ComparePanel& panel = window_.compare();
    if (!begun_) window_.showView(dockName());
    if (refusal_) return failure(*refusal_);
    if (panel.busy() || window_.bridge().session().generating()) return unlessLate(Json::object());
    if (comparing_ == current_) return done();
    comparing_ = current_;
    const QString problem =
        panel.compareVersions(fields.at("a").get<int>(), fields.at("b").get<int>());
    return problem.isEmpty() ? waiting() : failure(problem.toStdString());
}

nlohmann::json TourPlayer::dumpOfComparison() const {
    const ComparePanel& panel = window_.compare();
    const Comparison& comparison = panel.comparison();
    if (comparison.empty()) return {};
    const AlignmentCounts& n = comparison.counts();
    Json kl = Json::array();
    for (int i = 0; i < static_cast<int>(comparison.a().tokens.size()); ++i) {
        const auto bits = comparison.klBits(i);
        kl.push_back(bits ? Json(*bits) : Json());
    }
    Json pairs = Json::array();
    for (const AlignedPair& pair : comparison.pairs())
        if (pair.kind == PairKind::Same) pairs.push_back({pair.a, pair.b});
    return {{"same", n.same},
            {"substituted", n.substituted},
            {"only_a", n.deleted},
            {"only_b", n.inserted},
            {"pairs", std::move(pairs)},
            {"over", comparison.over() == ComparedTokens::Aligned ? "pairs" : "all"},
            {"kl_bits", kl},
            {"routing", routingOf(panel)},
            {"summary", panel.summary().toStdString()}};
}

}  // namespace gatescope
