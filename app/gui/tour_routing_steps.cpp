// Steps of a tour that look at routing: ranges, modes of the heatmap, replay.

#include <fmt/format.h>

#include <algorithm>

#include "app/gui/tour_player.h"
#include "ui/routing/branch_routing.h"
#include "ui/routing/heatmap_controls.h"
#include "ui/routing/heatmap_panel.h"
#include "ui/routing/waterfall_panel.h"
#include "ui/routing/waterfall_view.h"

namespace gatescope {
namespace {

using Json = nlohmann::json;

Population populationOf(const std::string& name) {
    if (name == "prompt") return Population::Prompt;
    return name == "all" ? Population::All : Population::Generated;
}

}  // namespace

std::optional<int> TourPlayer::tokenOf(const Json& index) const {
    const int size = window_.bridge().session().traceSize();
    const auto wanted = index.get<std::int64_t>();
    if (wanted < -size || wanted >= size) return std::nullopt;
    return static_cast<int>(wanted < 0 ? wanted + size : wanted);
}

TourPlayer::Progress TourPlayer::noToken(const Json& index) const {
    return failure(fmt::format("there is no token {}: the trace has {}",
                               index.get<std::int64_t>(),
                               window_.bridge().session().traceSize()));
}

TourPlayer::Progress TourPlayer::selectRange(const Json& fields) {
    Selection& selection = window_.selection();
    if (fields.at("first").is_null()) {
        selection.selectRange(std::nullopt);
        return done();
    }
    const auto first = tokenOf(fields.at("first"));
    const auto last = tokenOf(fields.at("last"));
    if (!first) return noToken(fields.at("first"));
    if (!last) return noToken(fields.at("last"));
    if (*last < *first) {
        return failure(fmt::format("token {} lies before token {}", *last, *first));
    }
    selection.selectRange(TokenRange{*first, *last + 1});
    return done();
}

TourPlayer::Progress TourPlayer::setMode(const Json& fields) {
    HeatmapPanel& heatmap = window_.heatmap();
    const auto name = fields.at("name").get<std::string>();
    heatmap.setMode(*modeOfName(QString::fromStdString(name)));
    if (fields.contains("half_life"))
        heatmap.controls().setHalfLife(fields.at("half_life").get<int>());
    if (fields.contains("population"))
        heatmap.setPopulation(populationOf(fields.at("population").get<std::string>()));
    return done();
}

TourPlayer::Progress TourPlayer::pinBaseline(const Json& /*fields*/) {
    if (!begun_) window_.heatmap().pinBaseline();
    if (window_.heatmap().pinning()) return unlessLate(Json::object());
    if (window_.heatmap().baselineName().isEmpty()) {
        return failure("there is no token that could be a baseline");
    }
    return done();
}

TourPlayer::Progress TourPlayer::orderRows(const Json& fields) {
    window_.waterfall().view().setRowOrder(fields.at("by") == "expert"
                                               ? WaterfallView::RowOrder::ByExpert
                                               : WaterfallView::RowOrder::ByLayer);
    return done();
}

TourPlayer::Progress TourPlayer::play(const Json& fields) {
    Replay& replay = window_.waterfall().replay();
    if (begun_) return replay.playing() ? waiting() : done();
    const auto end = [&](const char* name, int otherwise) -> Json {
        return fields.contains(name) && !fields[name].is_null() ? fields[name] : Json(otherwise);
    };
    const Json from = end("from", 0);
    const Json to = end("to", -1);
    const auto first = tokenOf(from);
    const auto last = tokenOf(to);
    if (!first) return noToken(from);
    if (!last) return noToken(to);
    if (*last < *first) {
        return failure(fmt::format("token {} lies before token {}", *last, *first));
    }
    if (fields.contains("tokens_per_s")) replay.setSpeed(fields["tokens_per_s"].get<double>());
    replay.playRange({*first, *last + 1});
    return waiting();
}

}  // namespace gatescope
