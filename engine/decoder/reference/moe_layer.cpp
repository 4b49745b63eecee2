#include "engine/decoder/reference/moe_layer.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "engine/decoder/reference/linear.h"

namespace gatescope::reference {

float geluTanh(float x) {
    constexpr float kSqrtTwoOverPi = 0.7978845608028654F;
    return 0.5F * x * (1.0F + std::tanh(kSqrtTwoOverPi * (x + 0.044715F * x * x * x)));
}

StepStatus moeLayer(const LayerWeights& weights,
                    std::span<const float> x,
                    std::span<const std::int32_t> experts,
                    std::span<const float> gates,
                    const Arithmetic& arithmetic,
                    std::span<float> y,
                    std::span<float> parts,
                    const std::stop_token& stop) {
    const auto ffnSize = static_cast<std::size_t>(weights.expertGate.numOut);
    std::vector<float> activation(ffnSize);
    std::vector<float> up(ffnSize);
    std::vector<float> expertOutput(y.size());
    std::ranges::fill(y, 0.0F);
    std::ranges::fill(parts, 0.0F);
    for (std::size_t s = 0; s < experts.size(); ++s) {
        if (gates[s] == 0) continue;
        if (stop.stop_requested()) return StepStatus::Stopped;
        multiply(weights.expertGate, experts[s], x, arithmetic, activation, stop);
        multiply(weights.expertUp, experts[s], x, arithmetic, up, stop);
        arithmetic.round(activation);
        arithmetic.round(up);
        for (std::size_t i = 0; i < ffnSize; ++i) activation[i] = geluTanh(activation[i]) * up[i];

        multiply(weights.expertDown, experts[s], activation, arithmetic, expertOutput, stop);
        const float gate = arithmetic.round(gates[s]);
        for (std::size_t i = 0; i < y.size(); ++i) y[i] += gate * expertOutput[i];
        if (!parts.empty())
            for (std::size_t i = 0; i < y.size(); ++i)
                parts[s * y.size() + i] = gate * expertOutput[i];
    }
    arithmetic.round(y);
    return StepStatus::Done;
}

}  // namespace gatescope::reference
