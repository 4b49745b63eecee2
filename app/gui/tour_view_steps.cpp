// Steps of a tour that work in one dock, and what a dump says of those in sight.

#include <fmt/format.h>

#include <QDockWidget>
#include <algorithm>

#include "app/gui/tour_player.h"
#include "app/gui/tour_views.h"
#include "ui/compare/find_panel.h"
#include "ui/conversations/conversation_panel.h"
#include "ui/docks/model_panel.h"
#include "ui/inspection/attention_panel.h"
#include "ui/routing/waterfall_panel.h"
#include "ui/routing/waterfall_view.h"
#include "ui/statistics/contrast_panel.h"
#include "ui/statistics/transition_panel.h"

namespace gatescope {
namespace {

using Json = nlohmann::json;

QStringList promptsOf(const Json& texts) {
    QStringList prompts;
    for (const Json& text : texts) prompts << QString::fromStdString(text.get<std::string>());
    return prompts;
}

}  // namespace

TourPlayer::Progress TourPlayer::pinContrast(const Json& /*fields*/) {
    if (window_.bridge().session().traceSize() == 0)
        return failure("there is no token to hold others against");
    window_.findChild<ContrastPanel*>()->pin();
    return done();
}

TourPlayer::Progress TourPlayer::mapAttention(const Json& fields) {
    auto& panel = *window_.findChild<AttentionPanel*>();
    const ChatSession& session = window_.bridge().session();
    if (!begun_) {
        window_.showView(QStringLiteral("attention"));
        const ExpertSite head = parseExpertSite(fields.at("head").get<std::string>());
        panel.look({head.layer.value, head.expert.value});
        if (!refusal_ && !session.inspecting()) return failure("there is no token that looks");
    }
    if (refusal_) return failure(*refusal_);
    if (session.inspecting()) return unlessLate(fields);
    return panel.map() != nullptr ? done() : failure("nothing was found out");
}

TourPlayer::Progress TourPlayer::findExperts(const Json& fields) {
    auto& panel = *window_.findChild<FindPanel*>();
    if (!begun_) {
        window_.showView(QStringLiteral("find"));
        panel.find(promptsOf(fields.at("a")), promptsOf(fields.at("b")));
    }
    if (refusal_) return failure(*refusal_);
    if (panel.search().running()) return unlessLate(fields);
    return panel.search().done() == panel.search().total() ? done()
                                                           : failure("the search was broken off");
}

TourPlayer::Progress TourPlayer::showTransitions(const Json& fields) {
    auto& panel = *window_.findChild<TransitionPanel*>();
    const auto model = window_.bridge().session().model();
    const int from = fields.value("from", panel.from());
    const int to = fields.value("to", panel.to());
    if (model && std::max(from, to) >= model->config.numLayers)
        return failure(fmt::format("there is no layer {}: the model has layers 0 to {}",
                                   std::max(from, to),
                                   model->config.numLayers - 1));
    window_.showView(panel.dockName());
    panel.setLayers(from, to);
    if (fields.contains("as"))
        panel.setView(fields["as"] == "flow" ? TransitionPanel::View::Flow
                                             : TransitionPanel::View::Grid);
    return done();
}

// The list of tensors comes by itself; routers and histogram are read when a person asks for them.
TourPlayer::Progress TourPlayer::lookAtModel(const Json& fields) {
    auto& panel = *window_.findChild<ModelPanel*>();
    if (!window_.bridge().session().model()) return failure("no model is open");
    const std::string page = fields.value("page", "");
    if (!begun_) {
        window_.showView(QStringLiteral("model"));
        if (page == "routers") panel.readRouters();
    }
    if (panel.reading()) return unlessLate(fields);
    if (!page.empty())
        panel.showPage(page == "routers" ? ModelPanel::Page::Routers
                       : page == "plan"  ? ModelPanel::Page::Plan
                       : page == "heat"  ? ModelPanel::Page::Heat
                                         : ModelPanel::Page::Tensors);
    if (!fields.contains("tensor")) return done();
    const auto path = fields["tensor"].get<std::string>();
    if (chosenTensor_ == current_)
        return panel.histogram() != nullptr ? done() : failure(panel.detail().toStdString());
    chosenTensor_ = current_;
    return panel.chooseTensor(QString::fromStdString(path))
               ? waiting()
               : failure(fmt::format("there is no parameter {}", path));
}

/// Those in sight have counted, read and drawn all there is; the others do nothing.
bool TourPlayer::viewsComplete() const {
    const auto charts = window_.findChildren<ChartFrame*>();
    const WaterfallView& waterfall = window_.waterfall().view();
    const auto& model = *window_.findChild<ModelPanel*>();
    return (!waterfall.isVisible() || waterfall.complete()) &&
           (!model.isVisible() || !model.reading()) &&
           std::ranges::all_of(charts, [](const ChartFrame* chart) {
               return !chart->isVisible() || chart->upToDate();
           });
}

Json TourPlayer::dumpOfCharts() const {
    Json charts = Json::object();
    for (const ChartFrame* chart : window_.findChildren<ChartFrame*>())
        if (chart->isVisible()) charts[chart->dockName().toStdString()] = dumpOf(*chart);
    return charts;
}

/// `views`: each dock, and whether it is in sight; then those that have no other part of a dump,
/// null where they are not in sight.
Json TourPlayer::dumpOfViews() const {
    Json views = Json::object();
    for (const QDockWidget* dock : window_.findChildren<QDockWidget*>())
        views[dock->objectName().toStdString()] = dock->widget()->isVisible();
    const auto inSight = [](const auto& widget, const auto& shown) {
        return widget.isVisible() ? dumpOf(shown) : Json();
    };
    const auto& model = *window_.findChild<ModelPanel*>();
    const auto& find = *window_.findChild<FindPanel*>();
    auto& conversations = *window_.findChild<ConversationPanel*>();
    const WaterfallView& waterfall = window_.waterfall().view();
    Json json{{"views", std::move(views)},
              {"waterfall", inSight(waterfall, waterfall)},
              {"model", inSight(model, model)},
              {"find", inSight(find, find)},
              {"conversations", inSight(conversations, conversations.model())}};
    const auto open = window_.bridge().session().model();
    if (open && !json["model"].is_null()) json["model"]["plan"] = dumpOf(open->plan);
    return json;
}

}  // namespace gatescope
