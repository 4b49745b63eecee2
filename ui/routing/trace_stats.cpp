#include "ui/routing/trace_stats.h"

namespace gatescope {

void TraceStats::invalidate(int firstToken) {
    if (firstToken < read_) *this = TraceStats();
}

void TraceStats::extend(const ChatSession& session) {
    for (; read_ < session.traceSize(); ++read_) {
        const TokenRecord& token = session.traceToken(read_);
        if (token.routing == nullptr) return;  // computed later; everything behind it too
        if (!token.generated) continue;
        if (!stats_) {
            stats_.emplace(token.routing->numLayers, token.routing->numExperts);
            numSelected_ = token.routing->numSelected;
        }
        if (token.routing->numLayers == stats_->numLayers() &&
            token.routing->numExperts == stats_->numExperts()) {
            stats_->add(*token.routing);
        }
    }
}

}  // namespace gatescope
