#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "engine/inspection/attention_map.h"
#include "ui/selection.h"

namespace gatescope {

/// A pair of tokens: who looks, and at what.
struct AttentionPlace {
    int query = 0;
    int key = 0;
    friend bool operator==(const AttentionPlace&, const AttentionPlace&) = default;
};

/// An attention map shrunk to what a screen can show: a bin has the largest weight in it, as in the
/// waterfall, so that no single look is lost. Up to kMostBins tokens each has a bin of its own. A
/// long map is counted in slices, as a frame has no time for all of it; any thread, one at a time.
class AttentionBins {
  public:
    static constexpr int kMostBins = 512;
    static constexpr float kNone = -1;  ///< no token looks ahead

    explicit AttentionBins(AttentionMapPtr map);

    /// Counts on until `time` is over; false: more is left.
    bool countFor(std::chrono::microseconds time);
    bool complete() const { return counted_ == map_->end(); }

    const AttentionMap& map() const { return *map_; }
    int rows() const { return rows_; }        ///< bins of tokens [firstQuery, end)
    int columns() const { return columns_; }  ///< bins of tokens [0, end)
    /// kNone: above the diagonal, or not counted yet.
    float at(int row, int column) const {
        return bins_[static_cast<std::size_t>(row) * static_cast<std::size_t>(columns_) +
                     static_cast<std::size_t>(column)];
    }
    /// The largest weight of `queries` on `keys`; empty where none of them looks there.
    std::optional<AttentionPlace> strongest(TokenRange queries, TokenRange keys) const;

    /// Means over the rows counted. Requires complete().
    double meanOnFirst() const { return onFirst_ / queries(); }  ///< on the first token
    double meanOnSelf() const { return onSelf_ / queries(); }    ///< on the token that looks
    double meanEvenly() const { return evenly_ / queries(); }    ///< of each, by looking evenly

  private:
    int queries() const { return map_->end() - map_->firstQuery(); }
    void countRow(int query);

    AttentionMapPtr map_;
    int rows_;
    int columns_;
    int counted_;              ///< tokens [firstQuery, counted_)
    std::vector<float> bins_;  ///< [rows, columns]
    double onFirst_ = 0;
    double onSelf_ = 0;
    double evenly_ = 0;
};

}  // namespace gatescope
