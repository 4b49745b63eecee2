#pragma once

#include <optional>

#include "engine/ids.h"
#include "engine/routing/routing_record.h"

namespace gatescope {

/// What the chat colours its tokens by.
enum class TintQuantity { None, Gate, Margin, Entropy };

/// The value a token is tinted with, in [0, 1]; empty when it cannot be said (no routing yet, or a
/// gate without a picked cell).
///  - Gate     what the picked expert's output was weighted with; 0 where it was not selected
///  - Margin   p(k) - p(k+1): how far the last selected expert is ahead of the first that was not
///             (ui-and-inspection D1, "the decisive one"); of the picked layer, or the mean of all
///  - Entropy  -sum p log p / log numExperts, 1 is what chance would give; of the picked layer, or
///             the mean of all
std::optional<float> tintValue(TintQuantity quantity,
                               const RoutingRecord& record,
                               const std::optional<ExpertSite>& site);

}  // namespace gatescope
