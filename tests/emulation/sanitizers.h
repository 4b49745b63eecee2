#pragma once

#include <cstddef>

// The sanitizers' calls that matter to code which changes stacks and orders its threads itself;
// nothing in other builds. ThreadSanitizer sees no order in a change of fibers: only acquire()
// after release() of the same address makes one.

#if defined(GATESCOPE_EMULATION_ASAN)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(GATESCOPE_EMULATION_TSAN)
extern "C" {
void* __tsan_get_current_fiber();
void* __tsan_create_fiber(unsigned flags);
void __tsan_destroy_fiber(void* fiber);
void __tsan_switch_to_fiber(void* fiber, unsigned flags);
void __tsan_acquire(void* address);
void __tsan_release(void* address);
}
#endif

namespace gatescope::emulation {

#if defined(GATESCOPE_EMULATION_ASAN)
inline constexpr bool kAddressSanitized = true;
#else
inline constexpr bool kAddressSanitized = false;
#endif
#if defined(GATESCOPE_EMULATION_TSAN)
inline constexpr bool kThreadSanitized = true;
#else
inline constexpr bool kThreadSanitized = false;
#endif
inline constexpr bool kSanitized = kAddressSanitized || kThreadSanitized;

namespace asan {

#if defined(GATESCOPE_EMULATION_ASAN)
inline void leaveStack(void** save, const void* bottom, std::size_t size) {
    __sanitizer_start_switch_fiber(save, bottom, size);
}
inline void arrivedAtStack(void* saved) {
    __sanitizer_finish_switch_fiber(saved, nullptr, nullptr);
}
inline void poison(void* p, std::size_t size) {
    __asan_poison_memory_region(p, size);
}
inline void unpoison(void* p, std::size_t size) {
    __asan_unpoison_memory_region(p, size);
}
#else
inline void leaveStack(void**, const void*, std::size_t) {}
inline void arrivedAtStack(void*) {}
inline void poison(void*, std::size_t) {}
inline void unpoison(void*, std::size_t) {}
#endif

}  // namespace asan

namespace tsan {

#if defined(GATESCOPE_EMULATION_TSAN)
inline void* currentFiber() {
    return __tsan_get_current_fiber();
}
inline void* createFiber() {
    return __tsan_create_fiber(0);
}
inline void destroyFiber(void* fiber) {
    __tsan_destroy_fiber(fiber);
}
inline void switchToFiber(void* fiber) {
    __tsan_switch_to_fiber(fiber, 1);
}  // 1: without order
inline void acquire(void* address) {
    __tsan_acquire(address);
}
inline void release(void* address) {
    __tsan_release(address);
}
#else
inline void* currentFiber() {
    return nullptr;
}
inline void* createFiber() {
    return nullptr;
}
inline void destroyFiber(void*) {}
inline void switchToFiber(void*) {}
inline void acquire(void*) {}
inline void release(void*) {}
#endif

}  // namespace tsan
}  // namespace gatescope::emulation
