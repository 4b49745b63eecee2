#include "kernels/cpu/prefetch.h"

#include <atomic>

namespace gatescope::kernels {
namespace {

std::size_t measuredDistance() {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_is("intel")) return 8192;
#endif
    return 0;
}

std::atomic<std::size_t>& distance() {
    static std::atomic<std::size_t> bytes{measuredDistance()};
    return bytes;
}

}  // namespace

std::size_t prefetchDistance() {
    return distance().load(std::memory_order_relaxed);
}

void setPrefetchDistance(std::size_t bytes) {
    distance() = bytes;
}

}  // namespace gatescope::kernels
