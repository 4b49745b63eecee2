#pragma once

#include <cstdint>
#include <functional>

#include "engine/routing/label_stats.h"
#include "engine/routing/range_stats.h"

namespace gatescope {

/// LabelStats of one layer, in which it is layer 0: thousands of labels for all layers would take
/// more memory than a view is worth. Moves with a range as RangeOf does. Used by one thread.
class LayerLabels {
  public:
    /// A token's label, or kNoLabel; always the same for the same token. Both must outlive this.
    using LabelOf = std::function<std::int32_t(int token)>;
    struct Choice {
        Population population = Population::Generated;
        int layer = 0;
    };
    LayerLabels(const RoutingTrace& trace, const Choice& choice, LabelOf labelOf);

    /// Tokens [first, end). Valid until the next call.
    const LabelStats& over(int first, int end);
    const LabelStats& stats() const { return stats_; }
    int layer() const { return choice_.layer; }

  private:
    const RoutingTrace& trace_;
    Choice choice_;
    LabelOf labelOf_;
    LabelStats stats_;
    MovingRange range_;
};

}  // namespace gatescope
