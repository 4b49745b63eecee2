#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <source_location>
#include <stdexcept>
#include <string>

namespace gatescope::emulation {

// Runs a grid of CUDA threads on the host: a fiber for each thread, a few blocks at a time, in an
// order that a seed chooses. What CUDA leaves undefined is found and told with the line of the
// kernel: barriers that not every thread of a block reaches, warp operations whose lanes do not
// agree, writes beyond shared variables, shared memory read before it was written (it begins as
// NaN), threads that wait for ever. AddressSanitizer sees every access of a kernel;
// ThreadSanitizer takes each CUDA thread for a thread of its own, and only CUDA's own barriers and
// fences order them.
// Not seen: time, caches, bank conflicts, registers, what is only PTX.

using Where = std::source_location;

/// What a kernel did that CUDA does not allow.
struct Failure : std::runtime_error {
    using std::runtime_error::runtime_error;
};

enum class Order { Ascending, Descending, Random };

/// How the threads of this host thread's next launches take turns.
struct Schedule {
    Order order = Order::Random;
    /// Seeds differ in kind, not only in numbers: threads run to the next barrier or change at each
    /// warp operation, and warps get fair turns or starve.
    std::uint64_t seed = 1;
    int blocksAtOnce = 2;
    std::size_t sharedLimit = std::size_t{48} << 10;  ///< bytes of shared memory a block may have
};
Schedule& schedule();

/// Counted since the host thread began.
struct Counts {
    std::uint64_t blocks = 0;
    std::uint64_t barriers = 0;
    std::uint64_t warpOperations = 0;
};
const Counts& counts();

struct Dimensions {
    unsigned x = 1, y = 1, z = 1;

    constexpr Dimensions(unsigned inX = 1, unsigned inY = 1, unsigned inZ = 1)
        : x(inX), y(inY), z(inZ) {}
    constexpr std::uint64_t count() const { return std::uint64_t{x} * y * z; }
};

struct Block;

/// What a kernel knows of the thread that runs it.
struct Thread {
    Dimensions index;   ///< threadIdx
    unsigned lane = 0;  ///< of its warp
    unsigned warp = 0;  ///< of its block
    unsigned linear = 0;
    Block* block = nullptr;
};
/// What it knows of its block; a Block begins with it.
struct BlockView {
    Dimensions index, gridSize, blockSize;  ///< blockIdx, gridDim, blockDim
    void* dynamicShared = nullptr;
};
extern constinit thread_local Thread* currentThread;
inline const BlockView& currentBlock() {
    return *reinterpret_cast<const BlockView*>(currentThread->block);
}

/// Runs `body` as every thread of the grid. Throws Failure.
void run(Dimensions gridSize,
         Dimensions blockSize,
         std::size_t dynamicShared,
         const char* kernel,
         const std::function<void()>& body);

// Called by threads of a running grid.

enum class Vote { None, Count, And, Or };
/// __syncthreads(), and the number of threads with `predicate` or whether all or any have it.
int barrier(Where where, bool predicate = false, Vote vote = Vote::None);

enum class WarpOp : std::uint8_t { Shuffle, ShuffleUp, ShuffleDown, ShuffleXor, Ballot, Sync };
/// `argument`: the source lane, distance or mask of a shuffle within groups of `width` lanes.
std::uint64_t warpOperation(
    WarpOp op, unsigned mask, std::uint64_t value, int argument, int width, Where where);

/// The block's variable of this `key`: the same memory for each thread of a block.
void* sharedVariable(const void* key, std::size_t size, std::size_t alignment, const char* name);

/// __threadfence()
void fence();

}  // namespace gatescope::emulation
