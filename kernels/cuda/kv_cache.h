#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/cuda/stream.h"
#include "kernels/quant/dtype.h"

namespace gatescope::kernels::cuda {

/// Keys and values of one layer.
///   keys, values  [numKvHeads, capacity, headSize]  of type F32, F16, BF16 or I8
///   their scales  [numKvHeads, capacity]            only with I8: element = scale * number
struct KvLayer {
    DType type = DType::F16;
    std::byte* keys = nullptr;
    std::byte* values = nullptr;
    float* keyScales = nullptr;
    float* valueScales = nullptr;
    int numKvHeads = 0;
    int capacity = 0;
    int headSize = 0;
};

/// Turns queries and keys by their positions and puts keys and values into the cache, rounded to
/// its type, halves to even. Token t is at position *position + t.
struct RopeAndStore {
    float* query = nullptr;        ///< [numTokens, numQHeads, headSize] in and out
    const float* key = nullptr;    ///< [numTokens, numKvHeads, headSize]
    const float* value = nullptr;  ///< [numTokens, numKvHeads, headSize]
    const int* position = nullptr;
    int numTokens = 0;
    int numQHeads = 0;
    /// Of every position, from kernels/cpu/rope.h's ropeAngles(): the device's own functions need
    /// local memory for angles as large as these, and would differ.
    const float* cosines = nullptr;  ///< [cache.capacity, headSize / 2]
    const float* sines = nullptr;    ///< [cache.capacity, headSize / 2]
    KvLayer cache;
};
/// Source: xai-org/grok-1 model.py, RotaryEmbedding and rotate_half.
int ropeAndStore(const RopeAndStore& op, Stream stream);

}  // namespace gatescope::kernels::cuda
