#include "kernels/cuda/embedding.h"

#include "kernels/cuda/block_group.h"
#include "kernels/cuda/device.h"
#include "kernels/cuda/with_type.h"

namespace gatescope::kernels::cuda {
namespace {

constexpr int kThreads = 256;  // a block takes a token

__device__ float valueOf(float element) {
    return element;
}
__device__ float valueOf(F16 element) {
    return fromF16(element.bits);
}
__device__ float valueOf(Bf16 element) {
    return fromBf16(element.bits);
}
__device__ float valueOf(F8E4M3 element) {
    return fromF8E4M3(element.bits);
}
__device__ float valueOf(std::int8_t element) {
    return static_cast<float>(element);
}

template <class T>
__device__ void readPlainRow(const Embedding& op, int row, float* hidden) {
    const Matrices& table = op.table;
    const T* from = reinterpret_cast<const T*>(table.data) + rowAt(row, table.numIn);
    const float rowScale = table.rowScales == nullptr ? 1 : table.rowScales[row];
    for (int i = static_cast<int>(threadIdx.x); i < table.numIn; i += kThreads) {
        float value = valueOf(from[i]) * rowScale;
        if (table.scales != nullptr)
            value *= fromBf16(table.scales[rowAt(groupOf(table, i), table.numOut) +
                                           static_cast<std::size_t>(row)]);
        hidden[i] = value * op.scale;
    }
}

template <DType kType>
__device__ void readBlockRow(const Embedding& op, int row, float* hidden) {
    const BlockMatrix<kType> from(op.table, 0);
    for (int g = static_cast<int>(threadIdx.x); g < from.numGroups; g += kThreads) {
        BlockGroup<kType> group;
        group.load(from, row, g);
        GATESCOPE_UNROLL
        for (int i = 0; i < kGroup; ++i) {
            const float number = numberOf<kType>(group.four(i / 4), i % 4) -
                                 static_cast<float>(kNumberOffset<kType>);
            const float value = group.scale[i / 16] * number - group.min[i / 16];
            hidden[g * kGroup + i] = value * op.scale;
        }
    }
}

template <DType kType>
__global__ void __launch_bounds__(kThreads) embeddingKernel(Embedding op) {
    const int token = static_cast<int>(blockIdx.x);
    const int row = op.tokens[token];
    if (threadIdx.x == 0) op.visible[*op.position + token] = row == op.padToken ? 0 : 1;
    float* hidden = op.hidden + rowAt(token, op.table.numIn);
    if constexpr (isBlockType(kType))
        readBlockRow<kType>(op, row, hidden);
    else
        readPlainRow<typename ElementOf<kType>::Type>(op, row, hidden);
}

}  // namespace

int embedding(const Embedding& op, Stream stream) {
    return withType(op.table.type, [&](auto stored) {
        return GATESCOPE_LAUNCH(embeddingKernel<decltype(stored)::value>,
                                static_cast<unsigned>(op.numTokens),
                                kThreads,
                                0,
                                stream,
                                op);
    });
}

}  // namespace gatescope::kernels::cuda
