#pragma once

#include <cstdint>

#include "kernels/cuda/matvec.h"
#include "kernels/cuda/stream.h"

namespace gatescope::kernels::cuda {

/// The first step of a batch: hidden[t] = scale * table[tokens[t]], and whether each token may be
/// seen as a key. Token t is at position *position + t.
struct Embedding {
    Matrices table;                        ///< one, a row a token: numIn is the width
    const std::int32_t* tokens = nullptr;  ///< [numTokens]
    const int* position = nullptr;
    int numTokens = 0;
    float scale = 1;
    std::int32_t padToken = 0;
    float* hidden = nullptr;          ///< [numTokens, table.numIn] out
    std::uint8_t* visible = nullptr;  ///< [capacity] out, from *position on; 0: padding
};
/// Source: xai-org/grok-1 model.py, InOutEmbed and the padding mask of Transformer.
int embedding(const Embedding& op, Stream stream);

}  // namespace gatescope::kernels::cuda
