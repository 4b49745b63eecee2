#pragma once

#include <cstddef>

namespace gatescope::emulation {

/// A stack of its own and where it was left. Sanitizers are told of every change of stacks. x86-64.
class Fiber {
  public:
    Fiber() = default;
    Fiber(const Fiber&) = delete;
    Fiber& operator=(const Fiber&) = delete;
    Fiber(Fiber&& other) noexcept;
    Fiber& operator=(Fiber&& other) noexcept;
    ~Fiber();

    /// The next switchTo() of this fiber begins at `entry`, which must not return. `colour` moves
    /// the top of the stack a little, so that many stacks do not meet in the same sets of the
    /// cache.
    void prepare(void (*entry)(), unsigned colour);

    /// Nobody will switch to it before the next prepare(). ThreadSanitizer sees no races in a
    /// process that was forked while threads lived, as gtest's death tests are.
    void retire();

    /// Stands for the stack of the caller: it can be left and come back to.
    void adoptCaller();

    /// Leaves `from`, which is running, for `to`; comes back when somebody switches to `from`.
    /// `ends`: nobody will.
    static void switchTo(Fiber& from, Fiber& to, bool ends = false);

    /// The first thing that `entry` calls.
    static void entered();

  private:
    void release();

    std::byte* memory_ = nullptr;  // a guard page, then the stack
    void* stackPointer_ = nullptr;
    const void* bottom_ = nullptr;
    std::size_t size_ = 0;
    void* fakeStack_ = nullptr;    // AddressSanitizer's
    void* threadState_ = nullptr;  // ThreadSanitizer's
    bool ownsThreadState_ = false;
};

}  // namespace gatescope::emulation
