#include "engine/offload/routing_replay.h"

#include <algorithm>

#include "engine/check.h"

namespace gatescope {

RoutingReplay::RoutingReplay(int numLayers, int numExperts)
    : numLayers_(numLayers), numExperts_(numExperts) {
    GS_CHECK(numLayers > 0 && numExperts > 0);
}

void RoutingReplay::beginConversation() {
    ++conversations_;
}

void RoutingReplay::append(const RoutingRecord& record, bool counted) {
    GS_CHECK_EQ(record.numLayers, numLayers_);
    GS_CHECK_EQ(record.numExperts, numExperts_);
    if (conversations_ == 0) conversations_ = 1;
    for (int layer = 0; layer < numLayers_; ++layer) {
        const auto selected = record.layerSelected(layer);
        experts_.insert(experts_.end(), selected.begin(), selected.end());
        begins_.push_back(experts_.size());
    }
    tokens_.push_back({conversations_ - 1, counted});
    numCounted_ += counted ? 1 : 0;
}

}  // namespace gatescope
