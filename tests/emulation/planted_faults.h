#pragma once

namespace gatescope::emulation {

// Small kernels, right with fault None, and with each fault that the emulation is there to find.

enum class Fault {
    None,
    NoBarrierBeforeRead,     ///< another warp's value is read before it is there
    NoBarrierBeforeRewrite,  ///< a value is written over that another warp has still to read
    DivergentBarrier,        ///< one warp waits at a barrier that the others do not come to
    TwoBarriers,             ///< one block, two lines
    BarrierAfterExit,        ///< threads have left
    ShortSharedArray,        ///< one element too few
    MaskTooSmall,            ///< a shuffle reads a lane that its mask leaves out
    MaskOfOthers,            ///< a lane calls with a mask that it is not in
    FullMaskInBranch,        ///< lanes named in the mask never come
    NoSyncWarp,              ///< lanes of a warp exchange values through memory
    ReadPastTensor,          ///< one element behind the input
    LostUpdate,              ///< blocks count without an atomic
    NoFence,                 ///< the last block reads what others wrote, unordered
    DynamicSharedTooSmall,   ///< the launch asks for less than the kernel uses
};

/// total[0] = sum of x[0 ... count), partly through shared memory; threads of 64, blocks of 128.
/// Throws Failure.
///   x         [count]
///   partial   [blocks]
///   ticket    [1] zero, and zero again afterwards
///   total     [1] out
void sumWithFault(
    Fault fault, const float* x, int count, float* partial, unsigned* ticket, float* total);

/// y[i] = x[31 - i] within each group of 32, three times over.
///   x, y  [64 * blocks]
void reverseWithFault(Fault fault, const float* x, float* y, int blocks);

/// y[i] = x[(i + 2) % 64], by two steps through shared memory with nothing but barriers between.
///   x, y  [64]
void rotateWithFault(Fault fault, const float* x, float* y);

}  // namespace gatescope::emulation
