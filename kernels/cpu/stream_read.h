#pragma once

#include <cstddef>
#include <cstdint>

namespace gatescope::kernels {

/// Reads `size` bytes once, from front to back, as fast as loads go, and gives back a sum of them
/// so that the reading is not left out. What any kernel that is bound by memory is measured
/// against. Requires `size` to be a multiple of 256 and `data` aligned to 64.
std::uint64_t streamRead(const std::byte* data, std::size_t size);

}  // namespace gatescope::kernels
