#pragma once

#include <cstddef>
#include <cstdint>

namespace gatescope::kernels {

/// Rows of activations rounded to bf16: row t starts at data + stride * (index != nullptr ?
/// index[t] : t).
struct Bf16Rows {
    const std::uint16_t* data = nullptr;
    std::ptrdiff_t stride = 0;  ///< numbers from one row to the next
    const std::int32_t* index = nullptr;
    int count = 0;

    const std::uint16_t* row(int t) const {
        return data + stride * static_cast<std::ptrdiff_t>(index != nullptr ? index[t] : t);
    }
};

/// to[i] = x[i] rounded to nearest, ties to even; NaN stays a quiet NaN. Bit for bit
/// floatToBf16().
void roundRowToBf16(const float* x, std::size_t count, std::uint16_t* to);

}  // namespace gatescope::kernels
