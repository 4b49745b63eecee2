#include "kernels/cuda/matvec.h"

#include "kernels/cuda/device.h"

namespace gatescope::kernels::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kWarps = kThreads / kWarp;
constexpr int kRows = 2;    // outputs of a warp: they share what it reads of x
constexpr int kInputs = 8;  // of a lane at a time

__device__ void loadEight(const float* from, float (&to)[kInputs]) {
    for (int i = 0; i < kInputs; i += 4) {
        const float4 four = *reinterpret_cast<const float4*>(from + i);
        to[i] = four.x;
        to[i + 1] = four.y;
        to[i + 2] = four.z;
        to[i + 3] = four.w;
    }
}
__device__ void loadEight(const F16* from, float (&to)[kInputs]) {
    const uint4 raw = *reinterpret_cast<const uint4*>(from);
    const unsigned pairs[4] = {raw.x, raw.y, raw.z, raw.w};
    for (int i = 0; i < 4; ++i) {
        to[2 * i] = fromF16(static_cast<std::uint16_t>(pairs[i] & 0xFFFFU));
        to[2 * i + 1] = fromF16(static_cast<std::uint16_t>(pairs[i] >> 16U));
    }
}
__device__ void loadEight(const Bf16* from, float (&to)[kInputs]) {
    const uint4 raw = *reinterpret_cast<const uint4*>(from);
    const unsigned pairs[4] = {raw.x, raw.y, raw.z, raw.w};
    for (int i = 0; i < 4; ++i) {
        to[2 * i] = __uint_as_float(pairs[i] << 16U);
        to[2 * i + 1] = __uint_as_float(pairs[i] & 0xFFFF0000U);
    }
}
__device__ void loadEight(const std::int8_t* from, float (&to)[kInputs]) {
    const uint2 raw = *reinterpret_cast<const uint2*>(from);
    const unsigned fours[2] = {raw.x, raw.y};
    for (int i = 0; i < kInputs; ++i)
        to[i] = static_cast<float>(static_cast<std::int8_t>(fours[i / 4] >> (8 * (i % 4))));
}

/// sums[r] = W[matrix, firstOut + r] x, for outputs that exist; the same in every lane.
template <class T>
__device__ void dotRows(
    const Matrices& w, int matrix, int firstOut, const float* x, float (&sums)[kRows]) {
    const std::size_t size = rowAt(w.numOut, w.numIn);
    const T* rows = reinterpret_cast<const T*>(w.data) + static_cast<std::size_t>(matrix) * size +
                    rowAt(firstOut, w.numIn);
    const std::uint16_t* scales =
        w.scales == nullptr ? nullptr : w.scales + rowAt(matrix, w.numGroups * w.numOut) + firstOut;
    const int groupInputs = w.numIn / w.numGroups;
    for (float& sum : sums) sum = 0;
    for (int k = static_cast<int>(threadIdx.x) % kWarp * kInputs; k < w.numIn;
         k += kWarp * kInputs) {
        float inputs[kInputs];
        loadEight(x + k, inputs);
        for (int r = 0; r < kRows; ++r) {
            if (firstOut + r >= w.numOut) break;
            float weights[kInputs];
            loadEight(rows + rowAt(r, w.numIn) + k, weights);
            float sum = 0;
            for (int i = 0; i < kInputs; ++i) sum += weights[i] * inputs[i];
            if (scales != nullptr)
                sum *= fromBf16(
                    scales[rowAt(k / groupInputs, w.numOut) + static_cast<std::size_t>(r)]);
            sums[r] += sum;
        }
    }
    for (float& sum : sums) sum = warpSum(sum);
}

/// The first output of the calling warp.
__device__ int firstOutput() {
    return (static_cast<int>(blockIdx.x) * kWarps + static_cast<int>(threadIdx.x) / kWarp) * kRows;
}

/// Lane r writes output r, if there is one: store(r, its number).
template <class Store>
__device__ void storeOutputs(int firstOut, int numOut, const Store& store) {
    const int lane = static_cast<int>(threadIdx.x) % kWarp;
    for (int r = 0; r < kRows; ++r)
        if (lane == r && firstOut + r < numOut) store(r, firstOut + r);
}

template <class T>
__global__ void __launch_bounds__(kThreads, 2) matvecKernel(Matvec op) {
    const int row = static_cast<int>(blockIdx.y);
    const int matrix = op.matrix == nullptr ? 0 : op.matrix[row];
    const int firstOut = firstOutput();
    if (matrix < 0 || firstOut >= op.weights.numOut) return;
    float sums[kRows];
    dotRows<T>(op.weights, matrix, firstOut, op.x + rowAt(row, op.weights.numIn), sums);
    float* y = op.y + rowAt(row, op.weights.numOut);
    storeOutputs(
        firstOut, op.weights.numOut, [&](int r, int out) { y[out] = op.factor * sums[r]; });
}

__device__ float geluTanh(float x) {
    const float inner = 0.7978845608028654F * (x + 0.044715F * (x * x * x));
    return x * (0.5F * (1 + tanhf(inner)));
}

template <class T>
__global__ void __launch_bounds__(kThreads, 2) expertGateUpKernel(ExpertGateUp op) {
    const int pair = static_cast<int>(blockIdx.y);
    const int expert = op.selected[pair];
    const int firstOut = firstOutput();
    const int numOut = op.gate.numOut;
    if (expert < 0 || firstOut >= numOut) return;
    const float* x = op.x + rowAt(pair / op.mostSelected, op.gate.numIn);
    float gate[kRows], up[kRows];
    dotRows<T>(op.gate, expert, firstOut, x, gate);
    dotRows<T>(op.up, expert, firstOut, x, up);
    float* activation = op.activation + rowAt(pair, numOut);
    storeOutputs(
        firstOut, numOut, [&](int r, int out) { activation[out] = geluTanh(gate[r]) * up[r]; });
}

template <class T>
__global__ void __launch_bounds__(kThreads, 2) expertDownKernel(ExpertDown op) {
    const int token = static_cast<int>(blockIdx.y);
    const int firstOut = firstOutput();
    if (firstOut >= op.down.numOut) return;
    float change[kRows] = {};
    for (int s = 0; s < op.mostSelected; ++s) {
        const int pair = token * op.mostSelected + s;
        const int expert = op.selected[pair];
        if (expert < 0) break;
        float sums[kRows];
        dotRows<T>(op.down, expert, firstOut, op.activation + rowAt(pair, op.down.numIn), sums);
        for (int r = 0; r < kRows; ++r) change[r] += op.gates[pair] * sums[r];
    }
    float* to = op.change + rowAt(token, op.down.numOut);
    storeOutputs(firstOut, op.down.numOut, [&](int r, int out) { to[out] = change[r]; });
}

dim3 gridOf(int numOut, int numRows) {
    constexpr int kOutputs = kWarps * kRows;
    return dim3(static_cast<unsigned>((numOut + kOutputs - 1) / kOutputs),
                static_cast<unsigned>(numRows));
}

/// launch(T()) for the elements T of a matrix.
template <class Launch>
int withElement(DType type, const Launch& launch) {
    switch (type) {
        case DType::F16:
            return launch(F16());
        case DType::BF16:
            return launch(Bf16());
        case DType::I8:
            return launch(std::int8_t());
        default:
            return launch(float());
    }
}

}  // namespace

int matvec(const Matvec& op, Stream stream) {
    return withElement(op.weights.type, [&](auto element) {
        return GATESCOPE_LAUNCH(matvecKernel<decltype(element)>,
                                gridOf(op.weights.numOut, op.numRows),
                                kThreads,
                                0,
                                stream,
                                op);
    });
}

int expertGateUp(const ExpertGateUp& op, Stream stream) {
    return withElement(op.gate.type, [&](auto element) {
        return GATESCOPE_LAUNCH(expertGateUpKernel<decltype(element)>,
                                gridOf(op.gate.numOut, op.numTokens * op.mostSelected),
                                kThreads,
                                0,
                                stream,
                                op);
    });
}

int expertDown(const ExpertDown& op, Stream stream) {
    return withElement(op.down.type, [&](auto element) {
        return GATESCOPE_LAUNCH(expertDownKernel<decltype(element)>,
                                gridOf(op.down.numOut, op.numTokens),
                                kThreads,
                                0,
                                stream,
                                op);
    });
}

}  // namespace gatescope::kernels::cuda
