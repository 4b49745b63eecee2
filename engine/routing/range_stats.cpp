#include "engine/routing/range_stats.h"

#include "engine/check.h"

namespace gatescope {

AdjacentRange::AdjacentRange(const RoutingTrace& trace, Population population)
    : trace_(trace), population_(population), stats_(trace.numLayers(), trace.numExperts()) {}

const AdjacentStats& AdjacentRange::over(int first, int end) {
    end = std::clamp(end, 0, trace_.size());
    first = std::clamp(first, 0, end);
    tokens_.moveTo(
        first,
        end,
        [this](int token, int sign) {
            if (trace_.record(token, population_) != nullptr) stats_.countToken(sign);
        },
        [this] { stats_.clearTokens(); });
    pairs_.moveTo(
        first,
        std::max(first, end - 1),
        [this](int token, int sign) {
            const RoutingRecord* record = trace_.record(token, population_);
            const RoutingRecord* next = trace_.record(token + 1, population_);
            if (record != nullptr && next != nullptr) stats_.countPair(*record, *next, sign);
        },
        [this] { stats_.clearPairs(); });
    return stats_;
}

LabelRange::LabelRange(const RoutingTrace& trace,
                       Population population,
                       std::span<const std::int32_t> labels)
    : trace_(trace),
      population_(population),
      labels_(labels),
      stats_(trace.numLayers(), trace.numExperts()) {}

const LabelStats& LabelRange::over(int first, int end) {
    GS_CHECK_EQ(static_cast<int>(labels_.size()), trace_.size());
    end = std::clamp(end, 0, trace_.size());
    first = std::clamp(first, 0, end);
    range_.moveTo(
        first,
        end,
        [this](int token, int sign) {
            const RoutingRecord* record = trace_.record(token, population_);
            const std::int32_t label = labels_[static_cast<std::size_t>(token)];
            if (record == nullptr) return;
            if (sign > 0)
                stats_.add(label, *record);
            else
                stats_.remove(label, *record);
        },
        [this] { stats_.clear(); });
    return stats_;
}

}  // namespace gatescope
