#pragma once

#include <vector>

#include "kernels/cpu/kv_head.h"
#include "kernels/cuda/kv_cache.h"
#include "kernels/quant/dtype.h"

namespace gatescope::kernels::cuda {

struct CacheSizes {
    int numKvHeads, headSize, numKeys;
};

/// A cache of both kinds, as the GPU and as the CPU have it, with the same random rows at positions
/// 0 ... numKeys - 1. Behind them the GPU's has what nobody stored: not numbers, where the type has
/// such.
struct Caches {
    Caches(DType type, const CacheSizes& sizes, unsigned seed);
    KvHead host(int head);

    int capacity;
    std::vector<std::byte> keys, values, hostKeys, hostValues;
    std::vector<float> keyScales, valueScales, hostKeyScales, hostValueScales;
    KvLayer layer;

  private:
    void copyRow(int head, int position, std::size_t bytes);
};

}  // namespace gatescope::kernels::cuda
