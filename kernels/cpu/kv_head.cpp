#include "kernels/cpu/kv_head.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "kernels/quant/float_types.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/kv_head.cpp"
#include <hwy/foreach_target.h>
// after foreach_target.h
#include <hwy/highway.h>

#include "kernels/cpu/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gatescope::kernels {
namespace HWY_NAMESPACE {

// Lanes(d) values, rounded to the stored type.
template <class D>
HWY_INLINE void storeRounded(D d, hn::Vec<D> v, float* to) {
    hn::StoreU(v, d, to);
}
template <class D>
HWY_INLINE void storeRounded(D d, hn::Vec<D> v, F16* to) {
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3
    (void)d;
    const hn::Rebind<hwy::float16_t, D> d16;
    hn::StoreU(hn::DemoteTo(d16, v), d16, reinterpret_cast<hwy::float16_t*>(to));
#else  // Highway's own way cuts off, and knows no infinity
    float values[kKeyPanel];
    hn::StoreU(v, d, values);
    for (std::size_t i = 0; i < hn::Lanes(d); ++i) to[i].bits = floatToHalf(values[i]);
#endif
}
template <class D>
HWY_INLINE void storeRounded(D d, hn::Vec<D> v, Bf16* to) {
    float values[kKeyPanel];
    hn::StoreU(v, d, values);
    for (std::size_t i = 0; i < hn::Lanes(d); ++i) to[i].bits = floatToBf16(values[i]);
}
template <class D>
HWY_INLINE void storeRounded(D /*d*/, hn::Vec<D> v, std::int8_t* to) {
    const hn::Rebind<std::int8_t, D> d8;
    hn::StoreU(hn::DemoteTo(d8, hn::NearestInt(v)), d8, to);
}

/// Rounds `row` times `factor`; element i goes to to[i * stride].
template <class Stored>
void storeRow(const float* row, int size, float factor, std::size_t stride, Stored* to) {
    forEachVector(hn::CappedTag<float, kKeyPanel>(),
                  0,
                  static_cast<std::size_t>(size),
                  [&](auto d, std::size_t i) HWY_ATTR {
                      Stored rounded[kKeyPanel];
                      storeRounded(d, hn::Mul(hn::LoadU(d, row + i), hn::Set(d, factor)), rounded);
                      for (std::size_t lane = 0; lane < hn::Lanes(d); ++lane)
                          to[(i + lane) * stride] = rounded[lane];
                  });
}

template <class Stored>
void storeBoth(const KvHead& head,
               int position,
               const float* key,
               const float* value,
               float keyFactor,
               float valueFactor) {
    const auto at = static_cast<std::size_t>(position);
    const auto size = static_cast<std::size_t>(head.headSize);
    const auto width = static_cast<std::size_t>(valueWidth(head.headSize));
    Stored* panel = reinterpret_cast<Stored*>(head.keys) + at / kKeyPanel * size * kKeyPanel;
    Stored* row = reinterpret_cast<Stored*>(head.values) + at * width;
    storeRow(key, head.headSize, keyFactor, kKeyPanel, panel + at % kKeyPanel);
    storeRow(value, head.headSize, valueFactor, 1, row);
    std::memset(row + size, 0, (width - size) * sizeof(Stored));
}

/// What is largest in `row` over 127; NaN if one element is not finite.
float int8Scale(const float* row, int size) {
    float largest = 0;
    float poison = 0;  // 0 * x: NaN where x is NaN or infinite
    for (int i = 0; i < size; ++i) {
        largest = std::fmax(largest, std::fabs(row[i]));
        poison += 0.0F * row[i];
    }
    return poison == 0 ? largest / 127.0F : std::numeric_limits<float>::quiet_NaN();
}

/// 1 / scale, or 0 where that would not be finite.
float factorOf(float scale) {
    const float factor = 1.0F / scale;
    return std::isfinite(factor) ? factor : 0.0F;
}

void storeKeyValueImpl(const KvHead& head, int position, const float* key, const float* value) {
    switch (head.type) {
        case DType::F32:
            return storeBoth<float>(head, position, key, value, 1, 1);
        case DType::F16:
            return storeBoth<F16>(head, position, key, value, 1, 1);
        case DType::BF16:
            return storeBoth<Bf16>(head, position, key, value, 1, 1);
        case DType::I8: {
            const float keyScale = int8Scale(key, head.headSize);
            const float valueScale = int8Scale(value, head.headSize);
            head.keyScales[position] = keyScale;
            head.valueScales[position] = valueScale;
            return storeBoth<std::int8_t>(
                head, position, key, value, factorOf(keyScale), factorOf(valueScale));
        }
        default:
            return;
    }
}

}  // namespace HWY_NAMESPACE
}  // namespace gatescope::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gatescope::kernels {

HWY_EXPORT(storeKeyValueImpl);

namespace {

/// Where one position lies.
struct Place {
    std::byte* key;    ///< elements a panel's width apart
    std::byte* value;  ///< elements side by side
    std::size_t valueBytes;
    std::size_t paddingBytes;  ///< zeros behind the value
};

Place placeOf(const KvHead& head, int position) {
    const auto at = static_cast<std::size_t>(position);
    const auto size = static_cast<std::size_t>(head.headSize);
    const auto width = static_cast<std::size_t>(valueWidth(head.headSize));
    const std::size_t item = itemSize(head.type);
    return {.key = head.keys + (at / kKeyPanel * size * kKeyPanel + at % kKeyPanel) * item,
            .value = head.values + at * width * item,
            .valueBytes = size * item,
            .paddingBytes = (width - size) * item};
}

/// `count` elements of kItem bytes. A constant size makes each a single move.
template <std::size_t kItem>
void copyStrided(
    const std::byte* from, std::size_t fromStride, int count, std::size_t toStride, std::byte* to) {
    for (int i = 0; i < count; ++i, from += fromStride * kItem, to += toStride * kItem)
        std::memcpy(to, from, kItem);
}

void copyKey(const KvHead& head,
             const std::byte* from,
             std::size_t fromStride,
             std::size_t toStride,
             std::byte* to) {
    switch (itemSize(head.type)) {
        case 1:
            return copyStrided<1>(from, fromStride, head.headSize, toStride, to);
        case 2:
            return copyStrided<2>(from, fromStride, head.headSize, toStride, to);
        default:
            return copyStrided<4>(from, fromStride, head.headSize, toStride, to);
    }
}

}  // namespace

void storeKeyValue(const KvHead& head, int position, const float* key, const float* value) {
    HWY_DYNAMIC_DISPATCH(storeKeyValueImpl)(head, position, key, value);
}

void takeKeyValue(const KvHead& head, int position, std::byte* row) {
    const Place place = placeOf(head, position);
    copyKey(head, place.key, kKeyPanel, 1, row);
    row += place.valueBytes;
    std::memcpy(row, place.value, place.valueBytes);
    row += place.valueBytes;
    if (head.type != DType::I8) return;
    std::memcpy(row, head.keyScales + position, sizeof(float));
    std::memcpy(row + sizeof(float), head.valueScales + position, sizeof(float));
}

void putKeyValue(const KvHead& head, int position, const std::byte* row) {
    const Place place = placeOf(head, position);
    copyKey(head, row, 1, kKeyPanel, place.key);
    row += place.valueBytes;
    std::memcpy(place.value, row, place.valueBytes);
    std::memset(place.value + place.valueBytes, 0, place.paddingBytes);
    row += place.valueBytes;
    if (head.type != DType::I8) return;
    std::memcpy(head.keyScales + position, row, sizeof(float));
    std::memcpy(head.valueScales + position, row + sizeof(float), sizeof(float));
}

}  // namespace gatescope::kernels
#endif
