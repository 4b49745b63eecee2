#pragma once

#include <functional>
#include <vector>

#include "engine/routing/routing_record.h"

namespace gatescope {

/// The exponential mean of router probabilities that ends at a token: one `n` tokens back weighs
/// 2^(-n / halfLife), so speed plays no part and a replay shows what was shown live. Tokens not
/// computed, or of another shape, age the rest and add nothing.
/// Sums begin at a block of kBlock half-lives, the one before the token's own, never in the midst
/// of one: so the value is a function of the token alone, bit for bit, however it was reached, and
/// a jump costs two blocks. What lies before weighs less than 2^-16 of the whole and is left out.
/// A step to the next token costs O(layers * experts). Used by one thread.
class FadingMean {
  public:
    static constexpr int kBlock = 16;  ///< half-lives
    using RecordOf = std::function<const RoutingRecord*(int token)>;

    /// Requires halfLife >= 1, in tokens.
    explicit FadingMean(int halfLife);

    int halfLife() const { return halfLife_; }
    /// [numLayers, numExperts] of the token's record. Requires that `recordOf(token)` is there.
    std::vector<float> endingAt(int token, const RecordOf& recordOf);
    /// Records from `token` on were replaced, or came where there were none.
    void replacedFrom(int token) {
        if (token <= token_) token_ = -1;
    }

  private:
    struct Sum {
        std::vector<double> values;  ///< [numLayers, numExperts]
        double weight = 0;
        void add(const RoutingRecord* record, double fade);
        void clear();
    };
    void restart(const RoutingRecord& shape, int token);
    void step(const RoutingRecord* record);

    int halfLife_;
    double fade_;  ///< weight of a token against that of the next
    int numLayers_ = 0;
    int numExperts_ = 0;
    int token_ = -1;  ///< the last one added; -1: none
    Sum older_;       ///< from the block before that of token_
    Sum newer_;       ///< from the start of token_'s block
};

}  // namespace gatescope
