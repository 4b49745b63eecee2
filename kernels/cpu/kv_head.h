#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/quant/dtype.h"

namespace gatescope::kernels {

/// Positions whose keys lie side by side, and the multiple that a row of values is as wide as.
inline constexpr int kKeyPanel = 16;

/// Keys and values of one KV head, as attention reads them.
///   keys    [capacity / 16, headSize, 16]  panels of 16 positions, so that one vector holds the
///           same element of 16 keys and scores need no sum across lanes
///   values  [capacity, valueWidth(headSize)]  behind headSize zeros
struct KvHead {
    DType type = DType::F32;  ///< F32, F16, BF16 or I8
    std::byte* keys = nullptr;
    std::byte* values = nullptr;
    float* keyScales = nullptr;    ///< [capacity] only with I8: one a position
    float* valueScales = nullptr;  ///< [capacity] only with I8
    int headSize = 0;
};

constexpr int valueWidth(int headSize) {
    return (headSize + kKeyPanel - 1) / kKeyPanel * kKeyPanel;
}

/// Puts the key and the value of one position in, rounded to the type, halves to even. What is too
/// large for f16 becomes infinite. A row of I8 has a scale of its own: its largest element becomes
/// 127; if one is not finite, the scale is NaN.
///   key, value  [headSize]
void storeKeyValue(const KvHead& head, int position, const float* key, const float* value);

/// Bytes of one position's key and value taken out as they are kept: elements of the key, of the
/// value, with I8 both scales.
constexpr std::size_t keyValueBytes(DType type, int headSize) {
    return 2 * static_cast<std::size_t>(headSize) * itemSize(type) +
           (type == DType::I8 ? 2 * sizeof(float) : 0);
}

/// Copies the key and the value of `position`, as they are kept.
///   row  [keyValueBytes] out, of any alignment
void takeKeyValue(const KvHead& head, int position, std::byte* row);

/// Puts in what takeKeyValue() gave: the head is bit for bit as storeKeyValue() left it.
void putKeyValue(const KvHead& head, int position, const std::byte* row);

}  // namespace gatescope::kernels
