#include "engine/decoder/reference/softmax.h"

#include <algorithm>
#include <cmath>

namespace gatescope::reference {

float softmax(std::span<float> values) {
    const float largest = *std::ranges::max_element(values);
    float sum = 0;
    for (float& value : values) {
        value = std::exp(value - largest);
        sum += value;
    }
    for (float& value : values) value /= sum;
    return largest + std::log(sum);
}

}  // namespace gatescope::reference
