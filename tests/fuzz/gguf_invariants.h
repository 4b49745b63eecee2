#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/check.h"
#include "engine/model/gguf/gguf_file.h"

namespace gatescope::test {

/// What must hold of any file the parser takes, whatever the bytes were. Aborts otherwise.
inline void checkInvariants(const GgufFile& file, std::uint64_t fileBytes) {
    const auto plain = [](std::string_view text) {
        return !text.empty() &&
               std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
    };
    GS_CHECK(file.version == 2 || file.version == 3);
    GS_CHECK(file.alignment > 0 && (file.alignment & (file.alignment - 1)) == 0);
    GS_CHECK_LE(file.dataOffset, fileBytes);
    std::string_view before;
    for (const GgufEntry& entry : file.metadata.entries()) {
        GS_CHECK(plain(entry.key) && entry.key > before);
        before = entry.key;
        GS_CHECK_LE(entry.text.size(), GgufEntry::kKeptTextBytes);
        GS_CHECK_LE(entry.offset, fileBytes);
    }
    std::vector<std::pair<std::uint64_t, std::uint64_t>> extents;
    for (const GgufTensor& tensor : file.tensors) {
        GS_CHECK(plain(tensor.name));
        GS_CHECK(tensor.numDimensions >= 1 && tensor.numDimensions <= 4);
        GS_CHECK(tensor.offset >= file.dataOffset && tensor.offset <= fileBytes);
        GS_CHECK_LE(tensor.bytes, fileBytes - tensor.offset);
        GS_CHECK_EQ(tensor.sizes[0] % traits(tensor.dtype).blockSize, 0U);
        std::uint64_t elements = 1;  // cannot wrap: each divides what a file holds
        for (const std::uint64_t size : tensor.sizes) {
            GS_CHECK(size >= 1 && size <= 4 * fileBytes / elements);
            elements *= size;
        }
        GS_CHECK_EQ(storedBytes(tensor.dtype, elements), tensor.bytes);
        extents.emplace_back(tensor.offset, tensor.end());
    }
    std::ranges::sort(extents);
    for (std::size_t i = 1; i < extents.size(); ++i)
        GS_CHECK_LE(extents[i - 1].second, extents[i].first);
}

}  // namespace gatescope::test
