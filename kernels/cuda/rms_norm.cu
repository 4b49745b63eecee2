#include "kernels/cuda/rms_norm.h"

#include "kernels/cuda/device.h"
#include "kernels/cuda/round_group.h"

namespace gatescope::kernels::cuda {
namespace {

constexpr int kThreads = 256;  // a block takes a row

__device__ float normFactor(float sumOfSquares, int width, float eps) {
    return 1.0F / sqrtf(sumOfSquares / static_cast<float>(width) + eps);
}

/// Row `row` of `rounded`, in 8 bits, of what the block has written to `normed`.
template <int kBlock>
__device__ void storeInEightBits(const float* normed,
                                 int width,
                                 const RoundedRows& rounded,
                                 int row) {
    const int ofGroup = width / rounded.numGroups;
    for (int g = 0; g < rounded.numGroups; ++g)
        roundGroup<kBlock>(
            normed + rowAt(g, ofGroup),
            ofGroup,
            rounded.type,
            static_cast<std::uint8_t*>(rounded.data) + rowAt(row, width) + rowAt(g, ofGroup),
            rounded.scales + rowAt(row, rounded.numGroups) + g);
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
    if (rounded.data != nullptr && bf16 == nullptr)
        storeInEightBits<kThreads>(normed, width, rounded, row);
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

// Rows that a block can hold in registers, which are nearly all: it asks for everything at once
// and reads nothing twice.
constexpr int kHoldingThreads = 512;
constexpr int kFoursHeld = 4;  // of a thread

bool canHold(int width) {
    return width % 4 == 0 && width / 4 <= kHoldingThreads * kFoursHeld;
}

__device__ float sumOfSquares(const float4& x) {
    return (x.x * x.x + x.y * x.y) + (x.z * x.z + x.w * x.w);
}
__device__ float4 normedFour(const float4& gain, const float4& x, float factor) {
    return {gain.x * (x.x * factor),
            gain.y * (x.y * factor),
            gain.z * (x.z * factor),
            gain.w * (x.w * factor)};
}
__device__ bool isFinite(const float4& x) {
    return fabsf(x.x) < INFINITY && fabsf(x.y) < INFINITY && fabsf(x.z) < INFINITY &&
           fabsf(x.w) < INFINITY;
}

/// The fours of a row that a thread holds; zeros behind its end.
struct HeldRow {
    float4 four[kFoursHeld];
    __device__ HeldRow(const float* row, int width) {
        GATESCOPE_UNROLL
        for (int f = 0; f < kFoursHeld; ++f)
            four[f] = place(f) < width / 4 ? reinterpret_cast<const float4*>(row)[place(f)]
                                           : float4{0, 0, 0, 0};
    }
    __device__ static int place(int f) {
        return static_cast<int>(threadIdx.x) + f * kHoldingThreads;
    }
    __device__ float normFactor(int width, float eps) const {
        float sum = 0;
        GATESCOPE_UNROLL
        for (int f = 0; f < kFoursHeld; ++f) sum += sumOfSquares(four[f]);
        return cuda::normFactor(blockSum<kHoldingThreads>(sum), width, eps);
    }
};

__global__ void __launch_bounds__(kHoldingThreads, 1) addNormedHeldKernel(AddNormed op) {
    const int token = static_cast<int>(blockIdx.x);
    const std::size_t row = rowAt(token, op.width);
    const HeldRow change(op.change + row, op.width);
    HeldRow hidden(op.hidden + row, op.width);
    const HeldRow changeGain(op.changeGain, op.width);
    const HeldRow gain(op.gain, op.width);
    const float changeFactor = change.normFactor(op.width, op.eps);
    bool finite = true;
    GATESCOPE_UNROLL
    for (int f = 0; f < kFoursHeld; ++f) {
        const float4 normed = normedFour(changeGain.four[f], change.four[f], changeFactor);
        float4& sum = hidden.four[f];
        sum = {sum.x + normed.x, sum.y + normed.y, sum.z + normed.z, sum.w + normed.w};
        const int place = HeldRow::place(f);
        if (place >= op.width / 4) continue;
        reinterpret_cast<float4*>(op.hidden + row)[place] = sum;
        finite = finite && isFinite(sum);
    }
    if (op.firstNonFinite != nullptr && !finite) atomicMin(op.firstNonFinite, op.layer);
    const float factor = hidden.normFactor(op.width, op.eps);
    const bool inBf16 = op.rounded.data != nullptr && op.rounded.type == DType::BF16;
    GATESCOPE_UNROLL
    for (int f = 0; f < kFoursHeld; ++f) {
        const int place = HeldRow::place(f);
        if (place >= op.width / 4) continue;
        const float4 normed = normedFour(gain.four[f], hidden.four[f], factor);
        reinterpret_cast<float4*>(op.normed + row)[place] = normed;
        if (inBf16)
            reinterpret_cast<uint2*>(static_cast<std::uint16_t*>(op.rounded.data) + row)[place] = {
                toBf16(normed.x) | static_cast<unsigned>(toBf16(normed.y)) << 16U,
                toBf16(normed.z) | static_cast<unsigned>(toBf16(normed.w)) << 16U};
    }
    if (op.rounded.data != nullptr && !inBf16)
        storeInEightBits<kHoldingThreads>(op.normed + row, op.width, op.rounded, token);
}

}  // namespace

int rmsNorm(const RmsNorm& op, Stream stream) {
    return GATESCOPE_LAUNCH(
        rmsNormKernel, static_cast<unsigned>(op.numTokens), kThreads, 0, stream, op);
}

int addNormed(const AddNormed& op, Stream stream) {
    if (canHold(op.width))
        return GATESCOPE_LAUNCH(addNormedHeldKernel,
                                static_cast<unsigned>(op.numTokens),
                                kHoldingThreads,
                                0,
                                stream,
                                op);
    return GATESCOPE_LAUNCH(
        addNormedKernel, static_cast<unsigned>(op.numTokens), kThreads, 0, stream, op);
}

}  // namespace gatescope::kernels::cuda
