#pragma once

#include "kernels/cuda/device.h"
#include "kernels/cuda/matvec.h"
#include "kernels/cuda/with_type.h"

namespace gatescope::kernels::cuda {

/// A matrix without blocks whose outputs are whole groups of 32 weights, each with one scale.
__host__ __device__ inline bool isInPlainGroups(const Matrices& w) {
    return w.numIn % (kGroup * w.numGroups) == 0;
}

template <DType kType>
struct PlainMatrix {
    using Element = typename ElementOf<kType>::Type;
    const Element* data;
    const std::uint16_t* scales = nullptr;  ///< of all its outputs, a row for each scale group
    int numIn, numOut;
    int numGroups;      ///< of an output
    int groupsOfScale;  ///< neighbours that have the same scale
    __device__ PlainMatrix(const Matrices& w, int matrix)
        : data(reinterpret_cast<const Element*>(w.data) +
               static_cast<std::size_t>(matrix) * rowAt(w.numOut, w.numIn)),
          numIn(w.numIn),
          numOut(w.numOut),
          numGroups(w.numIn / kGroup),
          groupsOfScale(numGroups / w.numGroups) {
        if (w.scales != nullptr) scales = w.scales + rowAt(matrix, w.numGroups * w.numOut);
    }
};

/// 32 neighbouring weights of an output, 16 bytes at a time: weight i = scale[i / 16] * number i.
template <DType kType>
struct PlainGroup {
    using Element = typename ElementOf<kType>::Type;
    static constexpr int kWords = kGroup * static_cast<int>(sizeof(Element)) / 4;

    unsigned raw[kWords];
    float scale[2];

    __device__ void load(const PlainMatrix<kType>& from, int out, int group) {
        const auto* at = reinterpret_cast<const uint4*>(from.data + rowAt(out, from.numIn) +
                                                        rowAt(group, kGroup));
        GATESCOPE_UNROLL
        for (int i = 0; i < kWords / 4; ++i) {
            const uint4 part = at[i];
            raw[4 * i] = part.x;
            raw[4 * i + 1] = part.y;
            raw[4 * i + 2] = part.z;
            raw[4 * i + 3] = part.w;
        }
        scale[0] = 1;
        if constexpr (kType == DType::I8)
            if (from.scales != nullptr)
                scale[0] = fromBf16(from.scales[rowAt(group / from.groupsOfScale, from.numOut) +
                                                static_cast<std::size_t>(out)]);
        scale[1] = scale[0];
    }

    /// Numbers 4 * word ... 4 * word + 3.
    __device__ float4 numbers(int word) const {
        if constexpr (kType == DType::F32) {
            return {__uint_as_float(raw[4 * word]),
                    __uint_as_float(raw[4 * word + 1]),
                    __uint_as_float(raw[4 * word + 2]),
                    __uint_as_float(raw[4 * word + 3])};
        } else if constexpr (sizeof(Element) == 2) {
            const unsigned first = raw[2 * word];
            const unsigned second = raw[2 * word + 1];
            return {half(first, 0), half(first, 16), half(second, 0), half(second, 16)};
        } else {
            return {
                byte(raw[word], 0), byte(raw[word], 8), byte(raw[word], 16), byte(raw[word], 24)};
        }
    }

  private:
    __device__ static float half(unsigned pair, int shift) {
        const auto bits = static_cast<std::uint16_t>(pair >> shift);
        if constexpr (kType == DType::BF16) return fromBf16(bits);
        return fromF16(bits);
    }
    __device__ static float byte(unsigned four, int shift) {
        const auto bits = static_cast<std::uint8_t>(four >> shift);
        if constexpr (kType == DType::F8E4M3) return fromF8E4M3(bits);
        return static_cast<float>(static_cast<std::int8_t>(bits));
    }
};

}  // namespace gatescope::kernels::cuda
