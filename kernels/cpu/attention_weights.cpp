#include "kernels/cpu/attention_weights.h"

#include <cmath>

#include "kernels/quant/float_types.h"

namespace gatescope::kernels {
namespace {

constexpr float kHiddenScore = -80.0F;  // as in attention.cpp

/// q . k, before the scale of the key.
template <class Stored>
float product(const KvHead& head,
              const float* query,
              std::size_t position,
              float (*toFloat)(Stored stored)) {
    const auto size = static_cast<std::size_t>(head.headSize);
    const Stored* key = reinterpret_cast<const Stored*>(head.keys) +
                        position / kKeyPanel * size * kKeyPanel + position % kKeyPanel;
    float sum = 0;
    for (std::size_t i = 0; i < size; ++i) sum += query[i] * toFloat(key[i * kKeyPanel]);
    return sum;
}

float product(const KvHead& head, const float* query, std::size_t position) {
    switch (head.type) {
        case DType::F16:
            return product<std::uint16_t>(head, query, position, halfToFloat);
        case DType::BF16:
            return product<std::uint16_t>(head, query, position, bf16ToFloat);
        case DType::I8:
            return product<std::int8_t>(
                       head, query, position, [](std::int8_t x) { return static_cast<float>(x); }) *
                   head.keyScales[position];
        default:
            return product<float>(head, query, position, [](float x) { return x; });
    }
}

}  // namespace

void attentionWeights(const KvHead& head,
                      const AttentionRules& rules,
                      const float* query,
                      int numKeys,
                      float* weights) {
    const auto count = static_cast<std::size_t>(numKeys);
    double sum = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const float score =
            rules.visible[i] == 0
                ? kHiddenScore
                : rules.cap * std::tanh(rules.scale * product(head, query, i) / rules.cap);
        weights[i] = std::exp(score);
        sum += static_cast<double>(weights[i]);
    }
    for (std::size_t i = 0; i < count; ++i)
        weights[i] = static_cast<float>(static_cast<double>(weights[i]) / sum);
}

}  // namespace gatescope::kernels
