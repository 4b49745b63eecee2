#include "ui/routing/heatmap_source.h"

#include <algorithm>
#include <numeric>

#include "ui/chat/visible_text.h"
#include "ui/routing/mode_frames.h"

namespace gatescope {

HeatmapSource::HeatmapSource(EngineBridge& bridge, BranchRouting& routing)
    : bridge_(bridge), routing_(routing) {}

HeatmapFrame HeatmapSource::frame(HeatmapMode mode, std::optional<int> token) {
    HeatmapFrame frame;
    if (!isOfToken(mode))
        frame = frameOfRange(mode);
    else if (token)
        frame = frameOfToken(mode, *token);
    if (frame.empty()) return frame;
    addTrails(frame, token);
    markInterventions(frame, markedInterventions(token));
    return frame;
}

void HeatmapSource::addTrails(HeatmapFrame& frame, std::optional<int> token) {
    std::vector<int> tokens;
    if (!isOfToken(frame.mode)) {
        tokens = latestCounted();
    } else {
        tokens.resize(static_cast<std::size_t>(std::min(*token + 1, RowHistory::kTokens)));
        std::iota(tokens.begin(), tokens.end(), *token + 1 - static_cast<int>(tokens.size()));
    }
    frame.trailTokens = static_cast<int>(tokens.size());
    frame.rowTrails =
        history_.trail(tokens, frame.mode, {frame.numLayers, frame.numExperts}, [this](int i) {
            return bridge_.session().traceToken(i).routing.get();
        });
}

/// The last tokens of the range that its statistics are of.
std::vector<int> HeatmapSource::latestCounted() {
    std::vector<int> tokens;
    const RoutingTrace* trace = routing_.trace();
    const TokenRange range = routing_.range();
    for (int token = range.end - 1; token >= range.first; --token) {
        if (trace->record(token, routing_.population()) == nullptr) continue;
        tokens.push_back(token);
        if (tokens.size() == RowHistory::kTokens) break;
    }
    std::ranges::reverse(tokens);
    return tokens;
}

HeatmapFrame HeatmapSource::frameOfToken(HeatmapMode mode, int token) {
    const ChatSession& session = bridge_.session();
    std::vector<RoutingRecordPtr> before;
    for (int i = std::max(0, token - kGlowTokens); i < token; ++i) {
        before.push_back(session.traceToken(i).routing);
    }
    const RoutingRecord& record = *session.traceToken(token).routing;
    if (mode != HeatmapMode::Recent) return tokenFrame(mode, record, before);
    return recentFrame(record, before, recent_.endingAt(token, [&session](int i) {
        return session.traceToken(i).routing.get();
    }));
}

HeatmapFrame HeatmapSource::frameOfRange(HeatmapMode mode) {
    const RoutingStats* stats = routing_.stats();
    if (stats == nullptr) return {};
    if (mode != HeatmapMode::MinusBaseline) return rangeFrame(mode, *stats);
    const bool comparable = baseline_ && baseline_->numLayers() == stats->numLayers() &&
                            baseline_->numExperts() == stats->numExperts();
    return comparable ? baselineFrame(*stats, *baseline_) : HeatmapFrame();
}

// In a recording nothing is in force: what was, when the token was computed, is shown again.
InterventionSet HeatmapSource::markedInterventions(std::optional<int> token) const {
    const ChatSession& session = bridge_.session();
    if (!session.isReplay() || !token) return session.interventions();
    const auto message = static_cast<std::size_t>(session.messageOfToken(*token));
    return session.messages()[message].interventions;
}

bool HeatmapSource::pinBaseline() {
    const RoutingStats* stats = routing_.stats();
    if (!routing_.complete()) return false;
    if (stats == nullptr) return true;  // nothing to compare with
    const ChatSession& session = bridge_.session();
    baselineName_ = routing_.describeCounted();
    for (const ConversationSummary& conversation : session.conversations()) {
        if (conversation.id != session.currentConversation()) continue;
        baselineName_ =
            QStringLiteral("“%1” · %2")
                .arg(visibleLine(QString::fromStdString(conversation.title)), baselineName_);
    }
    baseline_ = *stats;
    return true;
}

}  // namespace gatescope
