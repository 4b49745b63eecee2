// The steps of a tour that tint and filter tokens, and what a dump says of them.

#include <fmt/format.h>

#include "app/gui/tour_player.h"
#include "ui/chat/chat_panel.h"
#include "ui/chat/filter_bar.h"
#include "ui/chat/tint_bar.h"
#include "ui/routing/token_filter.h"

namespace gatescope {

using Json = nlohmann::json;

TourPlayer::Progress TourPlayer::tint(const Json& fields) {
    TintSetting setting;
    setting.quantity = *tintNamed(QString::fromStdString(fields.at("by").get<std::string>()));
    if (fields.contains("layers"))
        setting.layers = *layersNamed(QString::fromStdString(fields["layers"].get<std::string>()));
    if (fields.contains("layer")) {
        const int layer = fields["layer"].get<int>();
        setting.layers = {TintLayers::Which::Band, layer, layer};
    }
    setting.numbers = fields.value("numbers", false);
    TintBar& bar = window_.chat().tintBar();
    const int layers = bar.sizes().layers;
    if (layers > 0 && setting.layers.first >= layers)
        return failure(fmt::format("there is no layer {}: the model has layers 0 to {}",
                                   setting.layers.first,
                                   layers - 1));
    bar.setSetting(setting);
    return done();
}

TourPlayer::Progress TourPlayer::filter(const Json& fields) {
    FilterBar& bar = window_.chat().filterBar();
    const QString expression = QString::fromStdString(fields.at("expression").get<std::string>());
    if (expression.trimmed().isEmpty()) {
        bar.closeBar();
        return done();
    }
    if (!begun_) bar.showExpression(expression);
    const TokenFilter& found = window_.tokenFilter();
    if (!found.problem().isEmpty()) return failure(found.problem().toStdString());
    return found.complete() ? done() : unlessLate(Json::object());
}

Json TourPlayer::dumpOfTint() const {
    const TintBar& bar = window_.chat().tintBar();
    const TintSetting& setting = bar.setting();
    const auto chance = tintChance(setting.quantity, bar.sizes());
    return {{"by", tintName(setting.quantity).toStdString()},
            {"layers", layersText(setting.layers).toStdString()},
            {"numbers", setting.numbers},
            {"chance", chance ? Json(*chance) : Json()}};
}

Json TourPlayer::dumpOfFilter() const {
    const TokenFilter& filter = window_.tokenFilter();
    const QString& problem = filter.problem();
    return {{"expression", filter.expression().toStdString()},
            {"matches", filter.matches()},
            {"problem", problem.isEmpty() ? Json() : Json(problem.toStdString())}};
}

}  // namespace gatescope
