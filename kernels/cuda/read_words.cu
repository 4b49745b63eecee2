#include "kernels/cuda/read_words.h"

#include <algorithm>

#include "kernels/cuda/device.h"

namespace gatescope::kernels::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kAtOnce = 8;                 // reads of 16 bytes that a thread has under way
constexpr std::size_t kMostBlocks = 4096;  // several waves on any card: the end is even

__global__ void __launch_bounds__(kThreads) readWordsKernel(ReadWords op) {
    const auto* words = reinterpret_cast<const uint4*>(op.data);
    const std::size_t count = op.bytes / sizeof(uint4);
    const std::size_t stride = static_cast<std::size_t>(gridDim.x) * kThreads;
    std::size_t i = static_cast<std::size_t>(blockIdx.x) * kThreads + threadIdx.x;
    unsigned combined = 0;
    for (; i + (kAtOnce - 1) * stride < count; i += kAtOnce * stride) {
        uint4 read[kAtOnce];
        GATESCOPE_UNROLL
        for (int k = 0; k < kAtOnce; ++k) read[k] = words[i + static_cast<std::size_t>(k) * stride];
        GATESCOPE_UNROLL
        for (int k = 0; k < kAtOnce; ++k) combined ^= read[k].x ^ read[k].y ^ read[k].z ^ read[k].w;
    }
    for (; i < count; i += stride) combined ^= words[i].x ^ words[i].y ^ words[i].z ^ words[i].w;
    for (int by = kWarp / 2; by > 0; by /= 2) combined ^= __shfl_xor_sync(kAllLanes, combined, by);
    if (threadIdx.x % kWarp == 0) atomicXor(op.combined, combined);
}

}  // namespace

int readWords(const ReadWords& op, Stream stream) {
    if (op.bytes % sizeof(uint4) != 0) return kInvalidValue;
    const std::size_t perBlock = std::size_t{kThreads} * kAtOnce * sizeof(uint4);
    const std::size_t blocks =
        std::clamp<std::size_t>((op.bytes + perBlock - 1) / perBlock, 1, kMostBlocks);
    return GATESCOPE_LAUNCH(
        readWordsKernel, static_cast<unsigned>(blocks), kThreads, 0, stream, op);
}

}  // namespace gatescope::kernels::cuda
