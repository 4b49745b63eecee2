#pragma once

#include "kernels/cuda/rounded_rows.h"
#include "kernels/cuda/stream.h"

namespace gatescope::kernels::cuda {

/// normed[t][i] = gain[i] * x[t][i] / sqrt(mean of whole[t]^2 + eps)
struct RmsNorm {
    const float* x = nullptr;      ///< [numTokens, width]
    const float* whole = nullptr;  ///< what x is a part of; null: x
    int wholeStride = 0;           ///< floats from row to row of it; 0: one row for all
    const float* gain = nullptr;   ///< [width]
    float* normed = nullptr;       ///< [numTokens, width] out; may be x
    int numTokens = 0;
    int width = 0;
    float eps = 0;
    RoundedRows rounded;  ///< normed once more, as roundRows() gives it; width a multiple of 8 then
};
/// Source: xai-org/grok-1 model.py, RMSNorm.
int rmsNorm(const RmsNorm& op, Stream stream);

/// The end of one half of a layer and the beginning of the next, in one pass over the row:
/// hidden += rmsNorm(change, changeGain), normed = rmsNorm(hidden, gain).
struct AddNormed {
    const float* change = nullptr;      ///< [numTokens, width]
    const float* changeGain = nullptr;  ///< [width]
    float* hidden = nullptr;            ///< [numTokens, width] in and out
    const float* gain = nullptr;        ///< [width]
    float* normed = nullptr;            ///< [numTokens, width] out
    int numTokens = 0;
    int width = 0;
    float eps = 0;
    /// One, or null: becomes `layer` if that is less and some element of hidden is not finite.
    int* firstNonFinite = nullptr;
    int layer = 0;
    RoundedRows rounded;  ///< as in RmsNorm
};
int addNormed(const AddNormed& op, Stream stream);

}  // namespace gatescope::kernels::cuda
