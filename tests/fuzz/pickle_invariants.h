#pragma once

#include <cstdint>

#include "engine/check.h"
#include "engine/model/xai/pickle_reader.h"

namespace gatescope::test {

/// What must hold of any array the reader takes, whatever the bytes were. Aborts otherwise.
inline void checkInvariants(const PickledArray& array, std::uint64_t fileBytes) {
    GS_CHECK(!array.shape.empty() && array.shape.size() <= 3);
    GS_CHECK(array.offset <= fileBytes && array.bytes <= fileBytes - array.offset);
    std::uint64_t bytes = itemSize(array.dtype);
    for (const std::int64_t size : array.shape) {
        GS_CHECK(size >= 1);
        GS_CHECK(static_cast<std::uint64_t>(size) <= fileBytes / bytes);
        bytes *= static_cast<std::uint64_t>(size);
    }
    GS_CHECK_EQ(bytes, array.bytes);
}

inline void checkInvariants(const PickledTensor& tensor, std::uint64_t fileBytes) {
    checkInvariants(tensor.data, fileBytes);
    if (tensor.scales) checkInvariants(*tensor.scales, fileBytes);
}

}  // namespace gatescope::test
