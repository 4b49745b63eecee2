#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/cuda/kv_cache.h"
#include "kernels/cuda/stream.h"

namespace gatescope::kernels::cuda {

/// What a cache holds of some neighbouring tokens, a row each: key, value and, with I8, their
/// scales of every head, at the end whether the token is visible.
struct KvRows {
    KvLayer heads;                    ///< of all layers: numKvHeads counts them together
    std::uint8_t* visible = nullptr;  ///< [heads.capacity]
    int begin = 0;                    ///< position of the first token
    int count = 0;
    std::byte* rows = nullptr;  ///< [count, kvRowBytes(heads)]
};

/// Of a key or a value. (itemSize() has a name in it, whose length device code cannot take: nvcc 13
/// made an empty kernel of that, without a word.)
constexpr std::size_t kvElementBytes(const KvLayer& heads) {
    const std::size_t size = heads.type == DType::F32 ? 4 : heads.type == DType::I8 ? 1 : 2;
    return static_cast<std::size_t>(heads.headSize) * size;
}
/// Of one head: key, value, scales.
constexpr std::size_t kvHeadBytes(const KvLayer& heads) {
    return 2 * (kvElementBytes(heads) + (heads.type == DType::I8 ? sizeof(float) : 0));
}
constexpr std::size_t kvRowBytes(const KvLayer& heads) {
    return static_cast<std::size_t>(heads.numKvHeads) * kvHeadBytes(heads) + 1;
}

int saveKvRows(const KvRows& op, Stream stream);     ///< out of the cache
int restoreKvRows(const KvRows& op, Stream stream);  ///< into it

}  // namespace gatescope::kernels::cuda
