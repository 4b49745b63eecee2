#include "ui/chat/token_tint.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace gatescope {
namespace {

constexpr std::size_t kMaxExperts = 256;

float entropy(std::span<const float> probs) {
    if (probs.size() < 2) return 0;
    double sum = 0;
    for (const float p : probs)
        if (p > 0) sum -= static_cast<double>(p) * std::log(static_cast<double>(p));
    return static_cast<float>(sum / std::log(static_cast<double>(probs.size())));
}

float margin(std::span<const float> probs, int numSelected) {
    if (numSelected < 1 || probs.size() <= static_cast<std::size_t>(numSelected)) return 0;
    std::array<float, kMaxExperts> sorted{};
    const std::size_t n = std::min(probs.size(), kMaxExperts);
    std::copy_n(probs.begin(), n, sorted.begin());
    const auto k = static_cast<std::size_t>(numSelected);
    std::partial_sort(sorted.begin(),
                      sorted.begin() + static_cast<std::ptrdiff_t>(k) + 1,
                      sorted.begin() + static_cast<std::ptrdiff_t>(n),
                      std::greater<>());
    return sorted[k - 1] - sorted[k];
}

float gate(const RoutingRecord& record, const ExpertSite& site) {
    const auto selected = record.layerSelected(site.layer.value);
    const auto gates = record.layerGates(site.layer.value);
    for (std::size_t i = 0; i < selected.size(); ++i)
        if (selected[i] == site.expert.value) return gates[i];
    return 0;
}

}  // namespace

std::optional<float> tintValue(TintQuantity quantity,
                               const RoutingRecord& record,
                               const std::optional<ExpertSite>& site) {
    const bool inside =
        site && site->layer.value < record.numLayers && site->expert.value < record.numExperts;
    if (quantity == TintQuantity::None || record.numLayers == 0) return std::nullopt;
    if (quantity == TintQuantity::Gate) {
        if (!inside) return std::nullopt;
        return std::clamp(gate(record, *site), 0.0F, 1.0F);
    }
    const auto ofLayer = [&](int layer) {
        return quantity == TintQuantity::Entropy
                   ? entropy(record.layerProbs(layer))
                   : margin(record.layerProbs(layer), record.numSelected);
    };
    if (inside) return ofLayer(site->layer.value);
    float sum = 0;
    for (int layer = 0; layer < record.numLayers; ++layer) sum += ofLayer(layer);
    return sum / static_cast<float>(record.numLayers);
}

}  // namespace gatescope
