#include "engine/decoder/reference/rope.h"

#include <cmath>

namespace gatescope::reference {

void rope(std::span<float> head, int position, float base, const Arithmetic& arithmetic) {
    const std::size_t half = head.size() / 2;
    for (std::size_t i = 0; i < half; ++i) {
        const float exponent = static_cast<float>(2 * i) / static_cast<float>(head.size());
        const float angle = static_cast<float>(position) * (1.0F / std::pow(base, exponent));
        const float c = std::cos(angle);
        const float s = std::sin(angle);
        const float first = head[i];
        const float second = head[i + half];
        head[i] = first * c - second * s;
        head[i + half] = second * c + first * s;
    }
    arithmetic.round(head);
}

}  // namespace gatescope::reference
