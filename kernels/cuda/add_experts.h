#pragma once

#include <cstdint>

#include "kernels/cuda/stream.h"

namespace gatescope::kernels::cuda {

/// What the experts say about each token, added up: change[t] = sum over s of gates[t, s] *
/// out[place[t, s]], in the order of s; a place of -1 adds nothing.
struct AddExperts {
    const float* out = nullptr;           ///< [numTokens * numSelected, width], by expert
    const std::int32_t* place = nullptr;  ///< [numTokens, numSelected] from GroupByExpert
    const float* gates = nullptr;         ///< [numTokens, numSelected]
    int numTokens = 0;
    int numSelected = 0;
    int width = 0;
    float* change = nullptr;  ///< [numTokens, width] out
};
int addExperts(const AddExperts& op, Stream stream);

}  // namespace gatescope::kernels::cuda
