#include "app/gui/tour_views.h"

#include <algorithm>

#include "engine/plan/memory_plan.h"
#include "ui/compare/find_panel.h"
#include "ui/docks/model_panel.h"
#include "ui/models/conversation_list_model.h"
#include "ui/models/tensor_tree_model.h"
#include "ui/routing/waterfall_view.h"
#include "ui/statistics/chart_frame.h"
#include "ui/statistics/sankey_view.h"

namespace gatescope {
namespace {

using Json = nlohmann::json;

Json tensorsOf(const TensorTreeModel& model) {
    Json tensors = Json::array();
    for (int group = 0; group < model.rowCount(); ++group) {
        const QModelIndex parent = model.index(group, 0);
        for (int row = 0; row < model.rowCount(parent); ++row) {
            const TensorLayout& layout = model.tensorAt(model.index(row, 0, parent))->layout;
            const QModelIndex place = model.index(row, TensorTreeModel::Place, parent);
            tensors.push_back({{"path", layout.slot.path},
                               {"layer", layout.slot.layer},
                               {"shape", layout.slot.shape},
                               {"type", name(layout.dtype)},
                               {"bytes", layout.dataBytes() + layout.scaleBytes()},
                               {"place", place.data().toString().toStdString()}});
        }
    }
    return tensors;
}

Json routersOf(const std::vector<RouterGeometry>& routers) {
    Json json = Json::array();
    for (const RouterGeometry& g : routers) {
        Json cosines = Json::array();
        for (int a = 0; a < g.numExperts; ++a) {
            Json row = Json::array();
            for (int b = 0; b < g.numExperts; ++b) row.push_back(g.cosine(a, b));
            cosines.push_back(std::move(row));
        }
        json.push_back({{"layer", g.layer}, {"norms", g.norms}, {"cosines", cosines}});
    }
    return json;
}

Json histogramOf(const TensorHistogram* h) {
    if (h == nullptr) return nullptr;
    return {{"low", h->low},
            {"high", h->high},
            {"mean", h->mean},
            {"deviation", h->deviation},
            {"zeros", h->zeros},
            {"counts", h->counts}};
}

Json flowOf(const SankeyFrame& frame) {
    Json amounts = Json::array();
    for (auto row = frame.amounts.begin(); row != frame.amounts.end(); row += frame.experts)
        amounts.push_back(std::vector(row, row + frame.experts));
    return {{"from", frame.fromLayer}, {"to", frame.toLayer}, {"amounts", std::move(amounts)}};
}

}  // namespace

Json dumpOf(const ChartFrame& chart) {
    const StatisticTable table = chart.numbers();
    Json rows = Json::array();
    for (const StatisticRow& row : table.rows) {
        const Statistic& s = row.statistic;
        rows.push_back(
            {{"keys", row.keys},
             {"statistic", row.name},
             {"value", s.value ? Json(*s.value) : Json()},
             {"count", s.count},
             {"chance", s.chance ? Json(s.chance->level) : Json()},
             {"interval", row.interval ? Json{row.interval->low, row.interval->high} : Json()}});
    }
    Json json{{"summary", chart.summary().toStdString()},
              {"keys", table.keys},
              {"rows", std::move(rows)}};
    const auto* flow = chart.findChild<SankeyView*>();
    if (flow != nullptr && flow->isVisible()) json["flow"] = flowOf(flow->frame());
    return json;
}

Json dumpOf(const WaterfallView& view) {
    const WaterfallPyramid& pyramid = view.pyramid();
    const TimeAxis& axis = view.axis();
    const int experts = view.numExperts();
    if (experts == 0) return nullptr;
    const int inSample = 1 << axis.level();
    const int all = (pyramid.columns() + inSample - 1) / inSample;
    const int first = std::clamp(axis.samplesAt(0).first, 0, all);
    const int end = std::clamp(axis.samplesAt(axis.width() - 1).end, first, all);
    Json lines = Json::array();
    Json peaks = Json::array();
    for (const int row : view.picture().order()) {
        lines.push_back({row / experts, row % experts});
        Json line = Json::array();
        for (int sample = first; sample < end; ++sample)
            line.push_back(unpackProbability(pyramid.sample(axis.level(), sample).high[row]));
        peaks.push_back(std::move(line));
    }
    const bool byLayer = view.rowOrder() == WaterfallView::RowOrder::ByLayer;
    return {{"row_order", byLayer ? "layer" : "expert"},
            {"tokens", pyramid.columns()},
            {"follows", view.follows()},
            {"tokens_in_a_sample", inSample},
            {"first_sample", first},
            {"lines", std::move(lines)},
            {"peaks", std::move(peaks)}};
}

Json dumpOf(const MemoryPlan& plan) {
    Json devices = Json::array();
    for (const DeviceShare& share : plan.devices)
        devices.push_back({{"device", share.device},
                           {"weights", share.weightBytes},
                           {"cache", share.cacheBytes},
                           {"branches", share.branchBytes},
                           {"work", share.reserveBytes},
                           {"needed", share.neededBytes()},
                           {"free", share.availableBytes}});
    return {{"context_tokens", plan.contextTokens}, {"devices", devices}};
}

Json dumpOf(const ModelPanel& panel) {
    return {{"headline", panel.headline().toStdString()},
            {"detail", panel.detail().toStdString()},
            {"tensors", tensorsOf(panel.tensors())},
            {"histogram", histogramOf(panel.histogram())},
            {"routers", routersOf(panel.routers())}};
}

Json dumpOf(const FindPanel& panel) {
    const ExpertSearch& search = panel.search();
    if (search.total() == 0) return nullptr;
    Json contrasts = Json::array();
    for (const Contrast& c : search.contrasts())
        contrasts.push_back({{"layer", c.layer},
                             {"expert", c.expert},
                             {"difference", c.difference},
                             {"low", c.low},
                             {"high", c.high},
                             {"count_a", c.countA},
                             {"tokens_a", c.tokensA},
                             {"count_b", c.countB},
                             {"tokens_b", c.tokensB},
                             {"stands", c.stands()}});
    return {{"prompts", search.total()}, {"read", search.done()}, {"contrasts", contrasts}};
}

Json dumpOf(const ConversationListModel& list) {
    Json rows = Json::array();
    for (int i = 0; i < list.rowCount(); ++i) {
        const QModelIndex index = list.index(i);
        const ConversationRow& row = list.row(i);
        const QString detail = index.data(ConversationListModel::DetailRole).toString();
        Json json{{"title", index.data().toString().toStdString()},
                  {"detail", detail.toStdString()},
                  {"current", index.data(ConversationListModel::CurrentRole).toBool()}};
        if (const ConversationSummary* c = row.conversation)
            json.update({{"folder", c->folder},
                         {"tags", c->tags},
                         {"pinned", c->pinned},
                         {"archived", c->archived},
                         {"draft", c->draft}});
        else
            json.update({{"open", row.open}, {"count", row.count}});
        rows.push_back(std::move(json));
    }
    return rows;
}

}  // namespace gatescope
