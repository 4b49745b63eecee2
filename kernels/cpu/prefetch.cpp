#include "kernels/cpu/prefetch.h"

namespace gatescope::kernels {
namespace {

std::size_t measuredDistance() {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_is("intel")) return 8192;
#endif
    return 0;
}

}  // namespace

std::size_t prefetchDistance() {
    static const std::size_t bytes = measuredDistance();
    return bytes;
}

}  // namespace gatescope::kernels
