#pragma once

#include <cstddef>

namespace gatescope::cuda {

/// Of `rows` rows of `width`.
inline std::size_t elements(int rows, int width) {
    return static_cast<std::size_t>(rows) * static_cast<std::size_t>(width);
}

/// Cuts one allocation into arrays, each aligned as the kernels' wide loads need it. Without memory
/// it only counts: the same function places the arrays and tells how much they take.
class Arena {
  public:
    Arena() = default;
    explicit Arena(std::byte* memory) : memory_(memory) {}

    /// Null when it only counts, or for no elements.
    template <class T>
    T* take(std::size_t count) {
        if (count == 0) return nullptr;
        std::byte* at = memory_ == nullptr ? nullptr : memory_ + used_;
        used_ += (count * sizeof(T) + kAlignment - 1) / kAlignment * kAlignment;
        return reinterpret_cast<T*>(at);
    }
    std::size_t used() const { return used_; }

  private:
    static constexpr std::size_t kAlignment = 256;
    std::byte* memory_ = nullptr;
    std::size_t used_ = 0;
};

}  // namespace gatescope::cuda
