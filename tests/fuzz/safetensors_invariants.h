#pragma once

#include <cstdint>
#include <set>
#include <string_view>
#include <vector>

#include "engine/check.h"
#include "engine/model/safetensors/safetensors_header.h"
#include "engine/model/safetensors/safetensors_index.h"

namespace gatescope::test {

/// What must hold of any header the reader takes, whatever the bytes were. Aborts otherwise.
inline void checkInvariants(const std::vector<SafetensorsEntry>& tensors, std::uint64_t fileBytes) {
    std::set<std::string_view> names;
    std::uint64_t covered = tensors.empty() ? fileBytes : tensors.front().offset;
    for (const SafetensorsEntry& tensor : tensors) {
        GS_CHECK(!tensor.name.empty() && names.insert(tensor.name).second);
        GS_CHECK_EQ(tensor.offset, covered);
        GS_CHECK(tensor.bytes <= fileBytes - covered);
        covered += tensor.bytes;
        GS_CHECK(tensor.shape.size() <= kMostSafetensorsDimensions);
        // Elements first, as the package counts: [2^61, 0] has none, whatever their size.
        std::uint64_t elements = 1;
        for (const std::uint64_t size : tensor.shape) {
            GS_CHECK(size == 0 || elements <= ~std::uint64_t{0} / size);
            elements *= size;
        }
        GS_CHECK(elements <= ~std::uint64_t{0} / tensor.type->bits);
        GS_CHECK_EQ(elements * tensor.type->bits, tensor.bytes * 8);
    }
    GS_CHECK_EQ(covered, fileBytes);
}

inline void checkInvariants(const SafetensorsIndex& index) {
    for (const auto& [tensor, file] : index.fileOf)
        GS_CHECK(isPlainFileName(file) && file.ends_with(".safetensors"));
}

}  // namespace gatescope::test
