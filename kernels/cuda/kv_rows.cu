#include "kernels/cuda/kv_rows.h"

#include "kernels/cuda/device.h"

namespace gatescope::kernels::cuda {
namespace {

constexpr int kThreads = 128;  // a block takes a head of a token

/// A row has no alignment, so it is moved by bytes.
template <bool kSave>
__device__ void move(void* cache, std::byte* row, std::size_t bytes) {
    auto* cached = static_cast<std::byte*>(cache);
    for (std::size_t i = threadIdx.x; i < bytes; i += kThreads) {
        if (kSave)
            row[i] = cached[i];
        else
            cached[i] = row[i];
    }
}

template <bool kSave>
__global__ void __launch_bounds__(kThreads) kvRowsKernel(KvRows op) {
    const KvLayer& heads = op.heads;
    const int head = static_cast<int>(blockIdx.x);
    const int token = static_cast<int>(blockIdx.y);
    const int position = op.begin + token;
    const std::size_t elements = kvElementBytes(heads);
    const std::size_t rowBytes = kvRowBytes(heads);
    std::byte* row = op.rows + static_cast<std::size_t>(token) * rowBytes;
    std::byte* part = row + static_cast<std::size_t>(head) * kvHeadBytes(heads);
    const std::size_t at = rowAt(head, heads.capacity) + static_cast<std::size_t>(position);
    move<kSave>(heads.keys + at * elements, part, elements);
    move<kSave>(heads.values + at * elements, part + elements, elements);
    if (heads.keyScales != nullptr) {
        move<kSave>(heads.keyScales + at, part + 2 * elements, sizeof(float));
        move<kSave>(heads.valueScales + at, part + 2 * elements + sizeof(float), sizeof(float));
    }
    if (head == 0) move<kSave>(op.visible + position, row + rowBytes - 1, 1);
}

dim3 gridOf(const KvRows& op) {
    return dim3(static_cast<unsigned>(op.heads.numKvHeads), static_cast<unsigned>(op.count));
}

}  // namespace

int saveKvRows(const KvRows& op, Stream stream) {
    return GATESCOPE_LAUNCH(kvRowsKernel<true>, gridOf(op), kThreads, 0, stream, op);
}

int restoreKvRows(const KvRows& op, Stream stream) {
    return GATESCOPE_LAUNCH(kvRowsKernel<false>, gridOf(op), kThreads, 0, stream, op);
}

}  // namespace gatescope::kernels::cuda
