#include "engine/model/scale_elements.h"

#include <algorithm>

#include "engine/check.h"
#include "kernels/quant/float_types.h"

namespace gatescope {

void scaleElements(const TensorLayout& layout,
                   std::span<const std::uint16_t> scales,
                   std::uint64_t first,
                   std::span<float> values) {
    GS_CHECK(layout.numGroups > 0);
    const auto numIn = static_cast<std::uint64_t>(layout.slot.numIn());
    const auto numOut = static_cast<std::uint64_t>(layout.slot.numOut());
    const auto numGroups = static_cast<std::uint64_t>(layout.numGroups);
    for (std::size_t i = 0; i < values.size();) {
        const std::uint64_t row = (first + i) / numOut;  // of the inputs of all matrices
        const std::uint64_t out = (first + i) % numOut;
        const std::uint64_t group = row / numIn * numGroups + row % numIn * numGroups / numIn;
        const auto count = std::min<std::size_t>(numOut - out, values.size() - i);
        const auto own = scales.subspan(group * numOut + out, count);
        for (std::size_t j = 0; j < count; ++j) values[i + j] *= kernels::bf16ToFloat(own[j]);
        i += count;
    }
}

}  // namespace gatescope
