#include <cuda_runtime.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

// Every allocation of this program is memory that the GPU reads as well, and every launch waits for
// its kernel. So tests that hand host vectors to the emulated kernels hand them to real ones as
// they are. Nothing is given back: the tests need little, and a kernel that writes where something
// was must not hit something else.

namespace {

constexpr std::size_t kBytes = std::size_t{16}
                               << 30;  // of addresses; pages come as they are touched
constexpr std::size_t kAlignment = 256;

/// Null where there is no GPU.
std::byte* managedMemory() {
    setenv("CUDA_LAUNCH_BLOCKING", "1", 1);  // read when CUDA starts, which the next call does
    void* memory = nullptr;
    return cudaMallocManaged(&memory, kBytes) == cudaSuccess ? static_cast<std::byte*>(memory)
                                                             : nullptr;
}

void* allocate(std::size_t bytes) {
    // CUDA's start allocates too; what it asks for meanwhile is plain memory.
    static thread_local bool starting = false;
    static std::byte* base = nullptr;
    static std::atomic<std::size_t> used{0};
    static std::atomic<bool> started{false};
    if (!started && !starting) {
        starting = true;
        base = managedMemory();
        starting = false;
        started = true;
    }
    if (!started || base == nullptr) return std::malloc(bytes == 0 ? 1 : bytes);
    const std::size_t at = used.fetch_add((bytes + kAlignment) / kAlignment * kAlignment);
    return at + bytes <= kBytes ? base + at : nullptr;
}

}  // namespace

void* operator new(std::size_t bytes) {
    if (void* memory = allocate(bytes)) return memory;
    throw std::bad_alloc();
}
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
    return allocate(bytes);
}
void operator delete(void*) noexcept {}
void operator delete(void*, std::size_t) noexcept {}
