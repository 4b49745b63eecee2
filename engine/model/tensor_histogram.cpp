#include "engine/model/tensor_histogram.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "engine/check.h"

namespace gatescope {
namespace {

/// Range and moments; Welford's sums of each part are joined by Chan's formula.
/// Source: Chan, Golub, LeVeque 1979, "Updating Formulae and a Pairwise Algorithm".
void addMoments(std::span<const float> part, TensorHistogram& h, double& squares) {
    double sum = 0;
    for (const float v : part) {
        h.low = std::min(h.low, static_cast<double>(v));
        h.high = std::max(h.high, static_cast<double>(v));
        h.zeros += v == 0 ? 1 : 0;
        sum += static_cast<double>(v);
    }
    const auto count = static_cast<double>(part.size());
    const double mean = sum / count;
    double own = 0;
    for (const float v : part)
        own += (static_cast<double>(v) - mean) * (static_cast<double>(v) - mean);
    const auto before = static_cast<double>(h.values);
    const double step = mean - h.mean;
    squares += own + step * step * before * count / (before + count);
    h.mean += step * count / (before + count);
    h.values += part.size();
}

void countValues(std::span<const float> part, TensorHistogram& h) {
    const double scale =
        h.high > h.low ? static_cast<double>(h.counts.size()) / (h.high - h.low) : 0;
    const std::size_t last = h.counts.size() - 1;
    for (const float v : part)
        ++h.counts[std::min(last,
                            static_cast<std::size_t>((static_cast<double>(v) - h.low) * scale))];
}

}  // namespace

std::optional<TensorHistogram> tensorHistogram(const ModelSource& source,
                                               std::size_t tensor,
                                               int bins,
                                               const std::stop_token& stop) {
    GS_CHECK(bins >= 1 && tensor < source.layouts().size());
    TensorHistogram h{.low = std::numeric_limits<double>::infinity(),
                      .high = -std::numeric_limits<double>::infinity(),
                      .counts = std::vector<std::uint64_t>(static_cast<std::size_t>(bins))};
    double squares = 0;
    const auto visit = [&](const auto& add) { return source.visitValues(tensor, add, stop); };
    if (visit([&](auto part) { addMoments(part, h, squares); }) == LoadOutcome::Stopped)
        return std::nullopt;
    h.deviation = std::sqrt(squares / static_cast<double>(h.values));
    if (visit([&](auto part) { countValues(part, h); }) == LoadOutcome::Stopped)
        return std::nullopt;
    return h;
}

}  // namespace gatescope
