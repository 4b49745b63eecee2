#include "ui/inspection/attention_bins.h"

#include <algorithm>
#include <utility>

namespace gatescope {

AttentionBins::AttentionBins(AttentionMapPtr map)
    : map_(std::move(map)),
      rows_(std::min(kMostBins, queries())),
      columns_(std::min(kMostBins, map_->end())),
      counted_(map_->firstQuery()),
      bins_(static_cast<std::size_t>(rows_) * static_cast<std::size_t>(columns_), kNone) {}

bool AttentionBins::countFor(std::chrono::microseconds time) {
    const auto until = std::chrono::steady_clock::now() + time;
    while (!complete()) {
        countRow(counted_++);
        if (std::chrono::steady_clock::now() >= until) break;
    }
    return complete();
}

void AttentionBins::countRow(int query) {
    const auto weights = map_->row(query);
    const int row = (query - map_->firstQuery()) * rows_ / queries();
    float* bins = bins_.data() + static_cast<std::ptrdiff_t>(row) * columns_;
    for (std::size_t key = 0; key < weights.size(); ++key) {
        float& bin = bins[static_cast<int>(key) * columns_ / map_->end()];
        bin = std::max(bin, weights[key]);
    }
    onFirst_ += static_cast<double>(weights.front());
    onSelf_ += static_cast<double>(weights.back());
    evenly_ += AttentionMap::evenWeight(query);
}

std::optional<AttentionPlace> AttentionBins::strongest(TokenRange queries, TokenRange keys) const {
    std::optional<AttentionPlace> found;
    float most = kNone;
    for (int query = std::max(queries.first, map_->firstQuery());
         query < std::min(queries.end, map_->end());
         ++query) {
        const auto weights = map_->row(query);
        for (int key = std::max(0, keys.first); key < std::min(keys.end, query + 1); ++key) {
            const float weight = weights[static_cast<std::size_t>(key)];
            if (weight <= most) continue;
            most = weight;
            found = AttentionPlace{query, key};
        }
    }
    return found;
}

}  // namespace gatescope
