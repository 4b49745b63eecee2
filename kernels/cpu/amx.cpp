#include "kernels/cpu/amx.h"

#include <atomic>

#if defined(__x86_64__) && defined(__linux__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace gatescope::kernels {
namespace {

#if defined(__x86_64__) && defined(__linux__)

bool processorHasAmx() {
    constexpr unsigned kBf16 = 1U << 22, kTiles = 1U << 24, kInt8 = 1U << 25;
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) return false;
    return (d & kBf16) != 0 && (d & kTiles) != 0 && (d & kInt8) != 0;
}

/// A process gets the room for 8 KB more of registers a thread only when it asks.
bool systemAllowsTiles() {
    constexpr long kRequestPermission = 0x1023;  // ARCH_REQ_XCOMP_PERM
    constexpr long kTileData = 18;               // XFEATURE_XTILEDATA
    return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

#else

bool processorHasAmx() {
    return false;
}
bool systemAllowsTiles() {
    return false;
}

#endif

std::atomic<bool> amxAllowed{true};

}  // namespace

bool hasAmx() {
    static const bool has = processorHasAmx() && systemAllowsTiles();
    return has && amxAllowed.load(std::memory_order_relaxed);
}

void setAmxAllowed(bool allowed) {
    amxAllowed = allowed;
}

}  // namespace gatescope::kernels
