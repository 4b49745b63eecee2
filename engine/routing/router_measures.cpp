#include "engine/routing/router_measures.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <vector>

#include "engine/check.h"

namespace gatescope {
namespace {

/// Sorts a copy on the stack for the models there are; larger ones pay for an allocation.
class SortedProbs {
  public:
    explicit SortedProbs(std::span<const float> probs) {
        if (probs.size() > small_.size()) large_.resize(probs.size());
        values_ = large_.empty() ? std::span(small_).first(probs.size()) : std::span(large_);
        std::ranges::copy(probs, values_.begin());
        std::ranges::sort(values_, std::greater<>());
    }
    SortedProbs(const SortedProbs&) = delete;
    SortedProbs& operator=(const SortedProbs&) = delete;
    /// p(rank), counted from 1; 0 behind the last.
    double operator()(std::size_t rank) const {
        return rank <= values_.size() ? values_[rank - 1] : 0.0F;
    }

  private:
    std::array<float, 64> small_;
    std::vector<float> large_;
    std::span<float> values_;
};

std::optional<double> logDifference(double larger, double smaller) {
    if (smaller <= 0) return std::nullopt;
    return std::log(larger) - std::log(smaller);
}

RouterMeasures measure(const SortedProbs& p,
                       std::span<const float> probs,
                       std::span<const std::int32_t> selected) {
    GS_CHECK(!probs.empty() && selected.size() <= probs.size());
    RouterMeasures m;
    for (const float value : probs)
        if (value > 0) m.entropyBits -= value * std::log2(static_cast<double>(value));
    for (const auto expert : selected) m.routedMass += probs[static_cast<std::size_t>(expert)];
    m.firstProb = p(1);
    m.margin = p(1) - p(2);
    if (!selected.empty()) m.decisiveMargin = p(selected.size()) - p(selected.size() + 1);
    return m;
}

}  // namespace

RouterReading readRouter(std::span<const float> probs, std::span<const std::int32_t> selected) {
    const SortedProbs p(probs);
    const auto k = selected.size();
    return {measure(p, probs, selected),
            {.margin = logDifference(p(1), p(2)),
             .decisiveMargin = k > 0 ? logDifference(p(k), p(k + 1)) : std::nullopt}};
}

RouterMeasures measureRouter(std::span<const float> probs, std::span<const std::int32_t> selected) {
    return measure(SortedProbs(probs), probs, selected);
}

LogitMargins logitMargins(std::span<const float> probs, std::span<const std::int32_t> selected) {
    return readRouter(probs, selected).logits;
}

RouterMeasures meanOverLayers(const RoutingRecord& record) {
    RouterMeasures mean;
    for (int layer = 0; layer < record.numLayers; ++layer) {
        const auto m = measureRouter(record.layerProbs(layer), record.layerSelected(layer));
        mean.entropyBits += m.entropyBits / record.numLayers;
        mean.margin += m.margin / record.numLayers;
        mean.decisiveMargin += m.decisiveMargin / record.numLayers;
        mean.routedMass += m.routedMass / record.numLayers;
        mean.firstProb += m.firstProb / record.numLayers;
    }
    return mean;
}

double zValue(std::span<const float> logits) {
    GS_CHECK(!logits.empty());
    const double largest = *std::ranges::max_element(logits);
    double sum = 0;
    for (const float logit : logits) sum += std::exp(logit - largest);
    const double logSum = largest + std::log(sum);
    return logSum * logSum;
}

}  // namespace gatescope
