#include "kernels/cuda/bf16_weights.h"

#include "kernels/cuda/block_group.h"
#include "kernels/cuda/device.h"
#include "kernels/cuda/eight_weights.h"
#include "kernels/cuda/with_type.h"

namespace gatescope::kernels::cuda {
namespace {

constexpr int kThreads = 256;

/// Eight numbers side by side.
__device__ void storeEight(const float (&from)[kInputs], std::uint16_t* to) {
    unsigned pairs[kInputs / 2];
    GATESCOPE_UNROLL
    for (int i = 0; i < kInputs / 2; ++i)
        pairs[i] = static_cast<unsigned>(toBf16(from[2 * i])) |
                   static_cast<unsigned>(toBf16(from[2 * i + 1])) << 16U;
    *reinterpret_cast<uint4*>(to) = {pairs[0], pairs[1], pairs[2], pairs[3]};
}

/// Inputs k ... k + 7 of an output of a type without blocks.
template <class T>
__device__ void roundEight(const Matrices& w, int matrix, int out, int k, std::uint16_t* to) {
    const std::size_t row =
        rowAt(matrix, w.numOut) + static_cast<std::size_t>(out);  // of all matrices
    float weights[kInputs];
    loadEight(reinterpret_cast<const T*>(w.data) + row * static_cast<std::size_t>(w.numIn) + k,
              weights);
    const ScaleRows scaleRows(w, k);
    if (w.scales != nullptr) {
        const std::uint16_t* scales = w.scales + rowAt(matrix, w.numGroups * w.numOut) + out;
        const float first = fromBf16(scales[rowAt(scaleRows.group[0], w.numOut)]);
        GATESCOPE_UNROLL
        for (int i = 0; i < kInputs; ++i)
            weights[i] *= scaleRows.same || i == 0
                              ? first
                              : fromBf16(scales[rowAt(scaleRows.group[i], w.numOut)]);
    }
    if (w.rowScales != nullptr)
        for (float& weight : weights) weight *= w.rowScales[row];
    storeEight(weights, to);
}

/// A group of 32 inputs of an output of a type with blocks.
template <DType kType>
__device__ void roundGroup(const Matrices& w, int matrix, int out, int group, std::uint16_t* to) {
    const BlockMatrix<kType> rows(w, matrix);
    BlockGroup<kType> weights;
    weights.load(rows, out, group);
    GATESCOPE_UNROLL
    for (int word = 0; word < kGroup / 4; word += 2) {
        float eight[kInputs];
        GATESCOPE_UNROLL
        for (int i = 0; i < kInputs; ++i) {
            const int half = word / 4;
            const float number = numberOf<kType>(weights.four(word + i / 4), i % 4);
            eight[i] = weights.scale[half] * (number - kNumberOffset<kType>);
            if constexpr (kHasMins<kType>) eight[i] -= weights.min[half];
        }
        storeEight(eight, to + 4 * word);
    }
}

template <DType kType>
constexpr int kInputsOfThread = isBlockType(kType) ? kGroup : kInputs;

template <DType kType>
__global__ void __launch_bounds__(kThreads) bf16WeightsKernel(Bf16Weights op) {
    constexpr int kOwn = kInputsOfThread<kType>;
    const int inRow = op.weights.numIn / kOwn;
    const std::size_t part = static_cast<std::size_t>(blockIdx.x) * kThreads + threadIdx.x;
    if (part >= rowAt(op.numOut, inRow)) return;
    const int out = static_cast<int>(part / static_cast<std::size_t>(inRow));
    const int own = static_cast<int>(part % static_cast<std::size_t>(inRow));
    std::uint16_t* to = op.to + part * kOwn;
    if constexpr (isBlockType(kType))
        roundGroup<kType>(op.weights, op.matrix, op.firstOut + out, own, to);
    else
        roundEight<typename ElementOf<kType>::Type>(
            op.weights, op.matrix, op.firstOut + out, own * kOwn, to);
}

}  // namespace

int bf16Weights(const Bf16Weights& op, Stream stream) {
    return withType(op.weights.type, [&](auto stored) {
        constexpr DType kType = decltype(stored)::value;
        const std::size_t parts = rowAt(op.numOut, op.weights.numIn / kInputsOfThread<kType>);
        return GATESCOPE_LAUNCH(bf16WeightsKernel<kType>,
                                dim3(static_cast<unsigned>((parts + kThreads - 1) / kThreads)),
                                kThreads,
                                0,
                                stream,
                                op);
    });
}

}  // namespace gatescope::kernels::cuda
