#include "engine/routing/routing_trace.h"

#include <utility>

#include "engine/check.h"

namespace gatescope {

RoutingTrace::RoutingTrace(int numLayers, int numExperts)
    : numLayers_(numLayers), numExperts_(numExperts) {
    GS_CHECK(numLayers > 0 && numExperts > 0);
}

void RoutingTrace::append(RoutingRecordPtr record, TokenOrigin origin) {
    if (record && (record->numLayers != numLayers_ || record->numExperts != numExperts_))
        record = nullptr;
    tokens_.push_back({std::move(record), origin});
}

const RoutingRecord* RoutingTrace::record(int token, Population population) const {
    const bool wanted =
        population == Population::All ||
        origin(token) ==
            (population == Population::Prompt ? TokenOrigin::Prompt : TokenOrigin::Generated);
    return wanted ? record(token) : nullptr;
}

}  // namespace gatescope
