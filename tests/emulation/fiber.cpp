#include "tests/emulation/fiber.h"

#include <pthread.h>
#include <sys/mman.h>

#include <cstdint>
#include <stdexcept>
#include <utility>

#include "tests/emulation/sanitizers.h"

// Saves what a called function must keep and its stack, takes the other's, returns into it.
extern "C" void gatescope_switch_stacks(void** save, void* to);
asm(R"(
.text
.globl gatescope_switch_stacks
.type gatescope_switch_stacks,@function
gatescope_switch_stacks:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp,(%rdi)
  movq %rsi,%rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size gatescope_switch_stacks,.-gatescope_switch_stacks
.section .note.GNU-stack,"",@progbits
.text
)");

namespace gatescope::emulation {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kStackBytes = std::size_t{kSanitized ? 256 : 64} << 10;

struct Stack {
    void* bottom = nullptr;
    std::size_t size = 0;
};

/// Asked once a thread: of the first one glibc knows by reading the list of all mappings.
const Stack& stackOfThisThread() {
    thread_local const Stack known = [] {
        Stack stack;
        pthread_attr_t attributes;
        pthread_getattr_np(pthread_self(), &attributes);
        pthread_attr_getstack(&attributes, &stack.bottom, &stack.size);
        pthread_attr_destroy(&attributes);
        return stack;
    }();
    return known;
}

}  // namespace

Fiber::Fiber(Fiber&& other) noexcept {
    *this = std::move(other);
}

Fiber& Fiber::operator=(Fiber&& other) noexcept {
    std::swap(memory_, other.memory_);
    std::swap(stackPointer_, other.stackPointer_);
    std::swap(bottom_, other.bottom_);
    std::swap(size_, other.size_);
    std::swap(fakeStack_, other.fakeStack_);
    std::swap(threadState_, other.threadState_);
    std::swap(ownsThreadState_, other.ownsThreadState_);
    return *this;
}

Fiber::~Fiber() {
    retire();
    release();
}

void Fiber::retire() {
    if (ownsThreadState_) tsan::destroyFiber(threadState_);
    ownsThreadState_ = false;
}

void Fiber::release() {
    if (memory_ == nullptr) return;
    // Frames that were never left are still poisoned, and the pages may come back as others.
    asan::unpoison(memory_ + kPage, kStackBytes);
    munmap(memory_, kPage + kStackBytes);
    memory_ = nullptr;
}

void Fiber::prepare(void (*entry)(), unsigned colour) {
    // Under ThreadSanitizer every run gets fresh pages: unmapping forgets what was written there,
    // else the next thread on this stack would seem to race with the last one.
    if (kThreadSanitized) release();
    if (memory_ == nullptr) {
        void* pages = mmap(nullptr,
                           kPage + kStackBytes,
                           PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                           -1,
                           0);
        if (pages == MAP_FAILED) throw std::runtime_error("emulation: no memory for a stack");
        memory_ = static_cast<std::byte*>(pages);
        mprotect(memory_, kPage, PROT_NONE);
        stackPointer_ = memory_ + kPage;
    }
    bottom_ = memory_ + kPage;
    size_ = kStackBytes;
    // Poisoned is what lies around the variables of frames that were never left.
    auto* const lastFrames = static_cast<std::byte*>(stackPointer_);
    asan::unpoison(lastFrames,
                   static_cast<std::size_t>(memory_ + kPage + kStackBytes - lastFrames));
    auto top = reinterpret_cast<std::uintptr_t>(memory_) + kPage + kStackBytes - 64 -
               std::uintptr_t{colour % 61} * 64;
    auto* slot = reinterpret_cast<void**>(top & ~std::uintptr_t{15});
    *--slot = nullptr;  // where a return of `entry` would go
    *--slot = reinterpret_cast<void*>(entry);
    for (int i = 0; i < 6; ++i) *--slot = nullptr;  // the registers that the switch takes back
    stackPointer_ = slot;
    fakeStack_ = nullptr;
    retire();
    threadState_ = tsan::createFiber();
    ownsThreadState_ = threadState_ != nullptr;
}

void Fiber::adoptCaller() {
    const Stack& stack = stackOfThisThread();
    bottom_ = stack.bottom;
    size_ = stack.size;
    threadState_ = tsan::currentFiber();
}

void Fiber::switchTo(Fiber& from, Fiber& to, bool ends) {
    asan::leaveStack(ends ? nullptr : &from.fakeStack_, to.bottom_, to.size_);
    tsan::switchToFiber(to.threadState_);
    gatescope_switch_stacks(&from.stackPointer_, to.stackPointer_);
    asan::arrivedAtStack(from.fakeStack_);
}

void Fiber::entered() {
    asan::arrivedAtStack(nullptr);
}

}  // namespace gatescope::emulation
