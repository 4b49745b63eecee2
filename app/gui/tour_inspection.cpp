#include "app/gui/tour_inspection.h"

#include <algorithm>
#include <array>

#include "app/gui/tour_player.h"
#include "ui/inspection/token_panel.h"

namespace gatescope {
namespace {

using Json = nlohmann::json;

Json dumpOf(const WordChance& word) {
    return {{"token", word.token},
            {"logit", word.logit},
            {"log_prob", word.logProb},
            {"rank", word.rank}};
}

const char* nameOf(ResidualPart::Source source) {
    switch (source) {
        case ResidualPart::Source::Embedding:
            return "embedding";
        case ResidualPart::Source::Attention:
            return "attention";
        case ResidualPart::Source::Expert:
            return "expert";
    }
    return "?";
}

}  // namespace

Json dumpOf(const TokenPanel& panel) {
    if (panel.found() == nullptr) return nullptr;
    const TokenInspection& found = *panel.found();
    Json json{{"token", panel.shownToken()},
              {"chosen", found.chosen ? Json(*found.chosen) : Json()},
              {"words", Json::array()},
              {"lens", Json::array()},
              {"parts", Json::array()},
              {"attention", found.attention}};
    for (const WordChance& word : found.words) json["words"].push_back(dumpOf(word));
    for (const LensLayer& layer : found.lens)
        json["lens"].push_back({{"likeliest", dumpOf(layer.likeliest.front())},
                                {"chosen", layer.chosen ? dumpOf(*layer.chosen) : Json()},
                                {"entropy_bits", layer.entropyBits}});
    for (std::size_t part = 0; part < found.parts.size(); ++part) {
        const ResidualPart& who = found.parts[part];
        Json adds = Json::array();
        for (std::size_t word = 0; word < found.words.size(); ++word)
            adds.push_back(found.contribution(part, word));
        json["parts"].push_back({{"source", nameOf(who.source)},
                                 {"layer", who.layer},
                                 {"expert", who.expert},
                                 {"gate", who.gate},
                                 {"adds", adds}});
    }
    return json;
}

TourPlayer::Progress TourPlayer::inspect(const Json& fields) {
    TokenPanel& panel = window_.token();
    ChatSession& session = window_.bridge().session();
    if (!begun_) {
        if (fields.contains("head")) {
            const ExpertSite head = parseExpertSite(fields["head"].get<std::string>());
            panel.look({head.layer.value, head.expert.value});
        } else {
            panel.look();
        }
        if (!refusal_ && !session.inspecting())
            return failure("there is no token that something stands before");
    }
    if (refusal_) return failure(*refusal_);
    if (session.inspecting()) return unlessLate(fields);
    if (panel.found() == nullptr) return failure("nothing was found out");
    constexpr std::array kPages{"words", "lens", "who", "attention"};
    const auto page = std::find(kPages.begin(), kPages.end(), fields.value("page", ""));
    if (page != kPages.end()) panel.showPage(static_cast<TokenPanel::Page>(page - kPages.begin()));
    return done();
}

}  // namespace gatescope
