#include "kernels/cuda/rms_norm.h"

#include "kernels/cuda/device.h"
#include "kernels/cuda/round_group.h"

namespace gatescope::kernels::cuda {
namespace {

constexpr int kThreads = 256;  // a block takes a row

__device__ float normFactor(float sumOfSquares, int width, float eps) {
    return 1.0F / sqrtf(sumOfSquares / static_cast<float>(width) + eps);
}

/// normed[i] = gain[i] * (x[i] * factor), and the same as row `row` of `rounded`. Each thread comes
/// back to the elements of x that it wrote itself, so no barrier is needed before.
__device__ void storeNormed(const float* x,
                            float factor,
                            const float* gain,
                            int width,
                            float* normed,
                            const RoundedRows& rounded,
                            int row) {
    std::uint16_t* bf16 = rounded.data != nullptr && rounded.type == DType::BF16
                              ? static_cast<std::uint16_t*>(rounded.data) + rowAt(row, width)
                              : nullptr;
    for (int i = static_cast<int>(threadIdx.x); i < width; i += kThreads) {
        const float value = gain[i] * (x[i] * factor);
        normed[i] = value;
        if (bf16 != nullptr) bf16[i] = toBf16(value);
    }
    if (rounded.data == nullptr || rounded.type == DType::BF16) return;
    const int ofGroup = width / rounded.numGroups;
    for (int g = 0; g < rounded.numGroups; ++g)
        roundGroup<kThreads>(
            normed + rowAt(g, ofGroup),
            ofGroup,
            rounded.type,
            static_cast<std::uint8_t*>(rounded.data) + rowAt(row, width) + rowAt(g, ofGroup),
            rounded.scales + rowAt(row, rounded.numGroups) + g);
}

__global__ void __launch_bounds__(kThreads) rmsNormKernel(RmsNorm op) {
    const int token = static_cast<int>(blockIdx.x);
    const std::size_t row = rowAt(token, op.width);
    const float* x = op.x + row;
    const float* whole = op.whole == nullptr ? x : op.whole + rowAt(token, op.wholeStride);
    float sum = 0;
    for (int i = static_cast<int>(threadIdx.x); i < op.width; i += kThreads)
        sum += whole[i] * whole[i];
    const float factor = normFactor(blockSum<kThreads>(sum), op.width, op.eps);
    storeNormed(x, factor, op.gain, op.width, op.normed + row, op.rounded, token);
}

__global__ void __launch_bounds__(kThreads) addNormedKernel(AddNormed op) {
    const int token = static_cast<int>(blockIdx.x);
    const std::size_t row = rowAt(token, op.width);
    const float* change = op.change + row;
    float* hidden = op.hidden + row;
    float sum = 0;
    for (int i = static_cast<int>(threadIdx.x); i < op.width; i += kThreads)
        sum += change[i] * change[i];
    const float changeFactor = normFactor(blockSum<kThreads>(sum), op.width, op.eps);
    sum = 0;
    for (int i = static_cast<int>(threadIdx.x); i < op.width; i += kThreads) {
        const float value = hidden[i] + op.changeGain[i] * (change[i] * changeFactor);
        hidden[i] = value;
        sum += value * value;
        if (op.firstNonFinite != nullptr && !(fabsf(value) < INFINITY))
            atomicMin(op.firstNonFinite, op.layer);
    }
    const float factor = normFactor(blockSum<kThreads>(sum), op.width, op.eps);
    storeNormed(hidden, factor, op.gain, op.width, op.normed + row, op.rounded, token);
}

}  // namespace

int rmsNorm(const RmsNorm& op, Stream stream) {
    return GATESCOPE_LAUNCH(
        rmsNormKernel, static_cast<unsigned>(op.numTokens), kThreads, 0, stream, op);
}

int addNormed(const AddNormed& op, Stream stream) {
    return GATESCOPE_LAUNCH(
        addNormedKernel, static_cast<unsigned>(op.numTokens), kThreads, 0, stream, op);
}

}  // namespace gatescope::kernels::cuda
