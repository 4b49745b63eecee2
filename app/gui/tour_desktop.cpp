// Steps about the window as a program of the desktop: looks, text size, the command palette.
#include <fmt/format.h>

#include "app/gui/tour_player.h"
#include "ui/theme/theme_choice.h"
#include "ui/window/command_palette.h"

namespace gatescope {
namespace {

using Json = nlohmann::json;

QString textOf(const Json& value) {
    return QString::fromStdString(value.get<std::string>());
}

}  // namespace

TourPlayer::Progress TourPlayer::setTheme(const Json& fields) {
    if (window_.setTheme(textOf(fields.at("name")))) return done();
    return failure(fmt::format("there is no theme \"{}\": the themes are {}",
                               fields.at("name").get<std::string>(),
                               ThemeChoice::names().join(QStringLiteral(", ")).toStdString()));
}

TourPlayer::Progress TourPlayer::setTextSize(const Json& fields) {
    window_.setTextSize(fields.at("percent").get<int>());
    return done();
}

TourPlayer::Progress TourPlayer::usePalette(const Json& fields) {
    CommandPalette& palette = window_.commandPalette();
    if (fields.at("query").is_null()) {
        palette.close();
        return done();
    }
    palette.openWith(textOf(fields.at("query")));
    if (!fields.value("run", false) || palette.runCurrent()) return done();
    const auto query = fields.at("query").get<std::string>();
    if (palette.model().rowCount() == 0)
        return failure(fmt::format("nothing in the palette is called \"{}\"", query));
    const PaletteEntry& entry = palette.model().at(palette.currentRow());
    return failure(fmt::format(
        "\"{}\" cannot be done now: {}", entry.title.toStdString(), entry.whyNot.toStdString()));
}

Json TourPlayer::dumpOfDesktop() const {
    Json palette;
    if (CommandPalette& shown = window_.commandPalette(); shown.isVisible()) {
        Json found = Json::array();
        for (int row = 0; row < shown.model().rowCount(); ++row)
            found.push_back(shown.model().at(row).title.toStdString());
        palette = {{"query", shown.query().toStdString()},
                   {"found", found},
                   {"chosen", shown.currentRow()}};
    }
    return {{"theme", window_.themeChoice().toStdString()},
            {"text_size", window_.theme().textSize()},
            {"palette", palette}};
}

}  // namespace gatescope
