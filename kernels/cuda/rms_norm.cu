#include "kernels/cuda/rms_norm.h"

#include "kernels/cuda/device.h"

namespace gatescope::kernels::cuda {
namespace {

constexpr int kThreads = 256;  // a block takes a row

__device__ float normFactor(float sumOfSquares, int width, float eps) {
    return 1.0F / sqrtf(sumOfSquares / static_cast<float>(width) + eps);
}

__global__ void __launch_bounds__(kThreads) rmsNormKernel(RmsNorm op) {
    const std::size_t row = rowAt(static_cast<int>(blockIdx.x), op.width);
    const float* x = op.x + row;
    const float* whole =
        op.whole == nullptr ? x : op.whole + rowAt(static_cast<int>(blockIdx.x), op.wholeStride);
    float* normed = op.normed + row;
    float sum = 0;
    for (int i = static_cast<int>(threadIdx.x); i < op.width; i += kThreads)
        sum += whole[i] * whole[i];
    const float factor = normFactor(blockSum<kThreads>(sum), op.width, op.eps);
    for (int i = static_cast<int>(threadIdx.x); i < op.width; i += kThreads)
        normed[i] = op.gain[i] * (x[i] * factor);
}

// Each thread comes back to the elements that it wrote itself, so no barrier is needed in between.
__global__ void __launch_bounds__(kThreads) addNormedKernel(AddNormed op) {
    const std::size_t row = rowAt(static_cast<int>(blockIdx.x), op.width);
    const float* change = op.change + row;
    float* hidden = op.hidden + row;
    float* normed = op.normed + row;
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
    for (int i = static_cast<int>(threadIdx.x); i < op.width; i += kThreads)
        normed[i] = op.gain[i] * (hidden[i] * factor);
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
