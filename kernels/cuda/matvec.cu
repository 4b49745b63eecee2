#include "kernels/cuda/matvec.h"

#include "kernels/cuda/block_group.h"
#include "kernels/cuda/device.h"
#include "kernels/cuda/eight_weights.h"
#include "kernels/cuda/gelu.h"
#include "kernels/cuda/with_type.h"

namespace gatescope::kernels::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kWarps = kThreads / kWarp;
constexpr int kRows = 2;  // outputs of a warp: they share what it reads of x

/// sums[r] = W[matrix, firstOut + r] x, for outputs that exist; of this lane's inputs.
template <class T>
__device__ __forceinline__ void dotPlainRows(
    const Matrices& w, int matrix, int firstOut, const float* x, float (&sums)[kRows]) {
    const std::size_t size = rowAt(w.numOut, w.numIn);
    const T* rows = reinterpret_cast<const T*>(w.data) + static_cast<std::size_t>(matrix) * size +
                    rowAt(firstOut, w.numIn);
    const std::uint16_t* scales =
        w.scales == nullptr ? nullptr : w.scales + rowAt(matrix, w.numGroups * w.numOut) + firstOut;
    for (int k = static_cast<int>(threadIdx.x) % kWarp * kInputs; k < w.numIn;
         k += kWarp * kInputs) {
        float inputs[kInputs];
        loadEight(x + k, inputs);
        const ScaleRows scaleRows(w, k);
        for (int r = 0; r < kRows; ++r) {
            if (firstOut + r >= w.numOut) break;
            float weights[kInputs];
            loadEight(rows + rowAt(r, w.numIn) + k, weights);
            if (!scaleRows.same)
                for (int i = 0; i < kInputs; ++i)
                    weights[i] *= fromBf16(scales[rowAt(scaleRows.group[i], w.numOut) + r]);
            float sum = 0;
            for (int i = 0; i < kInputs; ++i) sum += weights[i] * inputs[i];
            if (scales != nullptr && scaleRows.same)
                sum *= fromBf16(scales[rowAt(scaleRows.group[0], w.numOut) + r]);
            sums[r] += sum;
        }
    }
    if (w.rowScales == nullptr) return;
    for (int r = 0; r < kRows; ++r)
        if (firstOut + r < w.numOut)
            sums[r] *=
                w.rowScales[rowAt(matrix, w.numOut) + static_cast<std::size_t>(firstOut + r)];
}

// Block types: a lane takes groups of 32 inputs. They lie 128 bytes apart in x, which would be 32
// reads where one does; so a block first puts a piece of x into shared memory, the same four inputs
// of all groups together.
constexpr int kPieceGroups = 128;
constexpr int kStride = kPieceGroups + 1;  // spreads what one thread writes over the banks
constexpr int kFours = kGroup / 4;

/// Every thread of the block calls it, whether its outputs exist or not.
template <DType kType>
__device__ __forceinline__ void dotBlockRows(
    const Matrices& w, int matrix, int firstOut, const float* x, float (&sums)[kRows]) {
    GATESCOPE_SHARED(float4, piece, [kFours * kStride]);
    const BlockMatrix<kType> rows(w.data, matrix, w.numIn, w.numOut);
    for (int begin = 0; begin < rows.numGroups; begin += kPieceGroups) {
        const int count = min(kPieceGroups, rows.numGroups - begin);
        __syncthreads();  // the last piece has been read
        for (int i = static_cast<int>(threadIdx.x); i < count * kFours; i += kThreads)
            piece[i % kFours * kStride + i / kFours] =
                reinterpret_cast<const float4*>(x + rowAt(begin, kGroup))[i];
        __syncthreads();
        for (int g = static_cast<int>(threadIdx.x) % kWarp; g < count; g += kWarp) {
            BlockGroup<kType> weights[kRows];
            GATESCOPE_UNROLL
            for (int r = 0; r < kRows; ++r)
                weights[r].load(rows, min(firstOut + r, w.numOut - 1), begin + g);
            GATESCOPE_UNROLL
            for (int half = 0; half < 2; ++half) {
                float inputs = 0;
                float dots[kRows] = {};
                GATESCOPE_UNROLL
                for (int word = 4 * half; word < 4 * half + 4; ++word) {
                    const float4 four = piece[word * kStride + g];
                    inputs += (four.x + four.y) + (four.z + four.w);
                    GATESCOPE_UNROLL
                    for (int r = 0; r < kRows; ++r) {
                        const unsigned numbers = weights[r].four(word);
                        dots[r] += numberOf<kType>(numbers, 0) * four.x;
                        dots[r] += numberOf<kType>(numbers, 1) * four.y;
                        dots[r] += numberOf<kType>(numbers, 2) * four.z;
                        dots[r] += numberOf<kType>(numbers, 3) * four.w;
                    }
                }
                GATESCOPE_UNROLL
                for (int r = 0; r < kRows; ++r) {
                    if constexpr (kNumberOffset<kType> != 0)
                        dots[r] -= kNumberOffset<kType> * inputs;
                    sums[r] += weights[r].scale[half] * dots[r];
                    if constexpr (kHasMins<kType>) sums[r] -= weights[r].min[half] * inputs;
                }
            }
        }
    }
}

/// sums[r] = W[matrix, firstOut + r] x, for outputs that exist; the same in every lane. Every
/// thread of the block calls it.
template <DType kType>
__device__ __forceinline__ void dotRows(
    const Matrices& w, int matrix, int firstOut, const float* x, float (&sums)[kRows]) {
    GATESCOPE_UNROLL
    for (int r = 0; r < kRows; ++r) sums[r] = 0;
    if constexpr (isBlockType(kType))
        dotBlockRows<kType>(w, matrix, firstOut, x, sums);
    else
        dotPlainRows<typename ElementOf<kType>::Type>(w, matrix, firstOut, x, sums);
    GATESCOPE_UNROLL
    for (int r = 0; r < kRows; ++r) sums[r] = warpSum(sums[r]);
}

/// The first output of the calling warp.
__device__ int firstOutput() {
    return (static_cast<int>(blockIdx.x) * kWarps + static_cast<int>(threadIdx.x) / kWarp) * kRows;
}

/// Lane r writes output r, if there is one: store(r, its number).
template <class Store>
__device__ void storeOutputs(int firstOut, int numOut, const Store& store) {
    const int lane = static_cast<int>(threadIdx.x) % kWarp;
    GATESCOPE_UNROLL
    for (int r = 0; r < kRows; ++r)
        if (lane == r && firstOut + r < numOut) store(r, firstOut + r);
}

template <DType kType>
__global__ void __launch_bounds__(kThreads, 2) matvecKernel(Matvec op) {
    const int row = static_cast<int>(blockIdx.y);
    const int matrix = op.matrix == nullptr ? 0 : op.matrix[row];
    const int firstOut = firstOutput();
    if (matrix < 0) return;
    float sums[kRows];
    dotRows<kType>(op.weights, matrix, firstOut, op.x + rowAt(row, op.weights.numIn), sums);
    float* y = op.y + rowAt(row, op.weights.numOut);
    storeOutputs(
        firstOut, op.weights.numOut, [&](int r, int out) { y[out] = op.factor * sums[r]; });
}

/// What a launch computes: of matrices of two types, one after the other.
enum class Branch { Both, Gate, Up };

template <DType kType>
__global__ void __launch_bounds__(kThreads, 2) expertGateUpKernel(ExpertGateUp op, Branch branch) {
    const int pair = static_cast<int>(blockIdx.y);
    const int expert = op.selected[pair];
    const int firstOut = firstOutput();
    if (expert < 0 || op.gates[pair] == 0) return;
    const float* x = op.x + rowAt(pair / op.mostSelected, op.gate.numIn);
    float gate[kRows] = {};
    float up[kRows] = {};
    if (branch != Branch::Up) dotRows<kType>(op.gate, expert, firstOut, x, gate);
    if (branch != Branch::Gate) dotRows<kType>(op.up, expert, firstOut, x, up);
    float* activation = op.activation + rowAt(pair, op.gate.numOut);
    storeOutputs(firstOut, op.gate.numOut, [&](int r, int out) {
        const float gated = branch == Branch::Up ? activation[out] : geluTanh(gate[r]);
        activation[out] = branch == Branch::Gate ? gated : gated * up[r];
    });
}

template <DType kType>
__global__ void __launch_bounds__(kThreads, 2) expertDownKernel(ExpertDown op) {
    const int token = static_cast<int>(blockIdx.y);
    const int firstOut = firstOutput();
    float change[kRows] = {};
    for (int s = 0; s < op.mostSelected; ++s) {
        const int pair = token * op.mostSelected + s;
        const int expert = op.selected[pair];
        if (expert < 0) break;
        if (op.gates[pair] == 0) continue;
        float sums[kRows];
        dotRows<kType>(op.down, expert, firstOut, op.activation + rowAt(pair, op.down.numIn), sums);
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

int launchGateUp(const ExpertGateUp& op, DType type, Branch branch, Stream stream) {
    return withType(type, [&](auto stored) {
        return GATESCOPE_LAUNCH(expertGateUpKernel<decltype(stored)::value>,
                                gridOf(op.gate.numOut, op.numTokens * op.mostSelected),
                                kThreads,
                                0,
                                stream,
                                op,
                                branch);
    });
}

}  // namespace

int matvec(const Matvec& op, Stream stream) {
    return withType(op.weights.type, [&](auto stored) {
        return GATESCOPE_LAUNCH(matvecKernel<decltype(stored)::value>,
                                gridOf(op.weights.numOut, op.numRows),
                                kThreads,
                                0,
                                stream,
                                op);
    });
}

int expertGateUp(const ExpertGateUp& op, Stream stream) {
    if (op.gate.type == op.up.type) return launchGateUp(op, op.gate.type, Branch::Both, stream);
    if (const int error = launchGateUp(op, op.gate.type, Branch::Gate, stream)) return error;
    return launchGateUp(op, op.up.type, Branch::Up, stream);
}

int expertDown(const ExpertDown& op, Stream stream) {
    return withType(op.down.type, [&](auto stored) {
        return GATESCOPE_LAUNCH(expertDownKernel<decltype(stored)::value>,
                                gridOf(op.down.numOut, op.numTokens),
                                kThreads,
                                0,
                                stream,
                                op);
    });
}

}  // namespace gatescope::kernels::cuda
