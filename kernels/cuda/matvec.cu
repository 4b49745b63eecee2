#include "kernels/cuda/matvec.h"

#include "kernels/cuda/block_group.h"
#include "kernels/cuda/device.h"
#include "kernels/cuda/eight_weights.h"
#include "kernels/cuda/gelu.h"
#include "kernels/cuda/plain_group.h"
#include "kernels/cuda/with_type.h"

namespace gatescope::kernels::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kWarps = kThreads / kWarp;
constexpr int kRows = 2;  // outputs of a warp: they share what it reads of x

/// How a kernel reads weights: in groups of 32 inputs, which are many bytes at once; or the few
/// matrices whose outputs or scales end within one, eight inputs at a time.
enum class Reading { Groups, Eights };

/// sums[r] += W[matrix, firstOut + r] x, for outputs that exist; of this lane's inputs.
template <class T>
__device__ __forceinline__ void dotEights(
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
}

template <DType kType>
struct GroupsOf {
    using Matrix = PlainMatrix<kType>;
    using Group = PlainGroup<kType>;
    static constexpr int kBytes = kGroup * static_cast<int>(sizeof(typename Group::Element));
};
template <DType kType>
requires(isBlockType(kType)) struct GroupsOf<kType> {
    using Matrix = BlockMatrix<kType>;
    using Group = BlockGroup<kType>;
    static constexpr int kBytes = blockPlanes(kType).codes + blockPlanes(kType).high +
                                  (kHasMins<kType> ? 16 : 0);  // minima take registers, too
};

// A lane takes groups, and asks for several before it computes with the first: a GPU's memory is
// slow to answer, and keeps its pace only while enough is under way (HBM of a Hopper: 25 KB a
// multiprocessor; these are 64 in two blocks). Groups lie 128 bytes apart in x, which would be 32
// reads where one does; so a block first puts a piece of x into shared memory, the same four inputs
// of all groups together.
template <DType kType>
constexpr int kBatch = GroupsOf<kType>::kBytes <= 16   ? 4
                       : GroupsOf<kType>::kBytes <= 40 ? 2
                                                       : 1;
constexpr int kFours = kGroup / 4;

/// sums[r] += weights[r] times the inputs of their group, whose fours lie `stride` apart.
template <DType kType>
__device__ __forceinline__ void addGroup(const typename GroupsOf<kType>::Group (&weights)[kRows],
                                         const float4* fours,
                                         int stride,
                                         float (&sums)[kRows]) {
    GATESCOPE_UNROLL
    for (int half = 0; half < 2; ++half) {
        float inputs = 0;
        float dots[kRows] = {};
        GATESCOPE_UNROLL
        for (int word = 4 * half; word < 4 * half + 4; ++word) {
            const float4 four = fours[word * stride];
            if constexpr (kNumberOffset<kType> != 0 || kHasMins<kType>)
                inputs += (four.x + four.y) + (four.z + four.w);
            GATESCOPE_UNROLL
            for (int r = 0; r < kRows; ++r) {
                const float4 numbers = weights[r].numbers(word);
                dots[r] += numbers.x * four.x;
                dots[r] += numbers.y * four.y;
                dots[r] += numbers.z * four.z;
                dots[r] += numbers.w * four.w;
            }
        }
        GATESCOPE_UNROLL
        for (int r = 0; r < kRows; ++r) {
            if constexpr (kNumberOffset<kType> != 0) dots[r] -= kNumberOffset<kType> * inputs;
            sums[r] += weights[r].scale[half] * dots[r];
            if constexpr (kHasMins<kType>) sums[r] -= weights[r].min[half] * inputs;
        }
    }
}

/// The same. Every thread of the block calls it, whether its outputs exist or not.
template <DType kType>
__device__ __forceinline__ void dotGroups(
    const Matrices& w, int matrix, int firstOut, const float* x, float (&sums)[kRows]) {
    using Group = typename GroupsOf<kType>::Group;
    constexpr int kPiece = kBatch<kType> * kWarp;  // groups
    constexpr int kStride = kPiece + 1;            // spreads what a thread writes over the banks
    GATESCOPE_SHARED(float4, piece, [kFours * kStride]);
    const typename GroupsOf<kType>::Matrix rows(w, matrix);
    const int lane = static_cast<int>(threadIdx.x) % kWarp;
    for (int begin = 0; begin < rows.numGroups; begin += kPiece) {
        const int count = min(kPiece, rows.numGroups - begin);
        Group weights[kBatch<kType>][kRows];
        GATESCOPE_UNROLL
        for (int b = 0; b < kBatch<kType>; ++b) {
            const int group = begin + min(b * kWarp + lane, count - 1);
            GATESCOPE_UNROLL
            for (int r = 0; r < kRows; ++r)
                weights[b][r].load(rows, min(firstOut + r, w.numOut - 1), group);
        }
        __syncthreads();  // the last piece has been read
        for (int i = static_cast<int>(threadIdx.x); i < count * kFours; i += kThreads)
            piece[i % kFours * kStride + i / kFours] =
                reinterpret_cast<const float4*>(x + rowAt(begin, kGroup))[i];
        __syncthreads();
        GATESCOPE_UNROLL
        for (int b = 0; b < kBatch<kType>; ++b) {
            const int g = b * kWarp + lane;
            if (g < count) addGroup<kType>(weights[b], piece + g, kStride, sums);
        }
    }
}

/// sums[r] = W[matrix, firstOut + r] x, for outputs that exist; the same in every lane. Every
/// thread of the block calls it.
template <DType kType, Reading kReading>
__device__ __forceinline__ void dotRows(
    const Matrices& w, int matrix, int firstOut, const float* x, float (&sums)[kRows]) {
    GATESCOPE_UNROLL
    for (int r = 0; r < kRows; ++r) sums[r] = 0;
    if constexpr (kReading == Reading::Groups)
        dotGroups<kType>(w, matrix, firstOut, x, sums);
    else
        dotEights<typename ElementOf<kType>::Type>(w, matrix, firstOut, x, sums);
    GATESCOPE_UNROLL
    for (int r = 0; r < kRows; ++r) {
        sums[r] = warpSum(sums[r]);
        if (kType == DType::F8E4M3 && w.rowScales != nullptr && firstOut + r < w.numOut)
            sums[r] *=
                w.rowScales[rowAt(matrix, w.numOut) + static_cast<std::size_t>(firstOut + r)];
    }
}

constexpr int kOutputs = kWarps * kRows;  // of a block

constexpr int blocksOf(int numOut) {
    return (numOut + kOutputs - 1) / kOutputs;
}

/// The first output of the calling warp, in a block that is the `block`-th of its matrix.
__device__ int firstOutput(int block) {
    return block * kOutputs + static_cast<int>(threadIdx.x) / kWarp * kRows;
}

/// Lane r writes output r, if there is one: store(r, its number).
template <class Store>
__device__ void storeOutputs(int firstOut, int numOut, const Store& store) {
    const int lane = static_cast<int>(threadIdx.x) % kWarp;
    GATESCOPE_UNROLL
    for (int r = 0; r < kRows; ++r)
        if (lane == r && firstOut + r < numOut) store(r, firstOut + r);
}

template <DType kType, Reading kReading>
__global__ void __launch_bounds__(kThreads, 2) matvecKernel(Matvecs all) {
    int block = static_cast<int>(blockIdx.x);
    int part = 0;
    for (; block >= blocksOf(all.part[part].weights.numOut); ++part)
        block -= blocksOf(all.part[part].weights.numOut);
    const Matvec& op = all.part[part];
    const int row = static_cast<int>(blockIdx.y);
    const int matrix = op.matrix == nullptr ? 0 : op.matrix[row];
    const int firstOut = firstOutput(block);
    if (matrix < 0) return;
    float sums[kRows];
    dotRows<kType, kReading>(
        op.weights, matrix, firstOut, op.x + rowAt(row, op.weights.numIn), sums);
    float* y = op.y + rowAt(row, op.weights.numOut);
    storeOutputs(
        firstOut, op.weights.numOut, [&](int r, int out) { y[out] = op.factor * sums[r]; });
}

/// What a launch computes: of matrices of two types, one after the other.
enum class Branch { Both, Gate, Up };

template <DType kType, Reading kReading>
__global__ void __launch_bounds__(kThreads, 2) expertGateUpKernel(ExpertGateUp op, Branch branch) {
    const int pair = static_cast<int>(blockIdx.y);
    const int expert = op.selected[pair];
    const int firstOut = firstOutput(static_cast<int>(blockIdx.x));
    if (expert < 0 || op.gates[pair] == 0) return;
    const float* x = op.x + rowAt(pair / op.mostSelected, op.gate.numIn);
    float gate[kRows] = {};
    float up[kRows] = {};
    if (branch != Branch::Up) dotRows<kType, kReading>(op.gate, expert, firstOut, x, gate);
    if (branch != Branch::Gate) dotRows<kType, kReading>(op.up, expert, firstOut, x, up);
    float* activation = op.activation + rowAt(pair, op.gate.numOut);
    storeOutputs(firstOut, op.gate.numOut, [&](int r, int out) {
        const float gated = branch == Branch::Up ? activation[out] : geluTanh(gate[r]);
        activation[out] = branch == Branch::Gate ? gated : gated * up[r];
    });
}

template <DType kType, Reading kReading>
__global__ void __launch_bounds__(kThreads, 2) expertDownKernel(ExpertDown op) {
    const int token = static_cast<int>(blockIdx.y);
    const int firstOut = firstOutput(static_cast<int>(blockIdx.x));
    float change[kRows] = {};
    for (int s = 0; s < op.mostSelected; ++s) {
        const int pair = token * op.mostSelected + s;
        const int expert = op.selected[pair];
        if (expert < 0) break;
        if (op.gates[pair] == 0) continue;
        float sums[kRows];
        dotRows<kType, kReading>(
            op.down, expert, firstOut, op.activation + rowAt(pair, op.down.numIn), sums);
        for (int r = 0; r < kRows; ++r) change[r] += op.gates[pair] * sums[r];
    }
    float* to = op.change + rowAt(token, op.down.numOut);
    storeOutputs(firstOut, op.down.numOut, [&](int r, int out) { to[out] = change[r]; });
}

dim3 gridOf(int numOut, int numRows) {
    return dim3(static_cast<unsigned>(blocksOf(numOut)), static_cast<unsigned>(numRows));
}

/// launch(Stored<type>(), how to read them) for the weights of `w`.
template <class Launch>
int withReading(const Matrices& w, const Launch& launch) {
    return withType(w.type, [&](auto stored) {
        constexpr DType kType = decltype(stored)::value;
        constexpr std::integral_constant<Reading, Reading::Groups> kGroups;
        if constexpr (isBlockType(kType)) {
            return launch(stored, kGroups);
        } else {
            if (isInPlainGroups(w)) return launch(stored, kGroups);
            return launch(stored, std::integral_constant<Reading, Reading::Eights>());
        }
    });
}

int launchGateUp(const ExpertGateUp& op, const Matrices& w, Branch branch, Stream stream) {
    return withReading(w, [&](auto stored, auto reading) {
        return GATESCOPE_LAUNCH(
            (expertGateUpKernel<decltype(stored)::value, decltype(reading)::value>),
            gridOf(op.gate.numOut, op.numTokens * op.mostSelected),
            kThreads,
            0,
            stream,
            op,
            branch);
    });
}

}  // namespace

int matvecs(const Matvecs& op, Stream stream) {
    const Matrices& first = op.part[0].weights;
    int blocks = 0;
    for (int p = 0; p < op.count; ++p) {
        const Matrices& w = op.part[p].weights;
        if (w.type == first.type && isInPlainGroups(w) == isInPlainGroups(first)) {
            blocks += blocksOf(w.numOut);
            continue;
        }
        for (int each = 0; each < op.count; ++each)
            if (const int error = matvec(op.part[each], stream)) return error;
        return 0;
    }
    return withReading(first, [&](auto stored, auto reading) {
        return GATESCOPE_LAUNCH(
            (matvecKernel<decltype(stored)::value, decltype(reading)::value>),
            dim3(static_cast<unsigned>(blocks), static_cast<unsigned>(op.part[0].numRows)),
            kThreads,
            0,
            stream,
            op);
    });
}

int matvec(const Matvec& op, Stream stream) {
    return matvecs({.part = {op}, .count = 1}, stream);
}

int expertGateUp(const ExpertGateUp& op, Stream stream) {
    if (op.gate.type == op.up.type && isInPlainGroups(op.gate) == isInPlainGroups(op.up))
        return launchGateUp(op, op.gate, Branch::Both, stream);
    if (const int error = launchGateUp(op, op.gate, Branch::Gate, stream)) return error;
    return launchGateUp(op, op.up, Branch::Up, stream);
}

int expertDown(const ExpertDown& op, Stream stream) {
    return withReading(op.down, [&](auto stored, auto reading) {
        return GATESCOPE_LAUNCH(
            (expertDownKernel<decltype(stored)::value, decltype(reading)::value>),
            gridOf(op.down.numOut, op.numTokens),
            kThreads,
            0,
            stream,
            op);
    });
}

}  // namespace gatescope::kernels::cuda
