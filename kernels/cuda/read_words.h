#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/cuda/stream.h"

namespace gatescope::kernels::cuda {

/// Reads memory once, from end to end: what a kernel that is bound by memory could reach at most.
/// The words are combined, so that none of the reads can be left out.
struct ReadWords {
    const std::byte* data = nullptr;    ///< aligned to 16
    std::size_t bytes = 0;              ///< a multiple of 16
    std::uint32_t* combined = nullptr;  ///< in and out: XOR with every 32-bit word
};
int readWords(const ReadWords& op, Stream stream);

}  // namespace gatescope::kernels::cuda
