#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/quant/dtype.h"

namespace gatescope::kernels::cuda {

// How matrices of GGUF's block types lie in a GPU's memory. A file's blocks have 17 to 210 bytes:
// the 16 bytes that a thread reads at once would begin anywhere. So the parts of a block are taken
// apart, into planes over all groups of 32 neighbouring inputs of a matrix, output after output:
//
//   codes   the lower bits of the 32 numbers
//   high    their upper bits, where a type has more than fit
//   scales  what scales (and shifts) each half of a group, where a type has more than `super`
//   super   f16 scale, or scale and minimum, of a group or of eight
//
// No bit is rounded. Q3_K, Q4_K, Q5_K and IQ4_XS grow by 1.5 to 3.6 %, because their scales of 4 or
// 6 bits get a byte.

/// Inputs of a group: what a thread multiplies at once.
inline constexpr int kGroup = 32;

/// The planes of a type. Bytes are those of a group.
struct BlockPlanes {
    int codes = 0;
    int high = 0;
    int scales = 0;
    int super = 0;
    int superGroups = 1;  ///< that share a `super`
};

/// Requires a block type.
constexpr BlockPlanes blockPlanes(DType type) {
    switch (type) {
        case DType::Q4_1:
            return {.codes = 16, .super = 4};
        case DType::Q5_0:
            return {.codes = 16, .high = 4, .super = 2};
        case DType::Q5_1:
            return {.codes = 16, .high = 4, .super = 4};
        case DType::Q8_0:
            return {.codes = 32, .super = 2};
        case DType::Q2_K:
            return {.codes = 8, .scales = 2, .super = 4, .superGroups = 8};
        case DType::Q3_K:
            return {.codes = 8, .high = 4, .scales = 2, .super = 2, .superGroups = 8};
        case DType::Q4_K:
            return {.codes = 16, .scales = 2, .super = 4, .superGroups = 8};
        case DType::Q5_K:
            return {.codes = 16, .high = 4, .scales = 2, .super = 4, .superGroups = 8};
        case DType::Q6_K:
            return {.codes = 16, .high = 8, .scales = 2, .super = 2, .superGroups = 8};
        case DType::IQ4_XS:
            return {.codes = 16, .scales = 1, .super = 2, .superGroups = 8};
        case DType::MXFP4:
            return {.codes = 16, .super = 1};
        default:  // Q4_0, IQ4_NL
            return {.codes = 16, .super = 2};
    }
}

/// Where the planes of a matrix of `numGroups` groups begin, and how far the next one lies. Codes
/// begin at 0.
struct BlockPlaneOffsets {
    std::size_t high, scales, super, matrix;
};
constexpr BlockPlaneOffsets blockPlaneOffsets(DType type, std::size_t numGroups) {
    const BlockPlanes planes = blockPlanes(type);
    const auto bytes = [&](int ofGroup) { return numGroups * static_cast<std::size_t>(ofGroup); };
    const std::size_t high = bytes(planes.codes);
    const std::size_t scales = high + bytes(planes.high);
    const std::size_t super = scales + bytes(planes.scales);
    const std::size_t end =
        super + bytes(planes.super) / static_cast<std::size_t>(planes.superGroups);
    return {high, scales, super, (end + 255) / 256 * 256};
}

/// Bytes of one matrix with `numElements` weights on the device, whatever its type.
std::size_t deviceMatrixBytes(DType type, std::size_t numElements);

/// Takes elements [begin, end) of a matrix apart.
///   blocks  [storedBytes(type, numElements)]        as in a file, of any alignment
///   planes  [deviceMatrixBytes(type, numElements)]  out, host memory; only what belongs to those
///                                                   elements is written
/// Requires a block type and whole blocks. Allocates nothing, never fails.
void layOutBlocks(DType type,
                  const std::byte* blocks,
                  std::size_t numElements,
                  std::size_t begin,
                  std::size_t end,
                  std::byte* planes);

}  // namespace gatescope::kernels::cuda
