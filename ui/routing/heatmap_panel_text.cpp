// What HeatmapPanel says in words and numbers around its picture, and which actions are possible.

#include <QLabel>
#include <QPushButton>

#include "engine/routing/statistic.h"
#include "ui/chat/visible_text.h"
#include "ui/routing/heatmap_controls.h"
#include "ui/routing/heatmap_legend.h"
#include "ui/routing/heatmap_panel.h"
#include "ui/routing/heatmap_widget.h"
#include "ui/routing/intervention_edits.h"

namespace gatescope {

QString HeatmapPanel::emptyText() const {
    const ChatSession& session = bridge_.session();
    if (!session.model() && session.traceSize() == 0) {
        return tr(
            "No model yet.\nOpen one, or try the demo: every token it reads or "
            "writes shows here which experts it went through.");
    }
    if (session.traceSize() > 0 && mode_ == Mode::MinusBaseline) {
        return source_.baselineName().isEmpty()
                   ? tr("No baseline yet.\nSelect a range of tokens, or none for all of them, and "
                        "pin it; then select what to compare with it.")
                   : tr("The baseline is of a model with other layers or experts.\nPin one of this "
                        "model.");
    }
    if (session.traceSize() > 0 && !isOfToken(mode_)) {
        return tr(
            "No token of this kind in the range.\nSelect another range, or count all tokens.");
    }
    if (selection_.token()) return tr("This token has not gone through the model.");
    return tr(
        "Nothing routed yet.\nSend a message: each token lights up its experts, "
        "layer by layer.");
}

void HeatmapPanel::refreshText(std::optional<int> token) {
    const ChatSession& session = bridge_.session();
    empty_->setText(emptyText());
    if (heatmap_->frame().empty()) {
        tokenLine_->clear();
    } else if (!isOfToken(mode_)) {
        tokenLine_->setText(routing_.describeCounted());
    } else if (token) {
        QString line =
            tr("token %1 of %2 · “%3”")
                .arg(*token)
                .arg(session.traceSize())
                .arg(visibleLine(QString::fromStdString(session.traceToken(*token).text)));
        const auto message = static_cast<std::size_t>(session.messageOfToken(*token));
        if (session.messages()[message].interventions != session.interventions()) {
            line += tr(" · other interventions");
        }
        tokenLine_->setText(line);
    }
    tokenLine_->setToolTip(tokenLine_->text());
}

void HeatmapPanel::refreshScale() {
    const ColorMap& map = controls_->colorMap();
    if (!(map == heatmap_->colorMap())) heatmap_->setColorMap(map);
    legend_->setColorMap(map);
    const HeatmapFrame& frame = heatmap_->frame();
    legend_->setShowsChoices(frame.singleToken());
    legend_->setHatching(frame.thin ? tr("fewer than %1 tokens").arg(kThinBelow) : QString());
    legend_->setChanges(frame);
    legend_->setChance(frame.chance);
    legend_->setQuantity(quantity(mode_));
    legend_->setNote(mode_ == Mode::MinusBaseline ? tr("minus %1").arg(source_.baselineName())
                                                  : QString());
}

void HeatmapPanel::refreshValueLine() {
    const auto hovered = heatmap_->hoveredSite();
    const auto site = hovered ? hovered : heatmap_->pickedSite();
    if (site && heatmap_->frame().contains(*site)) {
        const HeatmapFrame& frame = heatmap_->frame();
        const QString row = describeRow(frame, site->layer);
        valueLine_->setText(describeCell(frame, *site) + QStringLiteral(" · ") + row);
    } else {
        valueLine_->setText(heatmap_->frame().empty() ? QString()
                                                      : tr("Point at a cell, or walk with arrows"));
    }
}

void HeatmapPanel::refreshActions() {
    const auto site = selection_.site();
    const InterventionSet& set = bridge_.session().interventions();
    const bool can = site && !bridge_.session().isReplay() && heatmap_->frame().contains(*site);
    const bool ablated = can && isAblated(set, *site);
    const bool forced = can && isForced(set, *site);
    ablate_->setEnabled(can);
    force_->setEnabled(can);
    clear_->setEnabled(can && withoutSite(set, *site) != set);
    ablate_->setChecked(ablated);
    force_->setChecked(forced);
}

}  // namespace gatescope
